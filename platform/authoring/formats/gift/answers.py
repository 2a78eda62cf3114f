"""Convert answers as Moodle writes them in a text: their sign, percent, text and feedback."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.tokenizer import ESCAPED, unescape
from authoring.formats.question_builder import (
    BuiltChoice,
    BuiltNumber,
    BuiltWrongNumber,
    Json,
    choice_question,
    numeric_question,
    read_comma_number,
    split_range,
    text_question,
)
from authoring.formats.text.moodle_text import is_blank
from courses.answers.expression_match import is_same_answer, matches_wording

PARTIAL_CREDIT = _("partly correct answer (percent); here an answer is either correct or not")
PARTLY_RIGHT = _("partial credit for a question with several correct choices")
DEDUCTED = _("marks deducted for a wrong answer")
ADDITIONAL_CHOICE = _("additional correct choice in a single-choice question")
TYPED_FEEDBACK = _("feedback for a correct typed answer, or for any other typed answer")
_WEIGHT = re.compile(r"^%(-?[0-9]+(?:[.,][0-9]*)?)%")
# `~=` marks one correct choice; it is not a blank choice before it.
_NEXT = re.compile(r"(?=~)|(?<!~)(?==)")
UNREADABLE_NUMBER = _("number that cannot be read (write 3.14, or 3,14)")
UNCLEAR = _("scoring that cannot be represented here")
FULL = 100
# Percentages that are rounded to whole ones add up to almost 100.
_LEAST, _MOST = 99, 101
# Comparing more pairs of answers would take too long.
MAX_PAIRS = 20_000
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

    @property
    def share(self) -> Fraction:
        """The share of the points, 1 for all of them."""
        return Fraction(str(self.worth)) / FULL


def split_answers(block: str) -> list[GiftAnswer]:
    return [read_answer(piece) for piece in _NEXT.split(block) if piece.strip()]


def read_answer(piece: str) -> GiftAnswer:
    piece = piece.strip()
    sign = piece[0] if piece[0] in "=~" else ""
    if piece.startswith("~="):
        sign, piece = "=", piece[1:]
    rest = piece[len(sign) :].strip()
    weight = _WEIGHT.match(rest)
    text, _, feedback = rest[weight.end() if weight else 0 :].partition("#")
    feedback = "" if is_blank(unescape(feedback)) else feedback
    return GiftAnswer(
        sign, float(weight[1].replace(",", ".")) if weight else None, text.strip(), feedback.strip()
    )


def read_choices(
    prompt: str, answers: list[GiftAnswer], rich: Rich, left_out: Counter[str]
) -> Json:
    """Return the question with these choices; percentages that add up make several correct."""
    whole = [one for one in answers if one.text]
    left_out[_("empty choice")] += len(answers) - len(whole)
    answers = whole or answers
    several = not any(one.worth >= FULL for one in answers)
    if several and sum(one.worth > 0 for one in answers) > 1:
        total = sum(one.worth for one in answers if one.worth > 0)
        adds_up = _LEAST <= total <= _MOST
        left_out[PARTLY_RIGHT] += not adds_up
        # Scaled up, the shares would give more than the file does.
        rows = [
            BuiltChoice(
                rich(one.text), one.worth > 0, rich(one.feedback), one.share if adds_up else None
            )
            for one in answers
        ]
        return choice_question(prompt, rows, several=True)
    best = max(answers, key=lambda one: one.worth)
    left_out[PARTIAL_CREDIT] += 0 < best.worth < FULL
    left_out[DEDUCTED] += any(one.worth < 0 for one in answers)
    kept = [one for one in answers if one is best or one.worth < FULL]
    left_out[ADDITIONAL_CHOICE] += len(answers) - len(kept)
    right = best if best.worth > 0 else None
    rows = [
        BuiltChoice(rich(one.text), one is right, rich(one.feedback), one.share) for one in kept
    ]
    return choice_question(prompt, rows, several=False)


def read_typed(
    prompt: str, answers: list[GiftAnswer], left_out: Counter[str], *, cased: bool = False
) -> Json | None:
    """Return the text question that accepts the answers of 100 %.

    `cased`: capital and small letters differ.
    """
    compare = "cased" if cased else "words"
    right = [one for one in answers if one.worth >= FULL]
    if has_shadowed_text(answers, compare) or any(_mixes_stars(one.text) for one in right):
        left_out[UNCLEAR] += 1
        return None
    left_out[PARTIAL_CREDIT] += any(0 < one.worth < FULL for one in answers)
    left_out[TYPED_FEEDBACK] += sum(bool(one.feedback) for one in answers)
    literal = [one for one in right if _STAR in one.text]
    left_out[_("alternative answer that contains a literal *")] += max(0, len(literal) - 1)
    wordings = [" ".join(unescape(one.text).split()) for one in right if _STAR not in one.text]
    question = text_question(prompt, wordings, compare)
    if literal:
        accepted = [one for one in dict.fromkeys(wordings) if one]
        question |= {"answer": " ".join(unescape(literal[0].text).split()), "accepted": accepted}
    return question


def has_shadowed_text(answers: list[GiftAnswer], compare: str = "words") -> bool:
    """Return whether an earlier answer that is not correct decides about a correct one.

    Moodle takes the first answer that fits: after `cat*` for nothing, `cats` is never correct.
    """
    right = [(at, one) for at, one in enumerate(answers) if one.worth >= FULL]
    wrong = [(at, one) for at, one in enumerate(answers) if one.worth < FULL]
    if len(right) * len(wrong) > MAX_PAIRS:
        return True
    return any(
        early < late
        and (
            _fits(one, other.text, compare)
            or _fits(other, one.text, compare)
            or _overlap(one.text, other.text)
        )
        for late, other in right
        for early, one in wrong
    )


def _fits(answer: GiftAnswer, text: str, compare: str) -> bool:
    bare = unescape(text.replace("*", ""))
    if _STAR in answer.text:
        return is_same_answer(bare, unescape(answer.text), compare)
    return matches_wording(bare, answer.text, compare)


def _overlap(one: str, other: str) -> bool:
    """Return whether a reply may fit both patterns, by what is fixed before and after a star."""
    if "*" not in one or "*" not in other:
        return False
    heads, tails = zip(*(_find_fixed_ends(text) for text in (one, other)), strict=True)
    short, long = sorted(heads, key=len)
    brief, full = sorted(tails, key=len)
    return bool(long.startswith(short) and full.endswith(brief))


def _find_fixed_ends(pattern: str) -> tuple[str, str]:
    parts = " ".join(unescape(pattern).split()).casefold().split("*")
    return parts[0], parts[-1]


def _mixes_stars(text: str) -> bool:
    """Return whether a pattern has a literal star as well; only one of both has a place here."""
    return _STAR in text and "*" in text


def read_number_block(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    """Read what follows `{#`; the answer after `~` is for any other number."""
    block, tilde, other = block.partition("~")
    stray, _mark, feedback = other.partition("#")
    left_out[TYPED_FEEDBACK] += bool(tilde and feedback.strip())
    left_out[_("answer after ~ in a question for a number")] += stray.strip() not in ("", "*")
    return read_numeric(prompt, split_answers(block), rich, left_out)


def read_numeric(
    prompt: str, answers: list[GiftAnswer], rich: Rich, left_out: Counter[str]
) -> Json | None:
    """Return the numerical question whose correct number is the first one of 100 %."""
    ranges = [(one, _read_range(unescape(one.text))) for one in answers]
    if _has_shadowed_number(ranges):
        left_out[UNCLEAR] += 1
        return None
    right = [(one, found) for one, found in ranges if one.worth >= FULL and found]
    if not right or any(one.worth >= FULL and not found for one, found in ranges):
        left_out[UNREADABLE_NUMBER] += 1
        return None
    first, (value, tolerance) = right[0]
    left_out[TYPED_FEEDBACK] += sum(
        bool(one.feedback) for one, found in ranges if one is first or not found
    )
    left_out[UNREADABLE_NUMBER] += sum(one.worth > 0 and not found for one, found in ranges)
    left_out[DEDUCTED] += any(one.worth < 0 for one, _found in ranges)
    rest = [(one, found) for one, found in ranges if one is not first and found]
    others = [
        BuiltNumber(*found, min(one.share, Fraction(1)), rich(one.feedback))
        for one, found in rest
        if one.worth > 0
    ]
    wrong = [
        BuiltWrongNumber(*found, rich(one.feedback))
        for one, found in rest
        if one.worth <= 0 and one.feedback
    ]
    return numeric_question(prompt, value, tolerance, wrong, others=others)


def _has_shadowed_number(ranges: list[tuple[GiftAnswer, tuple[str, float] | None]]) -> bool:
    """Return whether any number earns points, or an earlier answer takes some from a better one.

    Moodle takes the first answer that fits, and here the best one counts.
    """
    taken: list[tuple[Decimal, Decimal, float]] = []
    rest_worth = float(FULL)
    for one, found in ranges:
        if one.text == "*":
            if one.worth > 0:
                return True
            rest_worth = min(rest_worth, one.worth)
        if found is None:
            continue
        middle, width = Decimal(found[0]), Decimal(found[1])
        low, high = middle - width, middle + width
        if one.worth > min(rest_worth, FULL) or any(
            low <= other_high and other_low <= high and worth < one.worth
            for other_low, other_high, worth in taken
        ):
            return True
        taken.append((low, high, min(one.worth, FULL)))
    return False


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
