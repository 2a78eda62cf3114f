"""The numbers an item accepts: a range around the correct one, or between two bounds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from authoring.formats.question_builder import NumberRange, plain_number
from authoring.formats.text.safe_xml import XmlNode

MAX_FIGURES = 15
_REVERSED = {"gte": "lte", "gt": "lt", "lte": "gte", "lt": "gt"}


def range_of(node: XmlNode, value: Decimal) -> NumberRange | None:
    """Return the range that `equal` or `equalRounded` accepts for this number, if it is valid."""
    return (
        _rounding_range(node, value)
        if node.name == "equalRounded"
        else _tolerated_range(node, value)
    )


def range_around(processing: XmlNode | None, name: str, value: str) -> NumberRange:
    """Return the range accepted around the correct number of a response."""
    number = Decimal(value)
    nodes = [] if processing is None else find_conditions(processing, name, "equal", "equalRounded")
    found = range_of(nodes[0], number) if nodes else None
    return found or NumberRange(number, number)


def range_between(processing: XmlNode | None, name: str) -> NumberRange | None:
    """Return the range that a response must be in, from one lower and one upper bound."""
    bounds = [] if processing is None else list(_bounds(processing, name))
    low = [(value, kind == "gt") for kind, value in bounds if kind in ("gte", "gt")]
    high = [(value, kind == "lt") for kind, value in bounds if kind in ("lte", "lt")]
    if len(low) != 1 or len(high) != 1 or low[0][0] > high[0][0]:
        return None
    return NumberRange(low[0][0], high[0][0], open_low=low[0][1], open_high=high[0][1])


def find_conditions(top: XmlNode, name: str, *kinds: str) -> list[XmlNode]:
    """Return the conditions of these kinds that use a response."""
    return [
        node
        for node in top.all(*kinds)
        if any(one.get("identifier") == name for one in node.all("variable"))
    ]


def _bounds(processing: XmlNode, name: str) -> Iterator[tuple[str, Decimal]]:
    """Yield each comparison with a number, turned so that the response comes first."""
    for node in find_conditions(processing, name, *_REVERSED):
        number = next((plain_number(one.text()) for one in node.all("baseValue")), None)
        if number is not None:
            first = node.nodes[0].name == "baseValue"
            yield _REVERSED[node.name] if first else node.name, Decimal(number)


def _tolerated_range(node: XmlNode, value: Decimal) -> NumberRange:
    """Return the tolerated range; one tolerance applies to both sides, bounds may be excluded."""
    parts = [abs(Decimal(plain_number(part) or 0)) for part in node.get("tolerance").split()]
    if not parts or node.get("toleranceMode") not in ("absolute", "relative"):
        return NumberRange(value, value)
    if node.get("toleranceMode") == "relative":
        parts = [abs(value) * part / 100 for part in parts]
    return NumberRange(
        value - parts[0],
        value + parts[-1],
        open_low=node.get("includeLowerBound") == "false",
        open_high=node.get("includeUpperBound") == "false",
    )


def _rounding_range(node: XmlNode, value: Decimal) -> NumberRange | None:
    """Return what rounds to the number; a final five is rounded away from zero."""
    figures = plain_number(node.get("figures")) or ""
    if not figures.isdigit() or int(figures) > MAX_FIGURES:
        return None
    significant = node.get("roundingMode", "significantFigures") == "significantFigures"
    if significant and (not int(figures) or not value):
        return NumberRange(value, value) if int(figures) else None
    unit = _unit(value, int(figures)) if significant else Decimal(1).scaleb(-int(figures))
    size = (abs(value) / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
    if not size:
        return NumberRange(-unit / 2, unit / 2, open_low=True, open_high=True)
    unit = _unit(size, int(figures)) if significant else unit
    is_first = significant and size == Decimal(1).scaleb(size.adjusted())
    low, high = size - (unit / 20 if is_first else unit / 2), size + unit / 2
    if value < 0:
        return NumberRange(-high, -low, open_low=True)
    return NumberRange(low, high, open_high=True)


def _unit(value: Decimal, figures: int) -> Decimal:
    """Return the step of the last significant figure."""
    return Decimal(1).scaleb(value.adjusted() - figures + 1)
