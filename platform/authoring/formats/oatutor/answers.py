"""Convert OATutor answers: choices with ids, a plain number, or text to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.option_ids import ids_of_texts
from authoring.translatable_message import message
from courses.answers.expression_match import normalise, read_expression
from courses.answers.expressions import BadExpression, Binary, Node, Number, Unary

TextConverter = Callable[[str], str]


def reply_of(
    row: Mapping[str, Any],
    answers: Any,
    convert: TextConverter,
    left_out: Counter[str],
    where: tuple[str, str],
) -> dict[str, Any]:
    """Return the reply that a step or scaffold asks for, as course.json has it."""
    if not isinstance(answers, list) or not answers or not all(isinstance(a, str) for a in answers):
        raise BrokenPackage(*where, _("expected a list of answers"))
    if len(answers) > 1:
        left_out[_("answer after the first")] += len(answers) - 1
    answer = answers[0].strip()
    choices = list(dict.fromkeys(row.get("choices") or ()))
    left_out[_("choice listed twice")] += len(row.get("choices") or ()) - len(choices)
    if choices:
        return _choice_reply(choices, answer, convert, where)
    return _typed_reply(row, answer, convert)


def _choice_reply(
    choices: Sequence[str], answer: str, convert: TextConverter, where: tuple[str, str]
) -> dict[str, Any]:
    right = [text for text in choices if text.strip() == answer]
    right = right or [text for text in choices if normalise(text) == normalise(answer)]
    if len(right) != 1:
        raise BrokenPackage(
            *where,
            message(_("expected the answer {answer!r} once among the choices"), answer=answer),
        )
    rows = [
        {"id": id, "text": convert(text), "correct": text == right[0]}
        for id, text in zip(ids_of_texts(choices), choices, strict=True)
    ]
    return {"type": "single", "choices": rows}


def _typed_reply(row: Mapping[str, Any], answer: str, convert: TextConverter) -> dict[str, Any]:
    arithmetic = row.get("answerType") == "arithmetic"
    number = _read_number(answer) if arithmetic else None
    shown = row.get("answerLatex")
    words = {"shown": convert(f"$${shown}$$" if shown and "$$" not in shown else shown or answer)}
    if number is not None:
        return {"type": "numeric", "answer": str(number), **words}
    compare = "arithmetic" if arithmetic else "string"
    return {"type": "text", "answer": answer, "compare": compare, **words}


def _read_number(answer: str) -> Fraction | None:
    """Return the number of an answer that is nothing else: a number, a fraction, with a sign."""
    try:
        return _plain_value(read_expression(answer))
    except BadExpression:
        return None


def _plain_value(node: Node) -> Fraction | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Unary) and node.sign == "-":
        inner = _plain_value(node.operand)
        return None if inner is None else -inner
    if isinstance(node, Binary) and node.sign == "/":
        over, under = _plain_value(node.left), _plain_value(node.right)
        return over / under if over is not None and under else None
    return None
