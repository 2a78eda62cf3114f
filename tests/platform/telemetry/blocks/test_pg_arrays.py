"""Columns packed at once arrive as PostgreSQL arrays."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date

import pytest

from telemetry.blocks import pg_arrays
from telemetry.connection import connect

ONE, OTHER = uuid.uuid4(), uuid.uuid4()
COLUMNS = [
    ("smallint", pg_arrays.int2s, [-32768, 0, 32767]),
    ("int", pg_arrays.int4s, [-(2**31), 0, 65535]),
    ("bigint", pg_arrays.int8s, [2**63 - 1, -1, 2**32]),
    ("float8", pg_arrays.float8s, [0.1, -1e300, 3.0]),
    ("date", pg_arrays.dates, [date(1999, 12, 31), date(2000, 1, 1), date(2026, 11, 22)]),
    ("uuid", pg_arrays.uuids, [ONE, OTHER, ONE]),
    ("text", pg_arrays.texts, ["pointer", "", "größe"]),
    ("bytea", pg_arrays.byteas, [b"\x00\xff", b"", b"x" * 3000]),
]


async def returned(kind, packed):
    opened = await connect()
    try:
        cursor = await opened.execute(f"SELECT %b::{kind}[]", [packed], prepare=True, binary=True)
        return (await cursor.fetchone())[0]
    finally:
        await opened.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "pack", "values"), COLUMNS, ids=[kind for kind, *_ in COLUMNS])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_packed_values_are_read_back(kind, pack, values, count):
    assert asyncio.run(returned(kind, pack(values[:count]))) == values[:count]


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(OverflowError):
        pg_arrays.int2s([40_000])
