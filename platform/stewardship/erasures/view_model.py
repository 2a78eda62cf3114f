"""Erasures as Stewards see them: progress, removed data, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

import data_inventory
from consent.scopes import streams_of
from consent.stream_labels import name_of
from data_inventory import Holding
from privacy.erasure import certificates
from privacy.models import STATES, Erasure
from privacy.recent_deletion import MARK
from stewardship.consent_register import short_code
from stewardship.erasures.data_categories import category_name
from vault import signing

CAUSES = {
    "withdrawal": lazy("Withdrawal by the person"),
    "request": lazy("Request to erase the account"),
    "retention": lazy("End of retention period"),
    "legal": lazy("Change of legal profile"),
    "undo": lazy("People import undone"),
}
LAST_MINUTES = lazy(
    "Request to delete the last 10 minutes; the rest is kept, encrypted with new keys"
)
TITLES = {
    "asked": lazy("Requested"),
    "frozen": lazy("Access frozen"),
    "shredded": lazy("Keys destroyed"),
    "rows": lazy("Records removed"),
    "derived": lazy("Derived data"),
    "rotated": lazy("Key store renewed"),
    "verified": lazy("Storage searched"),
    "certified": lazy("Certificate signed"),
}
PROMISES = {
    "derived": lazy("Class summaries withdrawn, models flagged."),
    "rotated": lazy(
        "A new generation of keys, so that older backups of the key store cannot decrypt "
        "anything. Erasures in the same minute share one."
    ),
    "verified": lazy(
        "Every byte of the database and the key store, searched for the destroyed keys."
    ),
    "certified": lazy("A signed certificate that anyone can check."),
}
REMOVED = STATES[STATES.index("rows") :]


@dataclass(frozen=True, slots=True)
class ErasureStep:
    """One step: done at `at`, or pending."""

    title: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class RemovedRecords:
    """Removed records of one category, and how they were removed."""

    kind: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class CertificateProof:
    """The content of the certificate, and whether its signature is valid now."""

    bytes_gone: str
    searched: str
    models: str
    tree_head: str
    public_key: str
    valid: bool


@dataclass(frozen=True, slots=True)
class ErasureView:
    id: UUID
    number: str
    short: str
    cause: str
    streams: tuple[str, ...]
    whole: bool
    asked_at: datetime
    unreadable_at: datetime | None
    bytes_gone_at: datetime | None
    renewed: bool
    removed: bool
    certified: bool
    steps: tuple[ErasureStep, ...]
    gone: tuple[RemovedRecords, ...]
    keys: int
    rows: int
    proof: CertificateProof | None = None


def view_erasure(erasure: Erasure, *, proof: bool = True) -> ErasureView:
    gone = _removed_records(erasure)
    return ErasureView(
        id=erasure.id,
        number=short_code(erasure.id),
        short=short_code(erasure.subject) if erasure.subject else "",
        cause=str(CAUSES[erasure.cause]),
        streams=tuple(name_of(name) for name in streams_of(erasure.scopes or ())),
        whole=erasure.scopes is None,
        asked_at=erasure.asked_at,
        unreadable_at=erasure.shredded_at,
        bytes_gone_at=erasure.bytes_gone_at,
        renewed=erasure.rotated_at is not None,
        removed=erasure.state in REMOVED,
        certified=bool(erasure.certificate),
        steps=tuple(_make_step(erasure, state) for state in STATES),
        gone=gone,
        keys=erasure.counts.get("keys", 0),
        rows=sum(kind.count for kind in gone),
        proof=_make_proof(erasure) if proof and erasure.certificate else None,
    )


def load_newest(limit: int = 100) -> tuple[ErasureView, ...]:
    """Return recent erasures: those with data still to remove first, then the newest."""
    rows = list(Erasure.objects.order_by("-asked_at")[:limit])
    return tuple(
        view_erasure(row, proof=False) for row in sorted(rows, key=lambda row: row.state in REMOVED)
    )


def _make_step(erasure: Erasure, state: str) -> ErasureStep:
    at = getattr(erasure, f"{state}_at")
    text = _step_text(erasure, state) if at else str(PROMISES.get(state, ""))
    return ErasureStep(str(TITLES[state]), at, text)


def _step_text(erasure: Erasure, state: str) -> str:
    counts: Mapping[str, int] = erasure.counts
    tables = [name for name in counts if name in _holdings_by_table()]
    texts = {
        "asked": f"{LAST_MINUTES if MARK in counts else CAUSES[erasure.cause]}.",
        "frozen": _frozen_text(counts.get("grants", 0)),
        "shredded": _shredded_text(counts.get("keys", 0)),
        "rows": _rows_text(sum(counts[name] for name in tables), len(tables)),
        "derived": _models_text(erasure),
        "rotated": _(
            "Generation {n}. Older backups of the key store cannot decrypt anything: master key "
            "{key} and all before it were destroyed."
        ).format(n=erasure.generation, key=erasure.master_key),
        "verified": _search_text(erasure),
        "certified": _("Signed with the key of this site."),
    }
    return texts[state]


def _frozen_text(grants: int) -> str:
    return ngettext(
        "{n} consent closed at once. Data still on its way is refused.",
        "{n} consents closed at once. Data still on its way is refused.",
        grants,
    ).format(n=_format_count(grants))


def _shredded_text(keys: int) -> str:
    return ngettext(
        "{n} key. No one on this site can read any of it any more, including us.",
        "{n} keys. No one on this site can read any of it any more, including us.",
        keys,
    ).format(n=_format_count(keys))


def _rows_text(rows: int, tables: int) -> str:
    counted = ngettext("{n} record", "{n} records", rows).format(n=_format_count(rows))
    text = ngettext("{rows} in {n} table.", "{rows} in {n} tables.", tables)
    return text.format(rows=counted, n=_format_count(tables))


def _models_text(erasure: Erasure) -> str:
    if not erasure.flagged:
        return _("No model in use here was trained on anyone’s data.")
    return ngettext(
        "{n} model may have been trained on it and is flagged.",
        "{n} models may have been trained on it and are flagged.",
        erasure.flagged,
    ).format(n=_format_count(erasure.flagged))


def _search_text(erasure: Erasure) -> str:
    if not erasure.needles:
        return _("No key had been created, so there was nothing to search for.")
    size, files = filesizeformat(erasure.searched_bytes or 0), erasure.searched_files or 0
    read = ngettext("{size} in {n} file", "{size} in {n} files", files)
    keys = ngettext("{n} key", "{n} keys", erasure.needles).format(n=_format_count(erasure.needles))
    return _search_sentence(erasure).format(
        read=read.format(size=size, n=_format_count(files)), keys=keys, found=erasure.found
    )


def _search_sentence(erasure: Erasure) -> str:
    if erasure.disk == "gone":
        return _("Searched {read} of database and key store for {keys}. Found: 0.")
    if erasure.disk == "elsewhere":
        sentence = _("Searched {read} of the key store for {keys}. Found: 0.")
        return f"{sentence} {ELSEWHERE}"
    return _(
        "Searched {read} of database and key store for {keys}. Data encrypted with "
        "{found} of them is still there, unreadable. The search is repeated every ten "
        "minutes for one day."
    )


ELSEWHERE = lazy("This site has no access to the database files themselves.")


def _make_proof(erasure: Erasure) -> CertificateProof:
    """Return the proof, read from the certificate itself and verified as anyone could."""
    public = signing.public_key()
    content, valid = _verify_certificate(erasure, public)
    head = content.get("tree_head") if valid else None
    return CertificateProof(
        bytes_gone=_bytes_gone_text(erasure.disk),
        searched=_search_text(erasure),
        models=_models_text(erasure),
        tree_head=_head_text(head["size"], head["root"]) if head else "",
        public_key=public.hex(),
        valid=valid,
    )


def _bytes_gone_text(disk: str) -> str:
    if disk == "left":
        return _("Not yet. Encrypted data is still in the database files.")
    return f"{_('Not known.')} {ELSEWHERE}" if disk == "elsewhere" else ""


def _head_text(size: int, root: str) -> str:
    return _("{n} entries, {root}…").format(n=_format_count(size), root=root[:16])


def _verify_certificate(erasure: Erasure, public: bytes) -> tuple[Mapping[str, Any], bool]:
    try:
        verdict = certificates.verify_certificate(erasure.certificate.encode(), public=public)
    except certificates.NotACertificate:
        return {}, False
    return verdict.content, verdict.right


def _removed_records(erasure: Erasure) -> tuple[RemovedRecords, ...]:
    """Return the removed records by category, from the counts of each Holding."""
    declared = _holdings_by_table()
    found: dict[tuple[str, str], int] = {}
    for table, count in erasure.counts.items():
        if table in declared:
            kind = category_name(declared[table].category), _removal_text(declared[table], erasure)
            found[kind] = found.get(kind, 0) + count
    return tuple(RemovedRecords(kind, how, count) for (kind, how), count in sorted(found.items()))


def _removal_text(holding: Holding, erasure: Erasure) -> str:
    if holding.category == "intervention" and erasure.scopes is not None:
        return _("key destroyed, reason removed, record kept")
    if holding.category == "records sent on":
        return _("in another system; ask its operator")
    sealed = data_inventory.SEALED in holding.columns.values()
    return _("key destroyed, record removed") if sealed else _("record removed")


def _holdings_by_table() -> Mapping[str, Holding]:
    return {holding.model._meta.db_table: holding for holding in data_inventory.all()}


def _format_count(count: int) -> str:
    return str(number_format(count, force_grouping=True))
