"""Compute the score that an item's processing gives to replies, with a fixed set of operators.

An unknown operator ends the computation; no code of the item is executed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from authoring.formats.qti.number_ranges import range_of
from authoring.formats.qti.processing_templates import processing_of
from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

Value = Any  # None, a text, a Decimal, a bool, or a tuple of them
Replies = Mapping[str, Value]
MAX_NODES = 1000
NUMBERS = ("float", "integer")
TABLES = ("interpolationTable", "matchTable")


class UnknownScoringError(ValueError):
    """The processing uses an unsupported operator; `args` holds its name."""


def value_of(text: str, base: str) -> Value:
    """Convert a text of the file to its base type; None for a blank one."""
    text = " ".join(text.split())
    if base in NUMBERS:
        number = plain_number(text)
        return None if number is None else Decimal(number)
    if base == "boolean":
        return text in ("true", "1")
    if base == "pair":
        return " ".join(sorted(text.split()))
    return text or None


def make_container(values: list[Value], cardinality: str) -> Value:
    """Return values as one reply; those of a set are sorted."""
    values = [one for one in values if one is not None]
    if cardinality == "single":
        return values[0] if values else None
    return tuple(values) if cardinality == "ordered" else tuple(sorted(values, key=str))


class Scoring:
    """The processing of one item."""

    def __init__(self, item: XmlNode) -> None:
        self.item = item
        self.processing = processing_of(item)
        self._too_long = sum(1 for _ in self.processing.walk()) > MAX_NODES
        self._declared = {
            node.get("identifier"): node
            for node in item.all("responseDeclaration", "outcomeDeclaration")
        }
        self._defaults: dict[str, Value] = {
            name: _initial_value(node) for name, node in self._declared.items()
        }

    def score(self, replies: Replies) -> Decimal:
        """Return the score of these replies. Raises UnknownScoringError."""
        if self._too_long:
            raise UnknownScoringError("length")
        run = _ProcessingRun(self._declared, {**self._defaults, **replies})
        try:
            run.execute(self.processing.nodes)
        except (DecimalException, TypeError, IndexError, ValueError) as error:
            if isinstance(error, UnknownScoringError):
                raise
            raise UnknownScoringError("arithmetic") from error
        found = run.values.get("SCORE")
        return found if isinstance(found, Decimal) else Decimal(0)


class _ProcessingRun:
    """One pass through the processing."""

    def __init__(self, declared: Mapping[str, XmlNode], values: dict[str, Value]) -> None:
        self._declared = declared
        self.values = values

    def execute(self, statements: list[XmlNode]) -> None:
        for one in statements:
            if one.name == "setOutcomeValue":
                self.values[one.get("identifier")] = self._evaluate(one.nodes[0])
            elif one.name == "lookupOutcomeValue":
                self._look_up(one)
            elif one.name == "responseCondition":
                self._branch(one)
            elif one.name == "responseProcessingFragment":
                self.execute(one.nodes)
            else:
                raise UnknownScoringError(one.name)

    def _look_up(self, statement: XmlNode) -> None:
        name = statement.get("identifier")
        declared = self._declared.get(name, XmlNode(""))
        if declared.first(*TABLES) is None:
            raise UnknownScoringError(statement.name)
        self.values[name] = _find_in_table(declared, self._evaluate(statement.nodes[0]))

    def _branch(self, condition: XmlNode) -> None:
        for branch in condition.nodes:
            if branch.name == "responseElse":
                return self.execute(branch.nodes)
            if self._evaluate(branch.nodes[0]) is True:
                return self.execute(branch.nodes[1:])
        return None

    def _evaluate(self, node: XmlNode) -> Value:
        if node.name == "baseValue":
            return value_of(node.text(), node.get("baseType"))
        if node.name == "variable":
            return self.values.get(node.get("identifier"))
        if node.name in ("correct", "default", "mapResponse"):
            return self._declaration(node)
        if node.name not in _OPERATORS:
            raise UnknownScoringError(node.name)
        return _OPERATORS[node.name](node, [self._evaluate(one) for one in node.nodes])

    def _declaration(self, node: XmlNode) -> Value:
        name = node.get("identifier")
        declared = self._declared.get(name, XmlNode(""))
        if node.name == "mapResponse":
            return _map_value(declared, self.values.get(name))
        wanted = "correctResponse" if node.name == "correct" else "defaultValue"
        return _declared_value(declared, wanted)


def _initial_value(declared: XmlNode) -> Value:
    """Return the default value; of an outcome that is a number without one, it is 0."""
    value = _declared_value(declared, "defaultValue")
    counts = declared.name == "outcomeDeclaration" and declared.get("baseType") in NUMBERS
    is_single = declared.get("cardinality", "single") == "single"
    return Decimal(0) if value is None and counts and is_single else value


def _declared_value(declared: XmlNode, what: str) -> Value:
    """Return the values that a declaration names as correct or default."""
    base, cardinality = declared.get("baseType"), declared.get("cardinality", "single")
    texts = [value.text() for one in declared.all(what) for value in one.all("value")]
    return make_container([value_of(text, base) for text in texts], cardinality)


def _map_value(declared: XmlNode, reply: Value) -> Decimal:
    """Return the value of a response under its mapping, within the mapping's bounds."""
    mapping = declared.first("mapping") or XmlNode("")
    given = dict.fromkeys(reply if isinstance(reply, tuple) else () if reply is None else (reply,))
    total = sum((_map_entry(mapping, declared.get("baseType"), one) for one in given), Decimal(0))
    low, high = _decimal(mapping.get("lowerBound")), _decimal(mapping.get("upperBound"))
    total = total if low is None else max(low, total)
    return total if high is None else min(high, total)


def _map_entry(mapping: XmlNode, base: str, reply: Value) -> Decimal:
    for entry in mapping.all("mapEntry"):
        key = value_of(entry.get("mapKey"), base)
        blind = base == "string" and entry.get("caseSensitive", "false") == "false"
        if key == reply or (blind and str(key).casefold() == str(reply).casefold()):
            return _decimal(entry.get("mappedValue")) or Decimal(0)
    return _decimal(mapping.get("defaultValue")) or Decimal(0)


def _decimal(text: str) -> Decimal | None:
    number = plain_number(text)
    return None if number is None else Decimal(number)


def _all(_node: XmlNode, values: list[Value]) -> Value:
    return False if False in values else None if None in values else True


def _any(_node: XmlNode, values: list[Value]) -> Value:
    return True if True in values else None if None in values else False


def _any_number(node: XmlNode, values: list[Value]) -> Value:
    return int(node.get("min", "0")) <= values.count(True) <= int(node.get("max", "0"))


def _string_match(node: XmlNode, values: list[Value]) -> Value:
    one, other = map(str, values)
    if node.get("caseSensitive", "true") == "false":
        one, other = one.casefold(), other.casefold()
    return other in one if node.get("substring") == "true" else one == other


def _within(node: XmlNode, values: list[Value]) -> Value:
    numbers = range_of(node, values[1])
    return numbers is not None and numbers.holds(values[0])


def _flatten(values: list[Value]) -> list[Value]:
    return [one for value in values for one in (value if isinstance(value, tuple) else (value,))]


def _contains(_node: XmlNode, values: list[Value]) -> Value:
    whole, part = values
    if isinstance(whole, str):
        return part in whole
    return not Counter(part if isinstance(part, tuple) else (part,)) - Counter(whole)


def _index(node: XmlNode, values: list[Value]) -> Value:
    """Return the value at a place, counted from 1; NULL where there is none."""
    at = int(node.get("n", "0"))
    return values[0][at - 1] if 0 < at <= len(values[0]) else None


def _member(_node: XmlNode, values: list[Value]) -> Value:
    return values[0] in _flatten(values[1:])


def _product(_node: XmlNode, values: list[Value]) -> Value:
    found = Decimal(1)
    for one in _flatten(values):
        found *= one
    return found


_Operator = Callable[[XmlNode, list[Value]], Value]


def _null_if_any(act: _Operator) -> _Operator:
    """Wrap an operator so that its value is NULL where one of its inputs is."""
    return lambda node, values: None if None in values else act(node, values)


_OPERATORS: dict[str, _Operator] = {
    "null": lambda _node, _values: None,
    "isNull": lambda _node, values: values[0] in (None, "", ()),
    "and": _all,
    "or": _any,
    "anyN": _any_number,
    "multiple": lambda _node, values: make_container(_flatten(values), "multiple") or None,
    "ordered": lambda _node, values: make_container(_flatten(values), "ordered") or None,
    "containerSize": lambda _node, values: Decimal(len(values[0] or ())),
    **{
        name: _null_if_any(act)
        for name, act in {
            "not": lambda _node, values: not values[0],
            "match": lambda _node, values: values[0] == values[1],
            "stringMatch": _string_match,
            "substring": lambda node, values: _string_match(
                XmlNode("", attributes={**node.attributes, "substring": "true"}), values[::-1]
            ),
            "equal": _within,
            "equalRounded": _within,
            "lt": lambda _node, values: values[0] < values[1],
            "lte": lambda _node, values: values[0] <= values[1],
            "gt": lambda _node, values: values[0] > values[1],
            "gte": lambda _node, values: values[0] >= values[1],
            "index": _index,
            "member": _member,
            "contains": _contains,
            "sum": lambda _node, values: sum(_flatten(values), Decimal(0)),
            "product": _product,
            "subtract": lambda _node, values: values[0] - values[1],
            "divide": lambda _node, values: values[0] / values[1],
            "min": lambda _node, values: min(_flatten(values)),
            "max": lambda _node, values: max(_flatten(values)),
        }.items()
    },
}


def _find_in_table(declared: XmlNode, value: Value) -> Decimal | None:
    """Return the number in the table of an outcome for a value; without an entry, its default.

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
