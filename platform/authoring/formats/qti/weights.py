"""The points of a question: the weight that a test gives to its item, times the item's maximum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from authoring.formats.credits import read_points
from authoring.formats.question_builder import Json, plain_number
from authoring.formats.text.safe_xml import XmlNode


def find_points(test: XmlNode, ref: XmlNode, item: XmlNode) -> str | None:
    """Return the points of an item in a test, "1" without a weight; None where unknown.

    The weight is the one that the test adds up its scores with, or the only one.
    """
    used = {one.get("weightIdentifier") for one in test.all("testVariables")} - {""}
    weights = {one.get("identifier"): one.get("value") for one in ref.all("weight")}
    found = [value for name, value in weights.items() if name in used or len(weights) == 1]
    if not found:
        return None if weights else "1"
    weight, most = plain_number(found[0]), _find_maximum(item)
    if weight == "1":
        return weight
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
