"""A cheap check of the audit for `/health/ready` (I-30): the newest head and the last witness line.

`verify_audit` reads all of it. An outside address may be away for a day before it is reported here,
because it must not take the site out of service. Its heads wait, and the Stewards' page says so.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import QuerySet, Subquery, Value

from audit import tree_heads, witness_verification
from audit.findings import AuditFindings
from audit.models import DelayedLeaf, Leaf, Position, TreeHead, Waiting, Witnessed
from audit.verification import LAG
from audit.witness_verification import WitnessLine
from vault import signing

# A line holds at most two proofs of hashes; the last line is within this much of the end.
TAIL_BYTES: Final = 64 * 1024
# By witness: the setting that names it, how long a head may wait for it, and its name in a report.
WITNESSES: Final = {
    "file": ("AUDIT_WITNESS_FILE", LAG, "file"),
    "web": ("AUDIT_WITNESS_URL", timedelta(days=1), "address"),
}
UNWRITTEN: Final = "leaves of withdrawals wait for the keystore since {since}"
UNPLACED: Final = "leaves wait for their place since {since}: does the worker run?"
ADVICE = "manage.py verify_audit says what is wrong"


def find_overdue(*, now: datetime) -> str:
    """Return what the worker should have done by now, or "".

    That is: leaves not written yet, without a position or under no head, or a head that a
    witness lacks. The worker's next sweep does it.
    """
    for trouble, began in _list_waiting():
        if began < now - LAG:
            return trouble.format(since=_format_stamp(began))
    head = tree_heads.load_latest()
    uncovered = Position.objects.filter(seq__gte=head.size if head else 0).order_by("seq")
    since = uncovered.values_list("leaf__at", flat=True).first()
    if since is not None and since < now - tree_heads.NEW_AFTER - LAG:
        return (
            f"no tree head over the leaves since {_format_stamp(since)}: the worker's log says why"
        )
    return next(filter(None, (_find_unpublished(by, now) for by in WITNESSES)), "")


def _find_unpublished(by: str, now: datetime) -> str:
    """Return which head this witness should have by now and lacks, or ""."""
    setting, lag, name = WITNESSES[by]
    if not getattr(settings, setting):
        return ""
    due = TreeHead.objects.filter(at__lt=now - lag).annotate(
        published=Subquery(_list_published(by).values("head")[:1])
    )
    newest = due.order_by("-size").values_list("size", "published").first()
    if newest is not None and newest[0] > (newest[1] or 0):
        return f"the witness {name} did not get the head over {newest[0]} leaves: the log says why"
    return ""


def _list_published(by: str) -> QuerySet[Witnessed]:
    """Return what this witness got, newest head first."""
    return Witnessed.objects.filter(by=by).order_by("-head")


def _list_waiting() -> list[tuple[str, datetime]]:
    """Return since when leaves wait to be written and to be placed, each with what to say."""
    placeless = Leaf.objects.filter(id__in=Waiting.objects.values("leaf"))
    kinds = ((UNWRITTEN, DelayedLeaf.objects), (UNPLACED, placeless))
    oldest = [
        rows.order_by("at").annotate(trouble=Value(trouble)).values_list("trouble", "at")[:1]
        for trouble, rows in kinds
    ]
    return sorted(oldest[0].union(oldest[1], all=True))


def find_disagreement() -> str:
    """Return how the witness file contradicts the database, or "".

    It compares the newest head published to the file with the last one that the file has.
    """
    if settings.AUDIT_WITNESS_FILE is None:
        return ""
    newest = _list_published("file").first()
    published = newest.head_id if newest else 0
    line = _last_line(Path(settings.AUDIT_WITNESS_FILE))
    stored = line.head.size if line else 0
    if stored < published:
        return (
            f"the witness file lacks the head over {published} leaves that it was handed; {ADVICE}"
        )
    return _judge(line) if line else ""


def _judge(line: WitnessLine) -> str:
    """Check one line against the key and the database."""
    found = AuditFindings()
    rows = {row.size: row for row in TreeHead.objects.filter(size=line.head.size)}
    witness_verification.check_line(found, line, rows, key=signing.public_key())
    return f"{found.listed[0].what}; {ADVICE}" if found else ""


def _last_line(path: Path) -> WitnessLine | None:
    """Return the last complete line; a killed process may leave a partial one. Raises OSError."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        texts = file.read().split(b"\n")
    for text in reversed(texts[:-1]):
        try:
            return witness_verification.parse_line(0, json.loads(text))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _format_stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
