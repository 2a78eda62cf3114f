"""Decide whether a reply fulfils the conditions of a QTI 1.2 item, with a fixed set of operators.

An unknown operator ends the computation; nothing of the item is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

Reply = tuple[str, ...]
Replies = Mapping[str, Reply]
BOUNDS = ("vargte", "vargt", "varlte", "varlt")
TEXTS = ("varequal", "varsubstring", "varsubset")
# A set of characters, alternatives, repetition, a class or the end of a text; not f(x) or a[1].
_PATTERN = re.compile(r"\[[^\]\s]{2,}\]|\([^)]*\|[^)]*\)|\.[*+?]|\\[bdsw]|[?*+]\$$")


class UnknownConditionError(ValueError):
    """The item uses an unsupported operator; `args` holds its name."""


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """The replies to an item, and what is known about its responses.

    `numbers` hold numbers, `several` have more than one value, `ordered` have an order.
    """

    replies: Replies
    numbers: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    is_caught: bool = False
    # Blackboard writes a choice like a response in the conditions of its feedback.
    selects_choices: bool = False


def is_fulfilled(condition: XmlNode, context: ReplyContext) -> bool:
    """Return whether a `respcondition` is fulfilled. Raises UnknownConditionError."""
    variables = [node for node in condition.nodes if node.name == "conditionvar"]
    return all(_join(node.nodes, context, has_alternatives=True) for node in variables)


def _join(nodes: Sequence[XmlNode], context: ReplyContext, *, has_alternatives: bool) -> bool:
    """Join conditions by "and".

    Directly inside `conditionvar`, several texts for a response with one value are alternatives:
    Canvas and the Common Cartridge write them without an `<or>`.
    """
    nodes = _without_shown_numbers(nodes) if has_alternatives else nodes
    texts: dict[str, list[XmlNode]] = {}
    for node in nodes:
        if node.name in TEXTS:
            texts.setdefault(node.get("respident"), []).append(node)
    others = [node for node in nodes if node.name not in TEXTS]
    return all(_evaluate(node, context) for node in others) and all(
        _join_texts(name, found, context, has_alternatives=has_alternatives)
        for name, found in texts.items()
    )


def _join_texts(
    name: str, nodes: list[XmlNode], context: ReplyContext, *, has_alternatives: bool
) -> bool:
    if name in context.ordered and len(nodes) > 1:
        return context.replies.get(name, ()) == read_order(nodes)
    results = [_evaluate(node, context) for node in nodes]
    return any(results) if has_alternatives and name not in context.several else all(results)


def read_order(nodes: Sequence[XmlNode]) -> Reply:
    """Return the values of an order, by their `index` where each has one."""
    places = [plain_number(node.get("index")) for node in nodes]
    pairs = list(zip(places, nodes, strict=True))
    if None not in places:
        pairs.sort(key=lambda pair: Decimal(pair[0] or 0))
    return tuple(node.text() for _place, node in pairs)


def _without_shown_numbers(nodes: Sequence[XmlNode]) -> list[XmlNode]:
    """Leave out the number that Blackboard writes next to a range, to show it as the answer."""
    bounded = {node.get("respident") for node in nodes if node.name in BOUNDS}
    return [
        node for node in nodes if node.name != "varequal" or node.get("respident") not in bounded
    ]


def _evaluate(node: XmlNode, context: ReplyContext) -> bool:
    if node.name not in _OPERATORS:
        raise UnknownConditionError(node.name)
    return _OPERATORS[node.name](node, context)


def _equal(node: XmlNode, context: ReplyContext) -> bool:
    name, value = node.get("respident"), node.text()
    if context.selects_choices and not value and name not in context.replies:
        return any(name in reply for reply in context.replies.values())
    reply = context.replies.get(name, ())
    return any(_is_same(value, one, node, is_number=name in context.numbers) for one in reply)


def _is_any_fulfilled(nodes: Sequence[XmlNode], context: ReplyContext) -> bool:
    """Return whether a `not` is contradicted.

    Brightspace writes all incorrect choices in one `not`, and means none of them. Two bounds are
    one range, and the texts of an order are one order.
    """

    def is_part(node: XmlNode) -> bool:
        return node.name in BOUNDS or node.get("respident") in context.ordered

    parts = list(filter(is_part, nodes))
    is_whole = bool(parts) and _join(parts, context, has_alternatives=True)
    return is_whole or any(_evaluate(node, context) for node in nodes if not is_part(node))


def _is_same(value: str, given: str, node: XmlNode, *, is_number: bool) -> bool:
    if is_number:
        one, other = plain_number(value), plain_number(given)
        return one is not None and one == other
    return _fold(value, node) == _fold(given, node)


def _fold(text: str, node: XmlNode) -> str:
    text = " ".join(text.split())
    return text if is_case_sensitive(node) else text.casefold()


def is_case_sensitive(node: XmlNode) -> bool:
    return node.get("case").lower() in ("yes", "true")


def _substring(node: XmlNode, context: ReplyContext) -> bool:
    """Compare with a part of the reply; some programs write a pattern there, never run here."""
    if _PATTERN.search(node.text()):
        raise UnknownConditionError("setmatch=pattern")
    part = _fold(node.text(), node)
    reply = context.replies.get(node.get("respident"), ())
    return bool(part) and any(part in _fold(one, node) for one in reply)


def _subset(node: XmlNode, context: ReplyContext) -> bool:
    """Compare as Blackboard does: `Matches` is a pattern, which is never run."""
    kind = node.get("setmatch", "Exact").lower()
    if kind == "contains":
        return _substring(node, context)
    if kind in ("matches", "partial"):
        raise UnknownConditionError(f"setmatch={kind}")
    return _equal(node, context)


def _compare(node: XmlNode, context: ReplyContext) -> bool:
    bound = plain_number(node.text())
    given = [plain_number(one) for one in context.replies.get(node.get("respident"), ())]
    if bound is None:
        raise UnknownConditionError(node.name)
    return any(_COMPARISONS[node.name](Decimal(one), Decimal(bound)) for one in given if one)


_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "vargte": lambda one, bound: one >= bound,
    "vargt": lambda one, bound: one > bound,
    "varlte": lambda one, bound: one <= bound,
    "varlt": lambda one, bound: one < bound,
}
_OPERATORS: dict[str, Callable[[XmlNode, ReplyContext], bool]] = {
    "varequal": _equal,
    "varsubstring": _substring,
    "varsubset": _subset,
    **dict.fromkeys(BOUNDS, _compare),
    "and": lambda node, context: _join(node.nodes, context, has_alternatives=False),
    "or": lambda node, context: any(_evaluate(one, context) for one in node.nodes),
    "not": lambda node, context: not _is_any_fulfilled(node.nodes, context),
    "other": lambda _node, context: not context.is_caught,
    "unanswered": lambda node, context: not context.replies.get(node.get("respident")),
}
