"""Read the typed answers of Moodle: words with `*`, and numbers with tolerance and units."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.answers import GiftAnswer, read_numeric, read_typed
from authoring.formats.gift.tokenizer import ESCAPED
from authoring.formats.moodle.choice_answers import leave_out, worth_of
from authoring.formats.moodle.texts import (
    QuestionTexts,
    child,
    children,
    is_on,
    source_of,
    value_of,
)
from authoring.formats.question_builder import Json, read_comma_number, without_blanks
from authoring.formats.text.safe_xml import XmlNode

_LITERAL = re.compile(r"\\\*")
_NO_UNITS = "3"


def read_shortanswer(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    answers = _read_answers(node, texts)
    if answers is None:
        return leave_out(texts)
    cased = is_on(value_of(node, "usecase", "0"))
    return read_typed(texts.convert(asked), answers, texts.left_out, cased=cased)


def _read_answers(node: XmlNode, texts: QuestionTexts) -> list[GiftAnswer] | None:
    """Return the answers in their order; None where one has no readable worth."""
    found = []
    for answer in children(node, "answer"):
        worth, feedback = worth_of(answer), texts.convert_remark(child(answer, "feedback"))
        if worth is None:
            return None
        words = _LITERAL.sub(ESCAPED["*"], source_of(answer))
        found.append(GiftAnswer("", float(worth), words, feedback))
    return found


def read_numerical(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    answers = _read_answers(node, texts)
    if answers is None or value_of(node, "tolerancetype", "2") not in ("2", "nominal"):
        return leave_out(texts)
    tolerances = [value_of(one, "tolerance") or "0" for one in children(node, "answer")]
    rows = [
        replace(one, text=_with_tolerance(one.text, tolerance))
        for one, tolerance in zip(answers, tolerances, strict=True)
    ]
    question = read_numeric(texts.convert(asked), rows, str, texts.left_out)
    return _with_units(node, question, texts) if question else None


def _with_tolerance(text: str, tolerance: str) -> str:
    """Write a number with its tolerance; what is no number stays so, whatever signs it has."""
    value = read_comma_number(text)
    return f"{value}:{tolerance}" if value is not None else re.sub(r"[:.]", " ", text)


def _with_units(node: XmlNode, question: Json, texts: QuestionTexts) -> Json | None:
    """Return the question with its units; the first of ours is that of the answer."""
    rows = [unit for group in children(node, "units") for unit in children(group, "unit")]
    if not rows or value_of(node, "showunits", "0") == _NO_UNITS:
        return question
    if is_on(value_of(node, "unitsleft", "0")):
        texts.left_out[_("unit before a number")] += len(rows)
        return question
    found: dict[str, Decimal] = {}
    for unit in rows:
        multiplier = Decimal(read_comma_number(value_of(unit, "multiplier", "1")) or 0)
        if multiplier <= 0:
            return leave_out(texts)
        found.setdefault(value_of(unit, "unit_name"), multiplier)
    if 1 not in found.values() or "" in found:
        return leave_out(texts)
    optional = value_of(node, "unitgradingtype", "0") == "0"
    texts.left_out[_("unit that a learner may leave out (here it is required)")] += optional
    whole = read_comma_number(value_of(node, "unitpenalty", "0.1")) == "1"
    texts.left_out[_("part of the marks for the unit")] += not optional and not whole
    ordered = sorted(found.items(), key=lambda unit: unit[1] != 1)
    units = [{"name": name, "factor": _factor_of(multiplier)} for name, multiplier in ordered]
    return question | without_blanks({"units": units})


def _factor_of(multiplier: Decimal) -> float | int:
    """Return how many of the first unit one of this unit is; Moodle gives the inverse."""
    factor = 1 / multiplier
    return int(factor) if factor == factor.to_integral_value() else float(factor)
