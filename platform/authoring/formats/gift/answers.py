"""Convert the text between the braces of a GIFT question into a question of course.json."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.tokenizer import ESCAPED, unescape
from authoring.formats.question_builder import (
    BuiltChoice,
    BuiltWrongNumber,
    Json,
    choice_question,
    match_question,
    numeric_question,
    read_comma_number,
    split_range,
    text_question,
)

TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")
PARTIAL_CREDIT = _("partly correct answer (percent); here an answer is either correct or not")
TYPED_FEEDBACK = _("feedback for a correct typed answer, or for any other typed answer")
_WEIGHT = re.compile(r"^%(-?[0-9]+(?:[.,][0-9]*)?)%")
# `~=` marks one correct choice; it is not a blank choice before it.
_NEXT = re.compile(r"(?=~)|(?<!~)(?==)")
_EMBEDDED = re.compile(r"\s*[0-9]*\s*:\s*([A-Za-z_]+)\s*:(.*)", re.DOTALL)
_MC = ("MULTICHOICE", "MC")
_EMBEDDED_KINDS = {
    "single": {name + how for name in _MC for how in ("", "_H", "H", "_V", "V", "_S", "S")}
    | {name + how for name in _MC for how in ("_HS", "HS", "_VS", "VS")},
    "text": {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"},
    "numeric": {"NUMERICAL", "NM"},
}
ESSAY = _("essay, or a question without a correct answer")
_STAR = ESCAPED["*"]
Rich = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class GiftAnswer:
    """One answer: its sign, percent, text and feedback; escapes are still hidden."""

    sign: str
    percent: float | None
    text: str
    feedback: str

    @property
    def worth(self) -> float:
        return self.percent if self.percent is not None else 100.0 * (self.sign != "~")


def read_answers(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    """Return the question with these answers; None for an essay, which cannot be graded here."""
    block = block.strip()
    if not block:
        left_out[ESSAY] += 1
        return None
    embedded = _EMBEDDED.fullmatch(block)
    if embedded:
        return _read_embedded(prompt, embedded[1].upper(), embedded[2], rich, left_out)
    verdict = block.split("#")[0].strip().upper()
    if block.startswith("#"):
        return _read_numeric(prompt, block[1:], rich, left_out)
    if verdict in TRUE + FALSE:
        return _read_true_or_false(prompt, block, verdict in TRUE, rich)
    if "~" in block:
        return _read_choices(prompt, _split_answers(block), rich, left_out)
    if "=" in block and "->" in block:
        return _read_matching(prompt, block, rich)
    return _read_typed(prompt, _split_answers(block), left_out)


def _read_embedded(
    prompt: str, kind: str, block: str, rich: Rich, left_out: Counter[str]
) -> Json | None:
    """Read an answer of Moodle's embedded form, `{1:MC:~red~=green}`."""
    answers = [_read_answer(f"~{one}") for one in block.split("~") if one.strip()]
    if not any(one.worth >= 100 for one in answers):
        left_out[_("embedded question without a correct answer")] += 1
        return None
    if kind in _EMBEDDED_KINDS["single"]:
        return _read_choices(prompt, answers, rich, left_out)
    if kind in _EMBEDDED_KINDS["text"]:
        found = _read_typed(prompt, answers, left_out)
        return found | {"compare": ""} if kind.endswith("C") else found
    if kind in _EMBEDDED_KINDS["numeric"]:
        return _read_numeric(prompt, block.replace("~", "="), rich, left_out)
    left_out[_("embedded answer of a type that a gap cannot have")] += 1
    return None


def is_embedded(block: str) -> bool:
    """Return whether a block is one of Moodle's embedded answers."""
    return _EMBEDDED.fullmatch(block.strip()) is not None


def _split_answers(block: str) -> list[GiftAnswer]:
    return [_read_answer(piece) for piece in _NEXT.split(block) if piece.strip()]


def _read_answer(piece: str) -> GiftAnswer:
    piece = piece.strip()
    sign = piece[0] if piece[0] in "=~" else ""
    if piece.startswith("~="):
        sign, piece = "=", piece[1:]
    rest = piece[len(sign) :].strip()
    weight = _WEIGHT.match(rest)
    text, _, feedback = rest[weight.end() if weight else 0 :].partition("#")
    return GiftAnswer(
        sign, float(weight[1].replace(",", ".")) if weight else None, text.strip(), feedback.strip()
    )


def _read_true_or_false(prompt: str, block: str, is_true: bool, rich: Rich) -> Json:
    """Read true or false; feedback for a wrong answer comes before that for a correct one."""
    wrong, right = ([*map(rich, block.split("#")[1:]), "", ""])[:2]
    choices = [
        BuiltChoice("True", is_true, right if is_true else wrong),
        BuiltChoice("False", not is_true, wrong if is_true else right),
    ]
    return choice_question(prompt, choices, several=False)


def _read_choices(
    prompt: str, answers: list[GiftAnswer], rich: Rich, left_out: Counter[str]
) -> Json:
    whole = [one for one in answers if one.text]
    left_out[_("empty choice")] += len(answers) - len(whole)
    answers = whole or answers
    several = not any(one.worth >= 100 for one in answers)
    if several and sum(one.worth > 0 for one in answers) > 1:
        rows = [BuiltChoice(rich(one.text), one.worth > 0, rich(one.feedback)) for one in answers]
        left_out[_("partial credit for a question with several correct choices")] += 1
        return choice_question(prompt, rows, several=True)
    best = max(answers, key=lambda one: one.worth)
    left_out[PARTIAL_CREDIT] += any(0 < one.worth < 100 for one in answers)
    kept = [one for one in answers if one is best or one.worth < 100]
    left_out[_("additional correct choice in a single-choice question")] += len(answers) - len(kept)
    right = best if best.worth > 0 else None
    rows = [BuiltChoice(rich(one.text), one is right, rich(one.feedback)) for one in kept]
    return choice_question(prompt, rows, several=False)


def _read_matching(prompt: str, block: str, rich: Rich) -> Json:
    """Read the pairs; a right side without a left one belongs to no row."""
    pairs, others = [], []
    for piece in block.split("="):
        left, arrow, right = piece.partition("->")
        if not arrow or not right.strip():
            continue
        if left.strip():
            pairs.append((rich(left), rich(right)))
        else:
            others.append(rich(right))
    return match_question(prompt, pairs, others)


def _read_typed(prompt: str, answers: list[GiftAnswer], left_out: Counter[str]) -> Json:
    right = [one for one in answers if one.worth >= 100]
    left_out[PARTIAL_CREDIT] += any(0 < one.worth < 100 for one in answers)
    left_out[TYPED_FEEDBACK] += sum(bool(one.feedback) for one in answers)
    literal = [one for one in right if _STAR in one.text]
    left_out[_("alternative answer that contains a literal *")] += max(0, len(literal) - 1)
    wordings = [" ".join(unescape(one.text).split()) for one in right if _STAR not in one.text]
    question = text_question(prompt, wordings, "words")
    if literal:
        accepted = [question["answer"], *question.get("accepted", ())] if wordings else []
        question |= {"answer": " ".join(unescape(literal[0].text).split()), "accepted": accepted}
    return question


def _read_numeric(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    block, tilde, other = block.partition("~")
    left_out[TYPED_FEEDBACK] += bool(tilde and other.partition("#")[2].strip())
    answers = [(one, _read_range(unescape(one.text))) for one in _split_answers(block)]
    right = [(one, found) for one, found in answers if one.worth >= 100 and found]
    if not right:
        left_out[_("number that cannot be read (write 3.14, or 3,14)")] += 1
        return None
    left_out[_("additional correct number")] += len(right) - 1
    left_out[TYPED_FEEDBACK] += sum(bool(one.feedback) for one, _value in right)
    partly = [(one, found) for one, found in answers if one.worth < 100 and found]
    left_out[PARTIAL_CREDIT] += any(one.worth > 0 for one, _value in partly)
    wrong = [
        BuiltWrongNumber(value, tolerance, rich(one.feedback))
        for one, (value, tolerance) in partly
        if one.feedback
    ]
    value, tolerance = right[0][1]
    return numeric_question(prompt, value, tolerance, wrong)


def _read_range(text: str) -> tuple[str, float] | None:
    """Read `5`, `5:0.1` or `4.9..5.1` as a middle and a tolerance."""
    low, dots, high = text.partition("..")
    if dots:
        return split_range(read_comma_number(low) or "", read_comma_number(high) or "")
    value, _, tolerance = text.partition(":")
    found, half_width = read_comma_number(value), read_comma_number(tolerance or "0")
    if found is None or half_width is None:
        return None
    return found, abs(float(half_width))
