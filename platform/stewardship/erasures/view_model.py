"""Erasures as a Steward reads them: how far each one is, what went, and what proves it."""

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
from stewardship.consent_register import short
from stewardship.erasures.data_categories import kind_of
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
class Step:
    """One step: done at `at`, or still owed."""

    title: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one kind that went, and how."""

    kind: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the certificate says, and whether its signature fits now."""

    bytes_gone: str
    searched: str
    models: str
    tree_head: str
    public_key: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Told:
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
    steps: tuple[Step, ...]
    gone: tuple[Gone, ...]
    keys: int
    rows: int
    proof: Proof | None = None


def told(erasure: Erasure, *, proof: bool = True) -> Told:
    gone = _gone(erasure)
    return Told(
        id=erasure.id,
        number=short(erasure.id),
        short=short(erasure.subject) if erasure.subject else "",
        cause=str(CAUSES[erasure.cause]),
        streams=tuple(name_of(name) for name in streams_of(erasure.scopes or ())),
        whole=erasure.scopes is None,
        asked_at=erasure.asked_at,
        unreadable_at=erasure.shredded_at,
        bytes_gone_at=erasure.bytes_gone_at,
        renewed=erasure.rotated_at is not None,
        removed=erasure.state in REMOVED,
        certified=bool(erasure.certificate),
        steps=tuple(_step(erasure, state) for state in STATES),
        gone=gone,
        keys=erasure.counts.get("keys", 0),
        rows=sum(kind.count for kind in gone),
        proof=_proof(erasure) if proof and erasure.certificate else None,
    )


def newest(limit: int = 100) -> tuple[Told, ...]:
    """Those whose rows still stand first, then the newest."""
    rows = list(Erasure.objects.order_by("-asked_at")[:limit])
    return tuple(
        told(row, proof=False) for row in sorted(rows, key=lambda row: row.state in REMOVED)
    )


def _step(erasure: Erasure, state: str) -> Step:
    at = getattr(erasure, f"{state}_at")
    text = _said(erasure, state) if at else str(PROMISES.get(state, ""))
    return Step(str(TITLES[state]), at, text)


def _said(erasure: Erasure, state: str) -> str:
    counts: Mapping[str, int] = erasure.counts
    tables = [name for name in counts if name in _declared()]
    texts = {
        "asked": f"{LAST_MINUTES if MARK in counts else CAUSES[erasure.cause]}.",
        "frozen": _frozen(counts.get("grants", 0)),
        "shredded": _shredded(counts.get("keys", 0)),
        "rows": _rows(sum(counts[name] for name in tables), len(tables)),
        "derived": _models(erasure),
        "rotated": _(
            "Generation {n}. Older backups of the key store cannot decrypt anything."
        ).format(n=erasure.generation),
        "verified": _searched(erasure),
        "certified": _("Signed with the key of this site."),
    }
    return texts[state]


def _frozen(grants: int) -> str:
    return ngettext(
        "{n} consent closed at once. Data still on its way is refused.",
        "{n} consents closed at once. Data still on its way is refused.",
        grants,
    ).format(n=_grouped(grants))


def _shredded(keys: int) -> str:
    return ngettext(
        "{n} key. No one on this site can read any of it any more, including us.",
        "{n} keys. No one on this site can read any of it any more, including us.",
        keys,
    ).format(n=_grouped(keys))


def _rows(rows: int, tables: int) -> str:
    counted = ngettext("{n} record", "{n} records", rows).format(n=_grouped(rows))
    text = ngettext("{rows} in {n} table.", "{rows} in {n} tables.", tables)
    return text.format(rows=counted, n=_grouped(tables))


def _models(erasure: Erasure) -> str:
    if not erasure.flagged:
        return _("No model in use here was trained on anyone’s data.")
    return ngettext(
        "{n} model may have been trained on it and is flagged.",
        "{n} models may have been trained on it and are flagged.",
        erasure.flagged,
    ).format(n=_grouped(erasure.flagged))


def _searched(erasure: Erasure) -> str:
    if not erasure.needles:
        return _("No key had been created, so there was nothing to search for.")
    size, files = filesizeformat(erasure.searched_bytes or 0), erasure.searched_files or 0
    read = ngettext("{size} in {n} file", "{size} in {n} files", files)
    keys = ngettext("{n} key", "{n} keys", erasure.needles).format(n=_grouped(erasure.needles))
    return _looked(erasure).format(
        read=read.format(size=size, n=_grouped(files)), keys=keys, found=erasure.found
    )


def _looked(erasure: Erasure) -> str:
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


def _proof(erasure: Erasure) -> Proof:
    """Read from the certificate itself, and verified as anybody would."""
    public = signing.public_key()
    told, valid = _judged(erasure, public)
    head = told.get("tree_head") if valid else None
    return Proof(
        bytes_gone=_bytes_gone(erasure.disk),
        searched=_searched(erasure),
        models=_models(erasure),
        tree_head=_head(head["size"], head["root"]) if head else "",
        public_key=public.hex(),
        valid=valid,
    )


def _bytes_gone(disk: str) -> str:
    if disk == "left":
        return _("Not yet. Encrypted data is still in the database files.")
    return f"{_('Not known.')} {ELSEWHERE}" if disk == "elsewhere" else ""


def _head(size: int, root: str) -> str:
    return _("{n} entries, {root}…").format(n=_grouped(size), root=root[:16])


def _judged(erasure: Erasure, public: bytes) -> tuple[Mapping[str, Any], bool]:
    try:
        verdict = certificates.verify_certificate(erasure.certificate.encode(), public=public)
    except certificates.NotACertificate:
        return {}, False
    return verdict.content, verdict.right


def _gone(erasure: Erasure) -> tuple[Gone, ...]:
    """By kind of data, from the counts each Holding gave."""
    declared = _declared()
    found: dict[tuple[str, str], int] = {}
    for table, count in erasure.counts.items():
        if table in declared:
            kind = kind_of(declared[table].category), _how(declared[table], erasure)
            found[kind] = found.get(kind, 0) + count
    return tuple(Gone(kind, how, count) for (kind, how), count in sorted(found.items()))


def _how(holding: Holding, erasure: Erasure) -> str:
    if holding.category == "intervention" and erasure.scopes is not None:
        return _("key destroyed, reason removed, record kept")
    if holding.category == "records sent on":
        return _("in another system; ask its operator")
    sealed = data_inventory.SEALED in holding.columns.values()
    return _("key destroyed, record removed") if sealed else _("record removed")


def _declared() -> Mapping[str, Holding]:
    return {holding.model._meta.db_table: holding for holding in data_inventory.all()}


def _grouped(count: int) -> str:
    return str(number_format(count, force_grouping=True))
