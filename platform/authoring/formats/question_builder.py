"""Build questions of course.json from the elements that most formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats.credits import Share, find_shares, write_share
from authoring.option_ids import ids_of_gaps, ids_of_texts
from courses.answer_files.file_kinds import FILE_KINDS
from courses.questions.gap_marks import GAP_KINDS

Json = dict[str, Any]
GAP = "\ue05e"
_GAP_FIELDS = ("answer", "accepted", "compare", "tolerance", "units")
MAX_ROWS = 26
TOO_MANY_ROWS = _("question left out: more than 26 choices")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
# A float represents this many digits exactly.
_JUST_BELOW = Context(prec=15, rounding=ROUND_DOWN)
_GROUPED_SURELY = re.compile(r",[0-9]{3}[,.]")


@dataclass(frozen=True, slots=True)
class BuiltChoice:
    """A choice; `share` is its share of the points, 0 to 1, where the format has one."""

    text: str
    correct: bool
    feedback: str = ""
    share: Fraction | None = None


@dataclass(frozen=True, slots=True)
class BuiltWrongNumber:
    """An expected wrong number, and the feedback for it."""

    value: str
    tolerance: float
    feedback: str


@dataclass(frozen=True, slots=True)
class BuiltNumber:
    """Another number that earns a share of the points, 0 to 1."""

    value: str
    tolerance: float
    share: Fraction
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers from `low` to `high`; an open end is excluded."""

    low: Decimal
    high: Decimal
    open_low: bool = False
    open_high: bool = False

    @property
    def middle(self) -> Decimal:
        return (self.low + self.high) / 2

    def holds(self, number: Decimal) -> bool:
        above = number > self.low if self.open_low else number >= self.low
        return above and (number < self.high if self.open_high else number <= self.high)


def choice_question(prompt: str, choices: Sequence[BuiltChoice], *, several: bool) -> Json:
    """Return the question; of several correct choices, shares make it one with partial credit."""
    shares = (
        find_shares([(row.correct, row.share) for row in choices])
        if several
        else [_share_of_wrong(row) for row in choices]
    )
    rows = [
        {"id": id, "text": row.text, "correct": row.correct}
        | without_blanks({"feedback": row.feedback, "share": share})
        for id, row, share in zip(
            ids_of_texts(row.text for row in choices), choices, shares, strict=True
        )
    ]
    found = {"type": "multiple" if several else "single", "prompt": prompt, "choices": rows}
    partial = several and any(row.share is not None for row in choices)
    return found | ({"partial_credit": True} if partial else {})


def _share_of_wrong(row: BuiltChoice) -> Share | None:
    return write_share(row.share) if row.share and row.share > 0 and not row.correct else None


def numeric_question(
    prompt: str,
    answer: str,
    tolerance: float = 0,
    wrong: Iterable[BuiltWrongNumber] = (),
    units: Sequence[Json] = (),
    others: Iterable[BuiltNumber] = (),
) -> Json:
    rows = [
        {
            "value": as_json(one.value),
            "tolerance": as_json(write_short(one.tolerance)),
            "feedback": one.feedback,
        }
        for one in wrong
    ]
    tolerance_json = as_json(write_short(tolerance))
    found = {"type": "numeric", "prompt": prompt, "answer": answer, "tolerance": tolerance_json}
    found |= without_blanks({"wrong_answers": rows, "units": list(units)})
    return with_other_numbers(found, others)


def _write_number(one: BuiltNumber) -> Json:
    return {
        "value": one.value,
        "tolerance": as_json(write_short(one.tolerance)),
        "share": write_share(one.share),
    } | without_blanks({"feedback": one.feedback})


def range_question(prompt: str, numbers: NumberRange, right: str | None = None) -> Json | None:
    """Return the question that accepts these numbers; None for an empty range.

    An open end is excluded by less than anyone types. `right` is the answer to show, by default the
    middle.
    """
    middle, half_width = _center(numbers)
    answer, shown = plain_number(str(middle)), right or plain_number(str(numbers.middle))
    if not numbers.holds(numbers.middle) or answer is None or shown is None:
        return None
    row = numeric_question(prompt, answer, float(half_width))
    return row if answer == shown else row | {"shown": shown}


def number_of_range(numbers: NumberRange, share: Fraction) -> BuiltNumber | None:
    """Return the range as another number that earns a share; None for an empty range."""
    middle, half_width = _center(numbers)
    value = plain_number(str(middle))
    if value is None or not numbers.holds(numbers.middle):
        return None
    return BuiltNumber(value, float(half_width), share)


def with_other_numbers(question: Json, others: Iterable[BuiltNumber]) -> Json:
    more = [_write_number(one) for one in others]
    return question | without_blanks({"other_answers": more})


def _center(numbers: NumberRange) -> tuple[Decimal, Decimal]:
    """Return the middle and half the width; an open end is just outside."""
    half_width, middle = (numbers.high - numbers.low) / 2, numbers.middle
    if numbers.open_low or numbers.open_high:
        half_width = _JUST_BELOW.multiply(half_width, 1 - Decimal("1e-14"))
    if numbers.open_low is not numbers.open_high:
        middle = numbers.high - half_width if numbers.open_low else numbers.low + half_width
    return middle, half_width


def text_question(prompt: str, wordings: Sequence[str], compare: str) -> Json:
    """Return a text question; the first wording without a star is the answer to show."""
    rows = {"prompt": prompt, "compare": compare, **_split_wordings(wordings)}
    return {"type": "text", **without_blanks(rows), "prompt": prompt}


def require_case(question: Json) -> Json:
    """Return the question whose text answers, also in its gaps, must have the same capitals."""
    found = dict(question)
    if question.get("compare") == "words":
        found["compare"] = "cased"
    if "parts" in question:
        found["parts"] = [require_case(part) for part in question["parts"]]
    return found


def order_question(prompt: str, rows: Sequence[str]) -> Json:
    choices = [
        {"id": name, "text": text} for name, text in zip(ids_of_texts(rows), rows, strict=True)
    ]
    return {"type": "order", "prompt": prompt, "choices": choices}


def essay_question(prompt: str, word_limit: int | None = None) -> Json:
    """Return a question that people mark."""
    return {"type": "essay", "prompt": prompt, **without_blanks({"word_limit": word_limit})}


def file_question(prompt: str, kinds: Iterable[str] = FILE_KINDS, most: int = 1) -> Json:
    """Return a question that is answered by files; by default of any kind that can be allowed."""
    more = {"most_files": most} if most > 1 else {}
    return {"type": "file", "prompt": prompt, "file_kinds": list(kinds), **more}


def match_question(
    prompt: str, pairs: Sequence[tuple[str, str]], others: Sequence[str] = ()
) -> Json:
    """Return a match question; a right side may belong to several rows, `others` to none."""
    rights = list(dict.fromkeys([right for _, right in pairs] + list(others)))
    names = dict(zip(rights, ids_of_texts(rights, "p"), strict=True))
    choices = [
        {"id": name, "text": left, "match": names[right]}
        for name, (left, right) in zip(ids_of_texts(left for left, _ in pairs), pairs, strict=True)
    ]
    parts = [{"id": name, "text": text} for text, name in names.items()]
    return {"type": "match", "prompt": prompt, "choices": choices, "parts": parts}


def cloze_question(prompt: str, gaps: Sequence[Json]) -> Json | None:
    """Return a cloze question; None where a gap is missing.

    The prompt contains `GAP` for each gap, in order.
    """
    pieces = [piece.replace("[[", "[ [") for piece in prompt.split(GAP)]
    if len(pieces) != len(gaps) + 1:
        return None
    ids = ids_of_gaps(pieces[:-1])
    parts = [{"id": id, **gap} for id, gap in zip(ids, gaps, strict=True)]
    marks = [f"[[{part['id']}]]" for part in parts] + [""]
    text = "".join(piece + mark for piece, mark in zip(pieces, marks, strict=True))
    return {"type": "cloze", "prompt": text.strip(), "parts": parts}


def choice_gap(choices: Sequence[BuiltChoice]) -> Json:
    """Return a gap in which one of these choices is selected."""
    return {"kind": "choice", "choices": choice_question("", choices, several=False)["choices"]}


def gap_of(question: Mapping[str, Any]) -> Json | None:
    """Return a small question as a gap; None for a kind that a gap cannot have."""
    kind = next((gap for gap, type in GAP_KINDS.items() if type == question["type"]), None)
    if kind is None:
        return None
    gap = {name: question[name] for name in _GAP_FIELDS if name in question}
    if "choices" in question:
        gap["choices"] = [
            {name: row[name] for name in ("id", "text", "correct")} for row in question["choices"]
        ]
    return {"kind": kind, **gap}


def question_of(gap: Mapping[str, Any]) -> Json:
    """Return a gap as the small question that it asks."""
    return {**gap, "type": GAP_KINDS[gap["kind"]]}


def _split_wordings(wordings: Sequence[str]) -> Json:
    whole = list(dict.fromkeys(wording for wording in wordings if wording.strip()))
    plain = next((one for one in whole if "*" not in one), None)
    if plain is None:
        bare = (whole[0] if whole else "").replace("*", " ").split()
        return {"answer": " ".join(bare), "accepted": whole}
    return {"answer": plain, "accepted": [one for one in whole if one != plain]}


def plain_number(text: str) -> str | None:
    """Write `1.50`, `+2` and `1e3` as course.json has numbers; None for other text."""
    text = text.strip().replace("−", "-")
    if NUMBER.fullmatch(text) is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if number.adjusted() > 60 or number.adjusted() < -60:
        return None
    written = format(number, "f")
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("-0", "") else written


def read_comma_number(text: str) -> str | None:
    """Read a number that may have a decimal comma; None where it is ambiguous or no number.

    `3,14` is 3.14 and `1,000,000` is a million, but `3,142` is either 3.142 or 3142.
    """
    text = text.strip().replace("−", "-")
    if "," in text and _GROUPED.fullmatch(text):
        return plain_number(text.replace(",", "")) if _GROUPED_SURELY.search(text) else None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return plain_number(text)


def write_decimal(answer: str | float) -> str:
    """Write a fraction as the nearest decimal number."""
    over, _, under = str(answer).partition("/")
    return repr(int(over) / int(under)) if under else over


def split_range(low: str, high: str) -> tuple[str, float] | None:
    """Return middle and half width of a range, given in either order."""
    one, two = plain_number(low), plain_number(high)
    if one is None or two is None:
        return None
    first, second = Decimal(one), Decimal(two)
    middle = plain_number(str((first + second) / 2))
    return None if middle is None else (middle, float(abs(second - first) / 2))


def write_short(number: float) -> str:
    """Write 2.0 as `2`."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def as_json(number: str) -> int | float:
    return int(number) if re.fullmatch(r"-?\d+", number) else float(number)


def without_blanks(row: Mapping[str, Any]) -> Json:
    return {name: value for name, value in row.items() if value not in (None, "", [], ())}
