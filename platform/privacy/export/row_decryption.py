"""One stored row as its person may read it: unsealed, decoded, and without anybody else (I-17).

A value is opened only where it was sealed for this person; one whose key is destroyed, or which
the law of the place blocks, stays closed and the row says so under `_unreadable`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from django.db import models

from accounts.models import User
from consent.permits import subject_access
from consent.permits.errors import Refused
from consent.permits.gate import GateAnswers
from consent.scopes import KEPT_SCOPES
from data_inventory import DIGEST, LINK, SEALED, Holding
from data_inventory.declaration import options_of
from emotion import streams
from emotion.windows import Chunk
from telemetry.blocks import tracks
from telemetry.blocks.frame_parser import Frame
from telemetry.devices import devices
from telemetry.devices.devices import Source, Told
from telemetry.models import Block
from vault.sealed_values import KeyDestroyed, Place, Tampered, unseal_value

UNREADABLE: Final = "_unreadable"
ANOTHER: Final = "another person"
OF_A_BLOCK: Final = ("seq", "t0", "rate_hz", "rows", "channels")
Row: TypeAlias = dict[str, Any]
Field: TypeAlias = "models.Field[Any, Any]"


@dataclass(frozen=True, slots=True)
class Copy:
    """Whose copy it is, what of the sensed may be opened for it, and which devices gave it."""

    person: User
    answers: GateAnswers
    told: Mapping[UUID, Told]


def fields_of(holding: Holding) -> Mapping[str, Field]:
    """The columns of a table by name, in their own order."""
    return {field.name: field for field in options_of(holding.model).local_concrete_fields}


def lines(row: models.Model, holding: Holding, copy: Copy) -> Iterator[Row]:
    """One row as its lines: several where Blocks of a Sitting that is over stand together in it."""
    shown = opened(row, holding, copy)
    if isinstance(row, Block) and shown["sealed"]:
        yield from ({**shown, **block} for block in shown["sealed"])
    else:
        yield shown


def opened(row: models.Model, holding: Holding, copy: Copy) -> Row:
    """Every column of one row."""
    shown: Row = {}
    closed: dict[str, str] = {}
    for name, field in fields_of(holding).items():
        kind = holding.columns[name]
        if kind is SEALED:
            shown[name] = _unsealed(row, holding, field, copy, closed)
        elif kind is LINK:
            shown[name] = _linked(row, field, copy.person)
        else:
            shown[name] = None if kind is DIGEST else getattr(row, field.attname)
    return {**shown, UNREADABLE: closed or None}


def _unsealed(
    row: models.Model, holding: Holding, field: Field, copy: Copy, closed: dict[str, str]
) -> Any:
    sealed = getattr(row, field.attname)
    if not sealed:
        return None
    try:
        return _content(row, holding, field, bytes(sealed), copy)
    except Refused as refusal:
        closed[field.name] = refusal.code
    except KeyDestroyed:
        closed[field.name] = "key_destroyed"
    except Tampered:
        closed[field.name] = "damaged"
    return None


def _content(row: models.Model, holding: Holding, field: Field, sealed: bytes, copy: Copy) -> Any:
    """Raises Refused where one of the scopes it was made from may not be opened."""
    for scope in _scopes(row):
        if scope in copy.answers.refused:
            raise copy.answers.refused[scope]
    if isinstance(row, Block):
        permit = copy.answers.granted[f"{row.stream}:adapt"]
        told = copy.told.get(row.sitting, {}).get(row.stream, ())
        return [_block(row.stream, frame, told) for frame in tracks.frames_in(row, permit)]
    return _tried(row, holding, field, sealed, copy.person.code)


def _tried(row: models.Model, holding: Holding, field: Field, sealed: bytes, subject: UUID) -> Any:
    """Opened at whichever of the row's identities it was sealed for; Tampered at none of them."""
    table = str(options_of(holding.model).db_table)
    for identity in _identities(row):
        try:
            return unseal_value(sealed, place=Place(table, field.name, identity, subject))
        except Tampered:
            continue
    raise Tampered(f"{table}.{field.name} opens at no identity of its row")


def _scopes(row: models.Model) -> list[str]:
    """What a Grant had to allow for this row to be there."""
    if isinstance(row, Block):
        return [f"{row.stream}:adapt"]
    return [scope for scope in getattr(row, "scopes", None) or () if scope in KEPT_SCOPES]


def _identities(row: models.Model) -> list[str]:
    """What a row may be called where it was sealed: its code, its key, what it belongs to alone."""
    fields = options_of(type(row)).local_concrete_fields
    alone = [getattr(row, field.attname) for field in fields if field.one_to_one]
    return [str(name) for name in (getattr(row, "code", None), row.pk, *alone) if name is not None]


def _block(name: str, frame: Frame, told: Sequence[Source]) -> Row:
    """What in its line is a Block's own."""
    own = {column: getattr(frame, column) for column in OF_A_BLOCK}
    chunk = tracks.opened(frame, streams.stream(name), told)
    return {**own, "sealed": _decoded(name, chunk)}


def _decoded(stream: str, chunk: Chunk) -> Row:
    """Numbers by channel, in its unit; what is missing is null."""
    known = [channel.name for channel in streams.stream(stream).channels]
    width = chunk.values.shape[1]
    return {
        "channels": known or [f"channel_{number}" for number in range(1, width + 1)],
        "t0": chunk.t0,
        "rate_hz": chunk.rate_hz,
        "backend": chunk.backend,
        "rows": [
            [None if math.isnan(value) else value for value in row] for row in chunk.values.tolist()
        ],
    }


def _linked(row: models.Model, field: Field, person: User) -> str | None:
    """What a row points to, by code; who is not this person is not named."""
    key = getattr(row, field.attname)
    if key is None:
        return None
    if field.related_model is User:
        return str(person.code) if key == person.pk else ANOTHER
    if not has_code(field):
        return str(key)
    return str(getattr(row, field.name).code)


def has_code(field: Field) -> bool:
    """Whether the table this column points to has codes of its own."""
    target = options_of(cast("type[models.Model]", field.related_model))
    return any(each.name == "code" for each in target.local_concrete_fields)


def copy_for(person: User, *, now: datetime) -> Copy:
    """What may be opened for this person now."""
    answers = subject_access.permits_for_own_copy(person.code, KEPT_SCOPES, now=now)
    return Copy(person, answers, devices.of_person(person))
