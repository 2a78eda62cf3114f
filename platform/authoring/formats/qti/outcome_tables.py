"""Look up the value of an outcome in the table of its declaration, as `lookupOutcomeValue` does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

TABLES = ("interpolationTable", "matchTable")


def look_up(declared: XmlNode, value: Any) -> Decimal | None:
    """Return the number that a table has for a value; the table's default without an entry.

    Of an interpolation table, the first entry whose source is not above the value counts.
    """
    table = declared.first(*TABLES)
    if table is None:
        return None
    if isinstance(value, Decimal):
        for entry in table.nodes:
            source = _number_of(entry, "sourceValue")
            if source is not None and _reaches(value, source, entry):
                return _number_of(entry, "targetValue")
    return _number_of(table, "defaultValue")


def _reaches(value: Decimal, source: Decimal, entry: XmlNode) -> bool:
    if entry.name == "matchTableEntry":
        return value == source
    return value > source or (value == source and entry.get("includeBoundary", "true") == "true")


def _number_of(node: XmlNode, attribute: str) -> Decimal | None:
    number = plain_number(node.get(attribute))
    return None if number is None else Decimal(number)
