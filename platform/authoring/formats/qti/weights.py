"""The points of a question: the weight that a test gives to its item, times the item's maximum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from authoring.formats.credits import read_points
from authoring.formats.question_builder import Json, plain_number
from authoring.formats.text.safe_xml import XmlNode


def find_points(test: XmlNode, ref: XmlNode, item: XmlNode) -> str | None:
    """Return the points of an item in a test; None where unknown.

    The weight is the one that the test adds up its scores with, or the only one. Next to items
    that have one, an item without it has the weight 1. In a test without weights it is one point.
    """
    used = {one.get("weightIdentifier") for one in test.all("testVariables")} - {""}
    weights = {one.get("identifier"): one.get("value") for one in ref.all("weight")}
    found = [value for name, value in weights.items() if name in used or len(weights) == 1]
    if not weights and not test.first("weight"):
        return "1"
    weight = plain_number(next(iter(found), "" if weights else "1"))
    most = _find_maximum(item) or ("1" if weight == "1" else None)
    if weight is None or most is None or len(found) > 1:
        return None
    return str(Decimal(weight) * Decimal(most))


def with_points(rows: Iterable[Json], points: str | None, left_out: Counter[str]) -> list[Json]:
    """Return the questions of an item with its points; those of several cannot be divided."""
    found = list(rows)
    number = points if len(found) == 1 or points == "1" else None
    return [row | read_points(number, left_out) for row in found]


def _find_maximum(item: XmlNode) -> str | None:
    declared = (one for one in item.all("outcomeDeclaration") if one.get("identifier") == "SCORE")
    return next((plain_number(one.get("normalMaximum")) for one in declared), None)
