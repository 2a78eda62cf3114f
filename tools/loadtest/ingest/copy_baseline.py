"""The upper limit of PostgreSQL: rows like sealed Blocks by binary COPY, without any checks."""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connections

from tools.loadtest.ingest.client import PAYLOADS

GROUP = 1000
SEALED_MORE = 24 + 38
TYPES = {
    "day": "date",
    "sitting": "uuid",
    "stream": "varchar",
    "seq": "int8",
    "learner": "int8",
    "epoch": "int8",
    "t0": "float8",
    "rate_hz": "float8",
    "rows": "int4",
    "channels": "int2",
    "sealed": "bytea",
    "received_at": "timestamptz",
}


def measure_copy(seconds: float) -> int:
    """Copy into a temporary table like that of the Blocks, a thousand rows per transaction."""
    connection: Any = connections["default"]
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (LIKE telemetry_block INCLUDING ALL)")
        try:
            return _copy(cursor, seconds)
        finally:
            cursor.execute("DROP TABLE bench_copy")


def _copy(cursor: Any, seconds: float) -> int:
    rows, done, began = _rows(), 0, time.monotonic()
    while time.monotonic() - began < seconds:
        group = list(itertools.islice(rows, GROUP))
        names = ", ".join(TYPES)
        with cursor.copy(f"COPY bench_copy ({names}) FROM STDIN (FORMAT BINARY)") as copying:
            copying.set_types(list(TYPES.values()))
            for row in group:
                copying.write_row(row)
        done += GROUP
    return round(done / (time.monotonic() - began))


def _rows() -> Iterator[tuple[Any, ...]]:
    now = datetime.now(UTC)
    sitting = uuid.uuid4()
    sealed = {name: os.urandom(len(each) + SEALED_MORE) for name, each in PAYLOADS.items()}
    for seq in itertools.count():
        for stream, value in sealed.items():
            yield now.date(), sitting, stream, seq, 1, 1, float(seq), 1.0, 1, 1, value, now
