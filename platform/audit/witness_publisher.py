"""Publishes each tree head to outside witnesses: a file, and a web address.

An intruder with the database and the signing key could rewrite the whole history; only a head
stored elsewhere contradicts them. A head counts as published once that is recorded in a row, so a
process killed before publishes it again. Heads are made one at a time under the sequencer's lock
and published in order. So here, unlike for leaves, "those after the last one" misses none.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
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
BATCH_SIZE: Final = 100
TIMEOUT_S: Final = 3.0
Publish = Callable[[Sequence[str]], None]


class WitnessRefused(Exception):
    """The witness did not accept the heads."""


# Failures after which publishing is retried later.
REASONS = (OSError, WitnessRefused, tree_heads.BrokenHead, KeystoreBusy)


def publish_to_file(*, now: datetime) -> int:
    """Append each head that the file lacks, one JSON line each, and sync to disk."""
    file = settings.AUDIT_WITNESS_FILE
    return _publish("file", partial(_append, Path(file)), now) if file else 0


def publish_to_web(*, now: datetime) -> int:
    """Post each head that the configured address lacks; return how many."""
    return _publish("web", _post, now) if settings.AUDIT_WITNESS_URL else 0


def make_line(row: TreeHead) -> dict[str, object]:
    """Return a head with its proof of consistency, for readers who do not have the leaves."""
    before = TreeHead.objects.filter(size__lt=row.size).order_by("-size").first()
    proof = tree_heads.prove_extension(before, row) if before else []
    since = before.size if before else 0
    linked = {"since": since, "consistency": [hashed.hex() for hashed in proof]}
    return {**tree_heads.to_signed_head(row).as_dict(), **linked}


@transaction.atomic
def _publish(by: str, publish: Publish, now: datetime) -> int:
    """Publish to one witness, in one process at a time; log a failure and retry later."""
    rows = _find_unpublished(by) if _take_lock(by) else []
    if not rows:
        return 0
    try:
        publish([json.dumps(make_line(row), sort_keys=True) for row in rows])
    except REASONS as error:
        logger.warning("audit.witness_waits", extra={"by": by, "error": type(error).__name__})
        return 0
    Witnessed.objects.bulk_create([Witnessed(head=row, by=by, at=now) for row in rows])
    return len(rows)


def _find_unpublished(by: str) -> list[TreeHead]:
    last = Witnessed.objects.filter(by=by).aggregate(last=Max("head"))["last"] or 0
    return list(TreeHead.objects.filter(size__gt=last).order_by("size")[:BATCH_SIZE])


def _take_lock(by: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, by])
        return bool(cursor.fetchone()[0])


def _append(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        # A process killed while writing left a partial line: begin on a new one.
        torn = bool(size) and os.pread(file.fileno(), 1, size - 1) != b"\n"
        text = "".join(f"{line}\n" for line in lines)
        file.write(b"\n" * torn + text.encode())
        file.flush()
        os.fsync(file.fileno())
    if not size:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Sync the folder, because a new file is durable only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _post(lines: Sequence[str]) -> None:
    """Send one request; a redirect counts as a refusal, because its target was not configured."""
    body = f'{{"heads": [{", ".join(lines)}]}}'.encode()
    headers = {"Content-Type": "application/json"}
    reply = http_client.send_request(
        "POST", settings.AUDIT_WITNESS_URL, body, headers, timeout=TIMEOUT_S
    )
    if not reply.accepted:
        raise WitnessRefused(str(reply.status))
