"""Find the correct answers of a QTI item: from declarations and common forms of processing.

Nothing is executed: conditions are inspected for what they compare a response with, or counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.formats.qti.number_ranges import find_conditions
from authoring.formats.qti.processing_templates import template_of
from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

_EQUAL = ("match", "equal", "stringMatch", "member", "contains", "equalRounded")
PARTIAL_CREDIT = _("partial credit (map_response); here an answer is either correct or not")
PATTERN = _("pattern that an answer is checked against (patternMask, patternMatch)")


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """One responseDeclaration; `right` holds its correct values, the best first."""

    name: str
    cardinality: str
    base: str
    right: tuple[str, ...]
    exact: bool

    def pairs(self) -> list[tuple[str, str]]:
        """Return the values of a directedPair."""
        found = [tuple(value.split()) for value in self.right]
        return [(pair[0], pair[1]) for pair in found if len(pair) == 2]


def read_responses(item: XmlNode, left_out: Counter[str]) -> dict[str, DeclaredResponse]:
    """Return the declarations by their name."""
    processing = item.first("responseProcessing")
    declared = item.all("responseDeclaration")
    found = {}
    for node in declared:
        mapped: Counter[str] = Counter()
        compared: Counter[str] = Counter()
        found[node.get("identifier")] = _read_response(node, processing, mapped, compared)
        base = node.get("baseType") if len(declared) == 1 else "string"
        # What the entries of the only response earn is read apart, and its choices and pairs.
        if base != "string":
            del mapped[PARTIAL_CREDIT]
        if base not in ("string", "float", "integer"):
            del compared[PARTIAL_CREDIT]
        left_out.update(mapped)
        left_out.update(compared)
    return found


def _read_response(
    node: XmlNode, processing: XmlNode | None, left_out: Counter[str], compared: Counter[str]
) -> DeclaredResponse:
    """Read a response; what its comparisons leave out is counted apart."""
    name, base = node.get("identifier"), node.get("baseType")
    correct = [value.text() for one in node.all("correctResponse") for value in one.all("value")]
    entries = node.all("mapEntry") if uses_map(processing, name, correct) else []
    mapped = _mapped_values(node, entries, left_out)
    several = node.get("cardinality") != "single"
    conditions = [] if processing is None else [*_compared_values(processing, name, compared)]
    right = correct or mapped or conditions
    if not several and base == "string":
        right = [*correct, *mapped, *conditions]
    left_out[PATTERN] += bool(processing and find_conditions(processing, name, "patternMatch"))
    cased = not entries or _depends_on_case(entries)
    matches = [] if processing is None else find_conditions(processing, name, "stringMatch")
    if matches:
        cased = any(one.get("caseSensitive", "true") == "true" for one in matches)
    values = tuple(dict.fromkeys(value for value in right if value))
    return DeclaredResponse(name, node.get("cardinality", "single"), base, values, cased)


def _depends_on_case(entries: list[XmlNode]) -> bool:
    """Return whether an entry says that case matters, or two cases of a word differ in marks."""
    marks: dict[str, set[str]] = {}
    for entry in entries:
        marks.setdefault(entry.get("mapKey").casefold(), set()).add(entry.get("mappedValue"))
    differ = any(len(values) > 1 for values in marks.values())
    return differ or any(entry.get("caseSensitive") == "true" for entry in entries)


def _mapped_values(node: XmlNode, entries: list[XmlNode], left_out: Counter[str]) -> list[str]:
    """Return the keys worth most; with several answers, those worth anything."""
    worth = {
        " ".join(entry.get("mapKey").split()): float(plain_number(entry.get("mappedValue")) or 0)
        for entry in entries
    }
    best = max(worth.values(), default=0)
    several = node.get("cardinality") != "single"
    kept = [key for key, value in worth.items() if value > 0 and (several or value == best)]
    if several:
        left_out[PARTIAL_CREDIT] += len(kept) > 1
    else:
        left_out[PARTIAL_CREDIT] += sum(0 < value < best for value in worth.values())
    return kept


def uses_map(processing: XmlNode | None, name: str, correct: Sequence[str]) -> bool:
    """Return whether marks come from the mapping of a response.

    An item that does not say so is taken to use it where nothing else names a correct answer.
    """
    if processing is None:
        return True
    if processing.nodes:
        return any(one.get("identifier") == name for one in processing.all("mapResponse"))
    template = template_of(processing)
    return template == "map_response" or (not template and not correct)


def has_negative_marks(item: XmlNode, *, mapped: bool) -> bool:
    """Return whether an answer is worth less than nothing; `mapped`: also by a mapping."""
    worth = [one.get("mappedValue") for one in item.all("mapEntry")]
    worth += [one.get("defaultValue") for one in item.all("mapping")]
    if mapped and any(value.strip().startswith("-") for value in worth):
        return True
    processing = item.first("responseProcessing")
    return processing is not None and any(
        base.text().startswith("-")
        for one in processing.all("setOutcomeValue")
        if one.get("identifier") == "SCORE"
        for base in one.all("baseValue")
    )


def _compared_values(processing: XmlNode, name: str, left_out: Counter[str]) -> Iterator[str]:
    """Yield the values that a response is compared with where that gives the best score."""
    found = [
        (_score_of(branch), node)
        for branch in processing.all("responseIf", "responseElseIf")
        for node in find_conditions(branch, name, *_EQUAL)
    ]
    best = max((worth for worth, _node in found), default=0)
    left_out[PARTIAL_CREDIT] += any(0 < worth < best for worth, _node in found)
    for worth, node in found:
        if 0 < worth == best:
            yield from (base.text() for base in node.all("baseValue"))


def _score_of(branch: XmlNode) -> float:
    """Return the highest score that a branch sets."""
    scores = [
        float(plain_number(base.text()) or 0)
        for outcome in branch.all("setOutcomeValue")
        if outcome.get("identifier") in ("SCORE", "MAXSCORE")
        for base in outcome.all("baseValue")
    ]
    return max(scores, default=0)


def choices_of_feedback(item: XmlNode) -> dict[str, str]:
    """Return outcomes that copy a response, with its name: their feedback belongs to choices."""
    found = ((one.get("identifier"), _copied_by(one)) for one in _set_outcomes(item))
    return {outcome: copied.get("identifier") for outcome, copied in found if copied is not None}


def _copied_by(setting: XmlNode) -> XmlNode | None:
    """Return the variable that an outcome is set to, also as the one value of several."""
    inner = setting
    while [one.name for one in inner.nodes] == ["multiple"]:
        inner = inner.nodes[0]
    return inner.nodes[0] if [one.name for one in inner.nodes] == ["variable"] else None


def flags_of_choices(item: XmlNode) -> dict[str, tuple[str, str]]:
    """Return outcomes that are true for one choice, with the response and the choice."""
    return {
        one.get("identifier"): (variable.get("identifier"), base.text())
        for one in _set_outcomes(item)
        for test in one.nodes
        if test.name in ("match", "member") and len(test.nodes) == 2
        for variable in test.all("variable")
        for base in test.all("baseValue")
    }


def computed_outcomes(item: XmlNode) -> set[str]:
    """Return outcomes whose value follows from an expression, not from a constant."""
    return {
        one.get("identifier")
        for one in _set_outcomes(item)
        if _copied_by(one) is None and any(inner.name != "baseValue" for inner in one.nodes)
    }


def _set_outcomes(item: XmlNode) -> list[XmlNode]:
    processing = item.first("responseProcessing")
    return [] if processing is None else processing.all("setOutcomeValue")
