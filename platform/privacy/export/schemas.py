"""JSON Schema (2020-12) of a table's rows, generated from its declaration and its model."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from courses.models import AnswerFile
from data_inventory import DIGEST, LINK, PUBLIC, SEALED, ColumnKind, Holding
from data_inventory.declaration import options_of
from privacy.export import answer_files
from privacy.export.category_labels import label_of
from privacy.export.row_decryption import UNREADABLE, Field, fields_of
from telemetry.models import Block

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
Shape = dict[str, Any]
KIND_DESCRIPTIONS: Final = {
    SEALED: "Stored encrypted; readable here for you.",
    LINK: "The ID of what this record belongs to. Another person is never named.",
    DIGEST: (
        "A one-way hash, used only to compare. Not included, because anyone who has it could try "
        "to guess what it was made from."
    ),
}
DECODED: Final[Shape] = {
    "type": ["object", "null"],
    "properties": {
        "channels": {"type": "array", "items": {"type": "string"}},
        "t0": {"type": "number", "description": "Seconds since the lesson page was opened."},
        "rate_hz": {
            "type": "number",
            "description": "Readings per second; 0 = the first column is t.",
        },
        "backend": {"type": "string", "description": "The device it came from; empty = not known."},
        "rows": {
            "type": "array",
            "items": {"type": "array", "items": {"type": ["number", "null"]}},
        },
    },
    "required": ["channels", "t0", "rate_hz", "backend", "rows"],
    "additionalProperties": False,
}
FILE_PATH: Final[Shape] = {
    "type": ["string", "null"],
    "description": "Stored encrypted; the path of the file in this archive.",
}
CLOSED: Final[Shape] = {
    "description": "Columns that can no longer be read, and why.",
    "type": ["object", "null"],
    "additionalProperties": {"type": "string"},
}
TYPES: Final[tuple[tuple[type[models.Field[Any, Any]], Shape], ...]] = (
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (models.FloatField, {"type": "number"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.CharField, {"type": "string"}),
    (models.TextField, {"type": "string"}),
)


def schema_of(holding: Holding) -> Shape:
    """Return the schema of one line of `data/<table>.jsonl`."""
    table = options_of(holding.model).db_table
    columns = {
        name: _column(holding, field, holding.columns[name])
        for name, field in fields_of(holding).items()
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:attune:export:1:{table}",
        "title": f"{table}: {label_of(holding.category)}",
        "description": " ".join((holding.model.__doc__ or "").split()),
        "type": "object",
        "properties": {**columns, UNREADABLE: CLOSED},
        "required": [*columns, UNREADABLE],
        "additionalProperties": False,
    }


def _column(holding: Holding, field: Field, kind: ColumnKind) -> Shape:
    description = {"description": KIND_DESCRIPTIONS[kind]} if kind in KIND_DESCRIPTIONS else {}
    if holding.model is AnswerFile and field.name == answer_files.CONTENT:
        return dict(FILE_PATH)
    if kind is SEALED:
        return {**(DECODED if holding.model is Block else {}), **description}
    if kind is PUBLIC and not isinstance(field, (models.CharField, models.TextField)):
        return description
    if kind is DIGEST:
        return {"type": "null", **description}
    shape = {"type": "string"} if kind is LINK else _shape(field)
    return {**(_nullable(shape) if field.null else shape), **description}


def _shape(field: Field) -> Shape:
    if isinstance(field, ArrayField):
        return {"type": "array", "items": _shape(field.base_field)}
    for known, shape in TYPES:
        if isinstance(field, known):
            return dict(shape)
    return {}


def _nullable(shape: Shape) -> Shape:
    return {**shape, "type": [shape["type"], "null"]} if "type" in shape else shape
