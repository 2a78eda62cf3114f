"""Convert the text between the braces of a GIFT question into a question of course.json."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.tokenizer import ESCAPED, shown
from authoring.formats.question_builder import (
    Choice,
    Json,
    Wrong,
    choosing,
    half,
    matching,
    numeric,
    typed,
    with_comma,
)

TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")
PARTLY = _("partly correct answer (percent); here an answer is either correct or not")
REMARK = _("feedback for a correct typed answer, or for any other typed answer")
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
class Answer:
    """One answer: its sign, percent, text and feedback; escapes are still hidden."""

    sign: str
    percent: float | None
    text: str
    feedback: str

    @property
    def worth(self) -> float:
        return self.percent if self.percent is not None else 100.0 * (self.sign != "~")


def asked(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    """Return the question with these answers; None for an essay, which cannot be graded here."""
    block = block.strip()
    if not block:
        left_out[ESSAY] += 1
        return None
    embedded = _EMBEDDED.fullmatch(block)
    if embedded:
        return _embedded(prompt, embedded[1].upper(), embedded[2], rich, left_out)
    verdict = block.split("#")[0].strip().upper()
    if block.startswith("#"):
        return _numeric(prompt, block[1:], rich, left_out)
    if verdict in TRUE + FALSE:
        return _true_or_false(prompt, block, verdict in TRUE, rich)
    if "~" in block:
        return _choices(prompt, _answers(block), rich, left_out)
    if "=" in block and "->" in block:
        return _matching(prompt, block, rich)
    return _typed(prompt, _answers(block), left_out)


def _embedded(
    prompt: str, kind: str, block: str, rich: Rich, left_out: Counter[str]
) -> Json | None:
    """Read an answer of Moodle's embedded form, `{1:MC:~red~=green}`."""
    answers = [_answer(f"~{one}") for one in block.split("~") if one.strip()]
    if not any(one.worth >= 100 for one in answers):
        left_out[_("embedded question without a correct answer")] += 1
        return None
    if kind in _EMBEDDED_KINDS["single"]:
        return _choices(prompt, answers, rich, left_out)
    if kind in _EMBEDDED_KINDS["text"]:
        found = _typed(prompt, answers, left_out)
        return found | {"compare": ""} if kind.endswith("C") else found
    if kind in _EMBEDDED_KINDS["numeric"]:
        return _numeric(prompt, block.replace("~", "="), rich, left_out)
    left_out[_("embedded answer of a type that a gap cannot have")] += 1
    return None


def embedded(block: str) -> bool:
    """Return whether a block is one of Moodle's embedded answers."""
    return _EMBEDDED.fullmatch(block.strip()) is not None


def _answers(block: str) -> list[Answer]:
    return [_answer(piece) for piece in _NEXT.split(block) if piece.strip()]


def _answer(piece: str) -> Answer:
    piece = piece.strip()
    sign = piece[0] if piece[0] in "=~" else ""
    if piece.startswith("~="):
        sign, piece = "=", piece[1:]
    rest = piece[len(sign) :].strip()
    weight = _WEIGHT.match(rest)
    text, _, feedback = rest[weight.end() if weight else 0 :].partition("#")
    return Answer(
        sign, float(weight[1].replace(",", ".")) if weight else None, text.strip(), feedback.strip()
    )


def _true_or_false(prompt: str, block: str, is_true: bool, rich: Rich) -> Json:
    """Read true or false; feedback for a wrong answer comes before that for a correct one."""
    wrong, right = ([*map(rich, block.split("#")[1:]), "", ""])[:2]
    choices = [
        Choice("True", is_true, right if is_true else wrong),
        Choice("False", not is_true, wrong if is_true else right),
    ]
    return choosing(prompt, choices, several=False)


def _choices(prompt: str, answers: list[Answer], rich: Rich, left_out: Counter[str]) -> Json:
    whole = [one for one in answers if one.text]
    left_out[_("empty choice")] += len(answers) - len(whole)
    answers = whole or answers
    several = not any(one.worth >= 100 for one in answers)
    if several and sum(one.worth > 0 for one in answers) > 1:
        rows = [Choice(rich(one.text), one.worth > 0, rich(one.feedback)) for one in answers]
        left_out[_("partial credit for a question with several correct choices")] += 1
        return choosing(prompt, rows, several=True)
    best = max(answers, key=lambda one: one.worth)
    left_out[PARTLY] += any(0 < one.worth < 100 for one in answers)
    kept = [one for one in answers if one is best or one.worth < 100]
    left_out[_("additional correct choice in a single-choice question")] += len(answers) - len(kept)
    right = best if best.worth > 0 else None
    rows = [Choice(rich(one.text), one is right, rich(one.feedback)) for one in kept]
    return choosing(prompt, rows, several=False)


def _matching(prompt: str, block: str, rich: Rich) -> Json:
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
    return matching(prompt, pairs, others)


def _typed(prompt: str, answers: list[Answer], left_out: Counter[str]) -> Json:
    right = [one for one in answers if one.worth >= 100]
    left_out[PARTLY] += any(0 < one.worth < 100 for one in answers)
    left_out[REMARK] += sum(bool(one.feedback) for one in answers)
    literal = [one for one in right if _STAR in one.text]
    left_out[_("alternative answer that contains a literal *")] += max(0, len(literal) - 1)
    wordings = [" ".join(shown(one.text).split()) for one in right if _STAR not in one.text]
    question = typed(prompt, wordings, "words")
    if literal:
        accepted = [question["answer"], *question.get("accepted", ())] if wordings else []
        question |= {"answer": " ".join(shown(literal[0].text).split()), "accepted": accepted}
    return question


def _numeric(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    block, tilde, other = block.partition("~")
    left_out[REMARK] += bool(tilde and other.partition("#")[2].strip())
    answers = [(one, _range(shown(one.text))) for one in _answers(block)]
    right = [(one, found) for one, found in answers if one.worth >= 100 and found]
    if not right:
        left_out[_("number that cannot be read (write 3.14, or 3,14)")] += 1
        return None
    left_out[_("additional correct number")] += len(right) - 1
    left_out[REMARK] += sum(bool(one.feedback) for one, _value in right)
    partly = [(one, found) for one, found in answers if one.worth < 100 and found]
    left_out[PARTLY] += any(one.worth > 0 for one, _value in partly)
    wrong = [
        Wrong(value, tolerance, rich(one.feedback))
        for one, (value, tolerance) in partly
        if one.feedback
    ]
    value, tolerance = right[0][1]
    return numeric(prompt, value, tolerance, wrong)


def _range(text: str) -> tuple[str, float] | None:
    """Read `5`, `5:0.1` or `4.9..5.1` as a middle and a tolerance."""
    low, dots, high = text.partition("..")
    if dots:
        return half(with_comma(low) or "", with_comma(high) or "")
    value, _, tolerance = text.partition(":")
    found, beside = with_comma(value), with_comma(tolerance or "0")
    if found is None or beside is None:
        return None
    return found, abs(float(beside))
