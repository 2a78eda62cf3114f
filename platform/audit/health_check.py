"""Return whether the audit keeps up and its witness agrees, cheaply: the newest head and the last line of
the file, for `/health/ready` (I-30). `verify_audit` reads all of it.

That an address outside cannot be reached is not told here: what is somebody else's trouble must not
take the site away. Its heads wait, and the Stewards' page says so.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Min, Subquery

from audit import tree_heads, witness_verification
from audit.findings import Findings
from audit.models import Leaf, Position, TreeHead, Waiting, Witnessed
from audit.verification import LAG
from audit.witness_verification import Line
from vault import signing

# A line holds two proofs' worth of hashes at most; the last of them is within this much of the end.
TAIL: Final = 64 * 1024
# Heads that the file was handed, the newest first.
HANDED: Final = Witnessed.objects.filter(by="file").order_by("-head")
LOOK = "manage.py verify_audit says what is wrong"


def find_overdue(*, now: datetime) -> str:
    """Return what the worker should have done by now, and its next sweep does; empty for nothing.

    Leaves without a place, leaves under no head, or a head that the witness file did not get.
    """
    waiting = Leaf.objects.filter(id__in=Waiting.objects.values("leaf"))
    oldest = waiting.aggregate(oldest=Min("at"))["oldest"]
    if oldest is not None and oldest < now - LAG:
        return f"leaves wait for their place since {_clock(oldest)}: does the worker run?"
    head = tree_heads.latest()
    uncovered = Position.objects.filter(seq__gte=head.size if head else 0).order_by("seq")
    since = uncovered.values_list("leaf__at", flat=True).first()
    if since is not None and since < now - tree_heads.NEW_AFTER - LAG:
        return f"no tree head over the leaves since {_clock(since)}: the worker's log says why"
    due = TreeHead.objects.filter(at__lt=now - LAG).annotate(
        handed=Subquery(HANDED.values("head")[:1])
    )
    newest = due.order_by("-size").values_list("size", "handed").first()
    if newest is not None and newest[0] > (newest[1] or 0):
        return f"the witness file did not get the head over {newest[0]} leaves: the log says why"
    return ""


def find_disagreement() -> str:
    """Return how the witness file contradicts the database; empty where it does not.

    Compared are the newest head that the file was handed, and the last that it holds.
    """
    given = HANDED.first()
    handed = given.head_id if given else 0
    line = _last_line(Path(settings.AUDIT_WITNESS_FILE))
    held = line.head.size if line else 0
    if held < handed:
        return f"the witness file lacks the head over {handed} leaves that it was handed; {LOOK}"
    return _judge(line) if line else ""


def _judge(line: Line) -> str:
    """The one line against the key and the database."""
    found = Findings()
    rows = {row.size: row for row in TreeHead.objects.filter(size=line.head.size)}
    witness_verification.check_line(found, line, rows, key=signing.public_key())
    return f"{found.told[0].what}; {LOOK}" if found else ""


def _last_line(path: Path) -> Line | None:
    """The last whole line; half a line of a killed process is not one. Raises OSError."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        texts = file.read().split(b"\n")
    for text in reversed(texts[:-1]):
        try:
            return witness_verification.parse(0, json.loads(text))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
