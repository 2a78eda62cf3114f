"""PostgreSQL arrays in binary form, each column built at once.

psycopg calls a dumper for every value of a list. With a dozen columns of hundreds of Blocks that
was a third of the writer's time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

HEAD = struct.Struct(">iiIii")
LENGTH = struct.Struct(">i").pack
BYTEA, INT8, INT2, INT4, TEXT, FLOAT8, DATE, UUID_OID = 17, 20, 21, 23, 25, 701, 1082, 2950
EPOCH = date(2000, 1, 1).toordinal()


class PackedArray(bytes):
    """An array as it is sent; the statement's cast gives its type."""


class PackedDumper(Dumper):
    """Passes packed arrays through. The server infers their type."""

    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer | None:
        return bytes(obj)


def register(connection: AsyncConnection[Any]) -> None:
    connection.adapters.register_dumper(PackedArray, PackedDumper)


def int2s(values: Sequence[int]) -> PackedArray:
    return _fixed(INT2, ">i2", values)


def int4s(values: Sequence[int]) -> PackedArray:
    return _fixed(INT4, ">i4", values)


def int8s(values: Sequence[int]) -> PackedArray:
    return _fixed(INT8, ">i8", values)


def float8s(values: Sequence[float]) -> PackedArray:
    return _fixed(FLOAT8, ">f8", values)


def dates(values: Iterable[date]) -> PackedArray:
    return _fixed(DATE, ">i4", [day.toordinal() - EPOCH for day in values])


def uuids(values: Iterable[UUID]) -> PackedArray:
    return _each(UUID_OID, [value.bytes for value in values])


def texts(values: Sequence[str]) -> PackedArray:
    """Return an array of texts; each distinct text is encoded once."""
    written = {value: LENGTH(len(coded := value.encode())) + coded for value in set(values)}
    return PackedArray(_head(TEXT, len(values)) + b"".join([written[value] for value in values]))


def byteas(values: Sequence[bytes]) -> PackedArray:
    return _each(BYTEA, values)


def _fixed(oid: int, dtype: str, values: Sequence[float]) -> PackedArray:
    packed = np.empty(len(values), dtype=[("length", ">i4"), ("value", dtype)])
    packed["length"] = packed.dtype["value"].itemsize
    packed["value"] = values
    return PackedArray(_head(oid, len(values)) + packed.tobytes())


def _each(oid: int, values: Sequence[bytes]) -> PackedArray:
    parts = [LENGTH(len(value)) + value for value in values]
    return PackedArray(_head(oid, len(values)) + b"".join(parts))


def _head(oid: int, length: int) -> bytes:
    """Return a header of one dimension from 1 on, without NULLs.

    PostgreSQL gives an empty array no dimension.
    """
    return HEAD.pack(1, 0, oid, length, 1) if length else HEAD.pack(0, 0, oid, 0, 0)[:12]
