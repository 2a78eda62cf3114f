"""What a QTI item takes as right: its declarations, and the common forms of its processing.

Nothing is executed: a condition is read for what it compares a response with, or counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.formats.asking import half, plain_number
from authoring.formats.markup import Node

_EQUAL = ("match", "equal", "stringMatch", "member", "contains", "equalRounded")
PARTLY = _("part marks (map_response); here an answer is right or not")
PATTERN = _("pattern that an answer is tried with (patternMask, patternMatch)")


@dataclass(frozen=True, slots=True)
class Response:
    """One responseDeclaration; `right` holds its values, the best first."""

    name: str
    cardinality: str
    base: str
    right: tuple[str, ...]
    exact: bool

    def pairs(self) -> list[tuple[str, str]]:
        """The values of a directedPair."""
        found = [tuple(value.split()) for value in self.right]
        return [(pair[0], pair[1]) for pair in found if len(pair) == 2]


def responses(item: Node, left_out: Counter[str]) -> dict[str, Response]:
    """The declarations by their name."""
    processing = item.first("responseProcessing")
    return {
        node.get("identifier"): _response(node, processing, left_out)
        for node in item.all("responseDeclaration")
    }


def _response(node: Node, processing: Node | None, left_out: Counter[str]) -> Response:
    name, base = node.get("identifier"), node.get("baseType")
    correct = [value.text() for one in node.all("correctResponse") for value in one.all("value")]
    mapped = _mapped(node, correct, processing, left_out)
    several = node.get("cardinality") != "single"
    compared = [] if processing is None else [*_compared(processing, name)]
    right = correct or mapped or compared
    if not several and base == "string":
        right = [*correct, *mapped, *compared]
    left_out[PATTERN] += bool(processing and _of(processing, "patternMatch", name))
    entries = node.all("mapEntry")
    cased = any(entry.get("caseSensitive") == "true" for entry in entries) or not entries
    if processing is not None and _of(processing, "stringMatch", name):
        matches = _of(processing, "stringMatch", name)
        cased = any(one.get("caseSensitive", "true") == "true" for one in matches)
    values = tuple(dict.fromkeys(value for value in right if value))
    return Response(name, node.get("cardinality", "single"), base, values, cased)


def _mapped(
    node: Node, correct: list[str], processing: Node | None, left_out: Counter[str]
) -> list[str]:
    """The keys worth most; with several answers those worth anything."""
    worth = {
        " ".join(entry.get("mapKey").split()): float(plain_number(entry.get("mappedValue")) or 0)
        for entry in node.all("mapEntry")
    }
    best = max(worth.values(), default=0)
    several = node.get("cardinality") != "single"
    kept = [key for key, value in worth.items() if value > 0 and (several or value == best)]
    used = processing is None or not correct or _uses_map(processing)
    if several:
        left_out[PARTLY] += used and len(kept) > 1
    else:
        left_out[PARTLY] += sum(0 < value < best for value in worth.values())
    return kept


def _uses_map(processing: Node) -> bool:
    named = "map_response" in processing.get("template")
    return named or processing.first("mapResponse") is not None


def tolerance(item: Node, name: str, value: str) -> float:
    """How far beside the right number an answer may lie."""
    processing = item.first("responseProcessing")
    if processing is None:
        return 0
    for node in _of(processing, "equal", name):
        parts = [abs(float(plain_number(part) or 0)) for part in node.get("tolerance").split()]
        if parts and node.get("toleranceMode") == "absolute":
            return max(parts)
        if parts and node.get("toleranceMode") == "relative":
            return abs(float(value)) * max(parts) / 100
    for node in _of(processing, "equalRounded", name):
        figures = plain_number(node.get("figures")) or "0"
        if node.get("roundingMode") == "decimalPlaces" and figures.isdigit() and int(figures) < 20:
            return float(0.5 * 10 ** -int(figures))
    return 0


def between(item: Node, name: str) -> tuple[str, float] | None:
    """The range that a response must lie in, by a lower and an upper bound."""
    low = [value for kind in ("gte", "gt") for value in _bounds(item, kind, name)]
    high = [value for kind in ("lte", "lt") for value in _bounds(item, kind, name)]
    return half(low[0], high[0]) if len(low) == 1 and len(high) == 1 else None


def _bounds(item: Node, kind: str, name: str) -> Iterator[str]:
    for node in _of(item, kind, name):
        yield from (base.text() for base in node.all("baseValue"))


def _compared(processing: Node, name: str) -> Iterator[str]:
    """The values a response is compared with where that gives a score."""
    for branch in processing.all("responseIf", "responseElseIf"):
        if not any(_worth(one) for one in branch.all("setOutcomeValue")):
            continue
        for kind in _EQUAL:
            for node in _of(branch, kind, name):
                yield from (base.text() for base in node.all("baseValue"))


def _worth(outcome: Node) -> bool:
    values = [base.text() for base in outcome.all("baseValue")]
    if outcome.get("identifier") not in ("SCORE", "MAXSCORE"):
        return False
    return any(value not in ("0", "0.0", "false") for value in values)


def _of(top: Node, kind: str, name: str) -> list[Node]:
    """The conditions of a kind that look at a response."""
    return [
        node
        for node in top.all(kind)
        if any(one.get("identifier") == name for one in node.all("variable"))
    ]


def choices_of_remarks(item: Node) -> set[str]:
    """The outcomes that take the value of a response: their feedback belongs to the choices."""
    processing = item.first("responseProcessing")
    found = [] if processing is None else processing.all("setOutcomeValue")
    return {
        one.get("identifier")
        for one in found
        if any(inner.name == "variable" for inner in one.nodes)
    }
