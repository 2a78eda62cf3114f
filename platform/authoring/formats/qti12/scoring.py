"""Compute the score and the feedback that a QTI 1.2 item gives to replies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, DecimalException

from authoring.formats.qti12.conditions import (
    Replies,
    ReplyContext,
    UnknownConditionError,
    is_fulfilled,
)
from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

# The elements of an item's conditions, and how many of them are read for all its sample replies.
MAX_NODES, MAX_READ = 1000, 250_000
DEFAULT = "SCORE"
# Brightspace counts correct and incorrect selections apart.
_BRIGHTSPACE = ("D2L_Correct", "D2L_Incorrect")
# Names of the outcome that holds the marks, the usual one first.
_SCORES = (DEFAULT, "que_score")


class ItemScoring:
    """The `resprocessing` of one item."""

    def __init__(self, item: XmlNode, context: ReplyContext) -> None:
        self._context = context
        self.conditions = item.all("respcondition")
        self._nodes = sum(1 for top in self.conditions for _node in top.walk())
        self._read = 0
        self._outcomes = {node.get("varname") or DEFAULT: node for node in item.all("decvar")}
        self._name = self._find_score()
        self._has_marks = any(self._gives_marks(one) for one in self.conditions)
        texts = [setvar.text() for one in self.conditions for setvar in _setvars(one)]
        self._largest = max((_number(text) for text in texts), default=Decimal(0))

    def score(self, replies: Replies) -> Decimal:
        """Return the marks for these replies. Raises UnknownConditionError."""
        self._read += self._nodes
        if self._nodes > MAX_NODES or self._read > MAX_READ:
            raise UnknownConditionError("length")
        if not self._has_marks:
            return self._count_correct(replies)
        values = {name: _number(node.get("defaultval")) for name, node in self._outcomes.items()}
        try:
            for condition in self._fulfilled(replies):
                for setvar in _setvars(condition):
                    self._set(values, setvar)
                if _stops(condition):
                    break
        except DecimalException as error:
            raise UnknownConditionError("arithmetic") from error
        return self._read_score(values)

    def find_feedback(self, replies: Replies) -> list[str]:
        """Return the feedback that is displayed for these replies, by its identifiers."""
        context = replace(self._context, selects_choices=True)
        return [
            link.get("linkrefid")
            for condition in self._fulfilled(replies, context)
            for link in condition.all("displayfeedback")
        ]

    def marked_conditions(self) -> list[XmlNode]:
        """Return the conditions that give marks."""
        wanted = self._gives_marks if self._has_marks else _is_correct
        return [condition for condition in self.conditions if wanted(condition)]

    def deducts_marks(self) -> bool:
        """Return whether a reply may cost marks."""
        setvars = [one for condition in self.conditions for one in _setvars(condition)]
        return any(self._deducts(one) for one in setvars)

    def _deducts(self, setvar: XmlNode) -> bool:
        if _outcome(setvar) == _BRIGHTSPACE[1]:
            return True
        value = self._value(setvar.text(), {})
        is_less = value > 0 if setvar.get("action").lower() == "subtract" else value < 0
        return _outcome(setvar) == self._name and is_less

    def _fulfilled(
        self, replies: Replies, context: ReplyContext | None = None
    ) -> Iterable[XmlNode]:
        context = replace(context or self._context, replies=replies)
        for condition in self.conditions:
            if is_fulfilled(condition, context):
                context = replace(context, is_caught=context.is_caught or self._catches(condition))
                yield condition

    def _catches(self, condition: XmlNode) -> bool:
        """Return whether a later `other` no longer applies; feedback alone does not decide that."""
        return bool(_setvars(condition)) or (not self._has_marks and _is_correct(condition))

    def _count_correct(self, replies: Replies) -> Decimal:
        """Count the fulfilled conditions that are marked as correct, as Blackboard's matching."""
        return Decimal(sum(_is_correct(one) for one in self._fulfilled(replies)))

    def _find_score(self) -> str:
        names = {_outcome(setvar) for one in self.conditions for setvar in _setvars(one)}
        if names & {*_BRIGHTSPACE}:
            return _BRIGHTSPACE[0]
        return next((name for name in _SCORES if name in names), min(names, default=DEFAULT))

    def _gives_marks(self, condition: XmlNode) -> bool:
        return any(
            _outcome(setvar) == self._name
            and setvar.get("action", "Set").lower() in ("set", "add")
            and self._value(setvar.text(), {}) > 0
            for setvar in _setvars(condition)
        )

    def _set(self, values: dict[str, Decimal], setvar: XmlNode) -> None:
        name, value = _outcome(setvar), self._value(setvar.text(), values)
        old, action = values.get(name, Decimal(0)), setvar.get("action", "Set").lower()
        changed = {
            "set": lambda: value,
            "add": lambda: old + value,
            "subtract": lambda: old - value,
            "multiply": lambda: old * value,
            "divide": lambda: old / value,
        }.get(action)
        if changed is None:
            raise UnknownConditionError(f"action={action}")
        values[name] = changed()

    def _value(self, text: str, values: dict[str, Decimal]) -> Decimal:
        """Return a number, the largest value of an outcome (`SCORE.max`), or an outcome."""
        number = plain_number(text)
        if number is not None:
            return Decimal(number)
        name, _dot, rest = text.partition(".")
        if rest.lower() == "max":
            declared = self._outcomes.get(name, XmlNode(""))
            most = _number(declared.get("maxvalue"))
            return most if most > 0 else Decimal(100)
        return values.get(text, Decimal(0))

    def _read_score(self, values: dict[str, Decimal]) -> Decimal:
        found = values.get(self._name, Decimal(0))
        if self._name == _BRIGHTSPACE[0]:
            return found - values.get(_BRIGHTSPACE[1], Decimal(0))
        declared = self._outcomes.get(self._name, XmlNode(""))
        low, high = plain_number(declared.get("minvalue")), plain_number(declared.get("maxvalue"))
        found = found if low is None else max(found, Decimal(low))
        # Many tools declare a maximum below their own marks, so that it cannot be meant.
        return found if high is None or Decimal(high) < self._largest else min(found, Decimal(high))


def _setvars(condition: XmlNode) -> list[XmlNode]:
    return [node for node in condition.nodes if node.name == "setvar"]


def _outcome(setvar: XmlNode) -> str:
    return setvar.get("varname") or setvar.get("variablename") or DEFAULT


def _stops(condition: XmlNode) -> bool:
    """Return whether no later condition is read.

    The default is to stop. Canvas and others expect the opposite where marks are added.
    """
    wanted = condition.get("continue").lower()
    actions = {setvar.get("action", "Set").lower() for setvar in _setvars(condition)}
    return wanted == "no" or (wanted != "yes" and bool(actions) and "add" not in actions)


def _is_correct(condition: XmlNode) -> bool:
    names = [
        condition.get("title"),
        *(one.get("linkrefid") for one in condition.all("displayfeedback")),
    ]
    return any(name.lower().startswith("correct") for name in names)


def _number(text: str) -> Decimal:
    return Decimal(plain_number(text) or 0)
