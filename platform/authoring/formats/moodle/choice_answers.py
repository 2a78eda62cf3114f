"""Read the choices of a Moodle question: which are correct, by what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.answers import ADDITIONAL_CHOICE, DEDUCTED, PARTIAL_CREDIT, UNCLEAR
from authoring.formats.moodle.texts import (
    QuestionTexts,
    child,
    children,
    is_on,
    source_of,
    value_of,
)
from authoring.formats.question_builder import (
    BuiltChoice,
    Json,
    choice_question,
    read_comma_number,
)
from authoring.formats.text.safe_xml import XmlNode

FULL = Decimal("99.99")
_MOST = Decimal(101)
_LEAST = Decimal(99)


@dataclass(frozen=True, slots=True)
class WeightedChoice:
    text: str
    worth: Decimal
    feedback: str

    @property
    def share(self) -> Fraction:
        return Fraction(self.worth) / 100


def worth_of(answer: XmlNode) -> Decimal | None:
    """Return what an answer is worth in percent; None where it is no number."""
    old = value_of(answer, "fraction")  # the form of Moodle 1, from 0 to 1
    number = read_comma_number(answer.get("fraction") or old or "0")
    if number is None:
        return None
    return Decimal(number) if answer.get("fraction") or not old else 100 * Decimal(number)


def read_multichoice(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    prompt, rows = texts.convert(asked), _read_rows(node, texts)
    if rows is None:
        return leave_out(texts)
    if is_on(value_of(node, "single", "true")):
        return _one_correct(prompt, rows, texts)
    positive = [row.worth for row in rows if row.worth > 0]
    if positive and not _LEAST <= sum(positive) <= _MOST:
        return leave_out(texts)
    return _several_correct(prompt, rows, partial=True)


def read_all_or_nothing(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    """Read a question of a plug-in that marks each correct choice with 100 %."""
    prompt, rows = texts.convert(asked), _read_rows(node, texts)
    return leave_out(texts) if rows is None else _several_correct(prompt, rows, partial=False)


def _read_rows(node: XmlNode, texts: QuestionTexts) -> list[WeightedChoice] | None:
    """Return the choices that have a text; None where the worth of one is no number."""
    rows = []
    for answer in children(node, "answer"):
        text, worth = texts.convert(answer), worth_of(answer)
        if worth is None:
            return None
        if text or worth > 0:
            feedback = texts.convert_remark(child(answer, "feedback"))
            rows.append(WeightedChoice(text, worth, feedback))
        else:
            texts.left_out[_("empty choice")] += 1
    return rows


def _one_correct(prompt: str, rows: list[WeightedChoice], texts: QuestionTexts) -> Json | None:
    """Return the question whose choice of 100 % is correct, or the only one worth anything."""
    full = [row for row in rows if row.worth >= FULL]
    positive = [row for row in rows if row.worth > 0]
    if not full and len(positive) > 1:
        return leave_out(texts)
    right = next(iter(full or positive), None)
    kept = [row for row in rows if row is right or row not in full]
    texts.left_out[ADDITIONAL_CHOICE] += len(rows) - len(kept)
    texts.left_out[PARTIAL_CREDIT] += right is not None and right.worth < FULL
    texts.left_out[DEDUCTED] += any(row.worth < 0 for row in kept)
    choices = [BuiltChoice(row.text, row is right, row.feedback, row.share) for row in kept]
    return choice_question(prompt, choices, several=False)


def _several_correct(prompt: str, rows: list[WeightedChoice], *, partial: bool) -> Json:
    choices = [
        BuiltChoice(row.text, row.worth > 0, row.feedback, row.share if partial else None)
        for row in rows
    ]
    return choice_question(prompt, choices, several=True)


def read_truefalse(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    """Read true or false; in old files their names are in any language, true first."""
    found: dict[bool, tuple[bool, str]] = {}
    for number, answer in enumerate(children(node, "answer")):
        name, worth = source_of(answer).lower(), worth_of(answer)
        if worth is None:
            return leave_out(texts)
        stands_for = name == "true" if name in ("true", "false") else number == 0
        feedback = texts.convert_remark(child(answer, "feedback"))
        found.setdefault(stands_for, (worth >= FULL, feedback))
    if len({correct for correct, _feedback in found.values()}) != 2:
        return leave_out(texts)
    choices = [BuiltChoice(name, *found[key]) for key, name in ((True, "True"), (False, "False"))]
    return choice_question(texts.convert(asked), choices, several=False)


def leave_out(texts: QuestionTexts) -> Json | None:
    """Count a question whose correct answer is not certain."""
    texts.left_out[UNCLEAR] += 1
    return None
