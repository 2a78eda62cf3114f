"""One stored row as its person may read it: unsealed, decoded, without other people (I-17).

A value is unsealed only if it was sealed for this person. If its key is destroyed, or the legal
profile blocks it, it stays sealed and the row says so under `_unreadable`.
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
from courses.models import AnswerFile
from data_inventory import DIGEST, LINK, SEALED, Holding
from data_inventory.declaration import options_of
from emotion import streams
from emotion.windows import Chunk
from privacy.export import answer_files
from telemetry.blocks import tracks
from telemetry.blocks.frame_parser import BlockFrame
from telemetry.devices import devices
from telemetry.devices.devices import DeviceSource, SourcesByStream
from telemetry.models import Block
from vault.sealed_values import KeyDestroyed, Place, Tampered, unseal_value

UNREADABLE: Final = "_unreadable"
ANOTHER: Final = "another person"
BLOCK_COLUMNS: Final = ("seq", "t0", "rate_hz", "rows", "channels")
ExportRow: TypeAlias = dict[str, Any]
Field: TypeAlias = "models.Field[Any, Any]"


@dataclass(frozen=True, slots=True)
class ExportCopy:
    """The person of an export, what may be unsealed for it, and the devices that gave it."""

    person: User
    answers: GateAnswers
    sources: Mapping[UUID, SourcesByStream]


def fields_of(holding: Holding) -> Mapping[str, Field]:
    """Return the columns of a table by name, in their order."""
    return {field.name: field for field in options_of(holding.model).local_concrete_fields}


def export_lines(row: models.Model, holding: Holding, copy: ExportCopy) -> Iterator[ExportRow]:
    """Yield one row as export lines: one for each Block of a compacted row."""
    values = decrypt_row(row, holding, copy)
    if isinstance(row, Block) and values["sealed"]:
        yield from ({**values, **block} for block in values["sealed"])
    else:
        yield values


def decrypt_row(row: models.Model, holding: Holding, copy: ExportCopy) -> ExportRow:
    """Return every column of one row."""
    values: ExportRow = {}
    closed: dict[str, str] = {}
    for name, field in fields_of(holding).items():
        kind = holding.columns[name]
        if kind is SEALED:
            values[name] = _unseal_column(row, holding, field, copy, closed)
        elif kind is LINK:
            values[name] = _link_code(row, field, copy.person)
        else:
            values[name] = None if kind is DIGEST else getattr(row, field.attname)
    return {**values, UNREADABLE: closed or None}


def _unseal_column(
    row: models.Model, holding: Holding, field: Field, copy: ExportCopy, closed: dict[str, str]
) -> Any:
    if isinstance(row, AnswerFile) and field.name == answer_files.CONTENT:
        return _file_path(row, closed)
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


def _file_path(row: AnswerFile, closed: dict[str, str]) -> str | None:
    """Return where the export has the file; its content stays in the database."""
    try:
        return answer_files.path_of(row)
    except AnswerFile.DoesNotExist:
        # Its learner removed it, or submitted the test, after the row was read.
        closed[answer_files.CONTENT] = "deleted"
    except KeyDestroyed:
        closed[answer_files.CONTENT] = "key_destroyed"
    except Tampered:
        closed[answer_files.CONTENT] = "damaged"
    return None


def _content(
    row: models.Model, holding: Holding, field: Field, sealed: bytes, copy: ExportCopy
) -> Any:
    """Unseal a value. Raises Refused if one of its scopes may not be read."""
    for scope in _scopes(row):
        if scope in copy.answers.refused:
            raise copy.answers.refused[scope]
    if isinstance(row, Block):
        permit = copy.answers.granted[f"{row.stream}:adapt"]
        sources = copy.sources.get(row.sitting, {}).get(row.stream, ())
        return [_block_row(row.stream, frame, sources) for frame in tracks.frames_in(row, permit)]
    return _unseal_any_identity(row, holding, field, sealed, copy.person.code)


def _unseal_any_identity(
    row: models.Model, holding: Holding, field: Field, sealed: bytes, subject: UUID
) -> Any:
    """Unseal with whichever identity of the row fits. Raises Tampered if none does."""
    table = str(options_of(holding.model).db_table)
    for identity in _identities(row):
        try:
            return unseal_value(sealed, place=Place(table, field.name, identity, subject))
        except Tampered:
            continue
    raise Tampered(f"{table}.{field.name} opens at no identity of its row")


def _scopes(row: models.Model) -> list[str]:
    """Return the scopes that a Grant had to allow for this row."""
    if isinstance(row, Block):
        return [f"{row.stream}:adapt"]
    return [scope for scope in getattr(row, "scopes", None) or () if scope in KEPT_SCOPES]


def _identities(row: models.Model) -> list[str]:
    """Return the identities a value may be sealed for: code, primary key, one-to-one links."""
    fields = options_of(type(row)).local_concrete_fields
    alone = [getattr(row, field.attname) for field in fields if field.one_to_one]
    return [str(name) for name in (getattr(row, "code", None), row.pk, *alone) if name is not None]


def _block_row(name: str, frame: BlockFrame, sources: Sequence[DeviceSource]) -> ExportRow:
    """Return the columns of one Block."""
    own = {column: getattr(frame, column) for column in BLOCK_COLUMNS}
    chunk = tracks.decode_frame(frame, streams.stream(name), sources)
    return {**own, "sealed": _decoded(name, chunk)}


def _decoded(stream: str, chunk: Chunk) -> ExportRow:
    """Return numbers by channel, in its unit; missing ones are null."""
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


def _link_code(row: models.Model, field: Field, person: User) -> str | None:
    """Return what a row points to, by code; other people are not named."""
    key = getattr(row, field.attname)
    if key is None:
        return None
    if field.related_model is User:
        return str(person.code) if key == person.pk else ANOTHER
    if not has_code(field):
        return str(key)
    return str(getattr(row, field.name).code)


def has_code(field: Field) -> bool:
    """Return whether the target table of this column has a `code` column."""
    target = options_of(cast("type[models.Model]", field.related_model))
    return any(each.name == "code" for each in target.local_concrete_fields)


def copy_for(person: User, *, now: datetime) -> ExportCopy:
    """Return what may be unsealed for this person now."""
    answers = subject_access.permits_for_own_copy(person.code, KEPT_SCOPES, now=now)
    return ExportCopy(person, answers, devices.sources_of_person(person))
