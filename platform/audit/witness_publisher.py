"""Hands each tree head to witnesses outside: a file, and an address of somebody else's.

Who holds the database and the signing key could write a whole new history; only a head that lies
with somebody else contradicts them. A head counts as handed over once that is a row, so a process
killed before hands it over again. Heads are made one at a time under the sequencer's lock and
handed over in their order, so here, unlike for leaves, "those after the last one" loses none.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from audit import tree_heads
from audit.models import TreeHead, Witnessed
from vault import http_client
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
LOCK: Final = 7002
MOST: Final = 100
PATIENCE_S: Final = 3.0
Giver = Callable[[Sequence[str]], None]


class Refused(Exception):
    """The witness did not take it."""


# What may keep a witness from getting its heads for now.
REASONS = (OSError, Refused, tree_heads.Broken, KeystoreBusy)


def to_file(*, now: datetime) -> int:
    """Append each head the file has not got, a JSON line each, and wait for the disk."""
    return _hand_over("file", _append, now)


def to_web(*, now: datetime) -> int:
    """Post each head that the address has not got, where there is an address."""
    return _hand_over("web", _post, now) if settings.AUDIT_WITNESS_URL else 0


def line_of(row: TreeHead) -> dict[str, object]:
    """A head, and the proof that it goes on from the one before, for who has no leaves."""
    before = TreeHead.objects.filter(size__lt=row.size).order_by("-size").first()
    proof = tree_heads.link(before, row) if before else []
    since = before.size if before else 0
    linked = {"since": since, "consistency": [hashed.hex() for hashed in proof]}
    return {**tree_heads.told(row).as_dict(), **linked}


@transaction.atomic
def _hand_over(by: str, give: Giver, now: datetime) -> int:
    """To one witness, by one process at a time. A failure is told in the log and tried again."""
    rows = _owed(by) if _locked(by) else []
    if not rows:
        return 0
    try:
        give([json.dumps(line_of(row), sort_keys=True) for row in rows])
    except REASONS as error:
        logger.warning("audit.witness_waits", extra={"by": by, "error": type(error).__name__})
        return 0
    Witnessed.objects.bulk_create([Witnessed(head=row, by=by, at=now) for row in rows])
    return len(rows)


def _owed(by: str) -> list[TreeHead]:
    last = Witnessed.objects.filter(by=by).aggregate(last=Max("head"))["last"] or 0
    return list(TreeHead.objects.filter(size__gt=last).order_by("size")[:MOST])


def _locked(by: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, by])
        return bool(cursor.fetchone()[0])


def _append(lines: Sequence[str]) -> None:
    path = Path(settings.AUDIT_WITNESS_FILE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        # A process killed while writing left half a line: ours begin on a line of their own.
        torn = bool(size) and os.pread(file.fileno(), 1, size - 1) != b"\n"
        text = "".join(f"{line}\n" for line in lines)
        file.write(b"\n" * torn + text.encode())
        file.flush()
        os.fsync(file.fileno())
    if not size:
        _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """A new file is in its folder for good only once the folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _post(lines: Sequence[str]) -> None:
    """One request; a redirect is a refusal, since nobody agreed to the place it leads to."""
    body = f'{{"heads": [{", ".join(lines)}]}}'.encode()
    headers = {"Content-Type": "application/json"}
    reply = http_client.send("POST", settings.AUDIT_WITNESS_URL, body, headers, timeout=PATIENCE_S)
    if not reply.accepted:
        raise Refused(str(reply.status))
