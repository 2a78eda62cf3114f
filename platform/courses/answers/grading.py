"""Grading of one reply: pure, the same for each Learner, and independent of sensed data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from courses.answers.expression_match import is_same_answer, matches_wording
from courses.answers.numerals import MAX_LENGTH, NumberReading
from courses.answers.quantities import NumberReader, read_plain, split_quantity
from courses.questions.question_spec import AnswerChoice, QuestionItem, to_fraction

Given = str | Sequence[str]
MISSING = gettext_noop("What you chose is correct, but something is missing.")


class UngradableReply(ValueError):
    """The reply cannot be graded; the text may be shown to the Learner. Nothing is recorded."""


@dataclass(frozen=True, slots=True)
class ReplyGrade:
    """The result for one reply; `misconception` is a slug of the course, or empty."""

    correct: bool
    feedback_html: str = ""
    misconception: str = ""


def grade(item: QuestionItem, given: Given) -> ReplyGrade:
    """Grade one reply: an option's id, a list of ids, typed text, or `place=reply` pairs."""
    return _BY_KIND[item.kind](item, given)


def read_pairs(given: Given) -> dict[str, str]:
    """Read `["a=1", "b=x=2"]` as `{"a": "1", "b": "x=2"}`; raise UngradableReply otherwise."""
    parted = [text.partition("=") for text in _require_list(given)]
    found = {place: reply for place, sign, reply in parted if sign}
    if len(found) != len(parted):
        raise UngradableReply(_("Answer each part once."))
    return found


def _grade_single(item: QuestionItem, given: Given) -> ReplyGrade:
    if not isinstance(given, str):
        raise UngradableReply(_("Select one answer."))
    (choice,) = _find_chosen(item, [given])
    return _grade_of_choice(choice, correct=choice.correct)


def _grade_multiple(item: QuestionItem, given: Given) -> ReplyGrade:
    if isinstance(given, str):
        raise UngradableReply(_("Select all that apply."))
    chosen = _find_chosen(item, given)
    wrong = [choice for choice in chosen if not choice.correct]
    if wrong:
        return _grade_of_choice(wrong[0], correct=False)
    if {choice.id for choice in chosen} != {one.id for one in item.choices if one.correct}:
        return ReplyGrade(False, _(MISSING))
    return ReplyGrade(True)


def _grade_numeric(item: QuestionItem, given: Given) -> ReplyGrade:
    reply = _convert_to_answer_unit(item, *read_quantity(item, _require_text(given)))
    if abs(reply - to_fraction(item.answer)) <= item.tolerance:
        return ReplyGrade(True)
    for foreseen in item.wrong_answers:
        if abs(reply - foreseen.value) <= foreseen.tolerance:
            return ReplyGrade(False, foreseen.feedback_html, foreseen.misconception)
    return ReplyGrade(False)


def read_quantity(
    item: QuestionItem, typed: str, read: NumberReader = read_plain
) -> tuple[NumberReading, str]:
    """Return the number of a reply and its unit, "" where the question has no units.

    Raises UngradableReply, whose text says what to type.
    """
    if not item.units:
        return _require_number(item, read(typed)), ""
    names = [unit.name for unit in item.units]
    reading, name = split_quantity(typed, names, read)
    found = _require_number(item, reading)
    if not name:
        raise UngradableReply(_("Enter the unit too, such as {unit}.").format(unit=names[0]))
    if name not in names:
        text = _("Use one of these units: {units}.")
        raise UngradableReply(text.format(units=", ".join(names)))
    return found, name


def _require_number(item: QuestionItem, reading: NumberReading | None) -> NumberReading:
    if reading is None:
        raise UngradableReply(_how_to_type(item))
    return reading


def _convert_to_answer_unit(item: QuestionItem, reading: NumberReading, name: str) -> Fraction:
    """Convert the value to the first unit of the question, which is that of its answer."""
    factors = {unit.name: unit.factor for unit in item.units}
    return reading.value * factors[name] / item.units[0].factor if name else reading.value


def _how_to_type(item: QuestionItem) -> str:
    if item.units:
        text = _("Enter a number and its unit, such as 3.2 {unit}.")
        return text.format(unit=item.units[0].name)
    return _("Enter a number, such as 7, −3, 0.5 or 1/2.")


def _grade_text(item: QuestionItem, given: Given) -> ReplyGrade:
    typed = _require_text(given)
    return ReplyGrade(
        is_same_answer(typed, item.answer, item.compare)
        or any(matches_wording(typed, wording, item.compare) for wording in item.accepted)
    )


def _grade_order(item: QuestionItem, given: Given) -> ReplyGrade:
    rows, placed = [row.id for row in item.choices], list(_require_list(given))
    if sorted(placed) != sorted(rows):
        raise UngradableReply(_("Give each row a different number."))
    return _grade_of_parts([one == other for one, other in zip(placed, rows, strict=True)])


def _grade_match(item: QuestionItem, given: Given) -> ReplyGrade:
    found, parts = read_pairs(given), {part.id for part in item.parts}
    rows = {row.id: row.match for row in item.choices}
    if found.keys() != rows.keys() or not parts.issuperset(found.values()):
        raise UngradableReply(_("Select what belongs to each row."))
    return _grade_of_parts([found[row] == part for row, part in rows.items()])


def _grade_cloze(item: QuestionItem, given: Given) -> ReplyGrade:
    found = read_pairs(given)
    if found.keys() != {gap.id for gap in item.gaps}:
        raise UngradableReply(_("Fill in each gap."))
    return _grade_of_parts(_grade_gaps(item, found))


def _grade_gaps(item: QuestionItem, found: Mapping[str, str]) -> list[bool]:
    """Return which gaps are correct; UngradableReply names a gap by its number."""
    right = []
    for place, gap in enumerate(item.gaps, 1):
        try:
            right.append(grade(gap.item, found[gap.id]).correct)
        except UngradableReply as unreadable:
            text = _("Gap {place}: {problem}").format(place=place, problem=unreadable)
            raise UngradableReply(text) from unreadable
    return right


def _grade_of_parts(right: Sequence[bool]) -> ReplyGrade:
    """Report how many parts are correct, but not which."""
    if all(right):
        return ReplyGrade(True)
    count, total = sum(right), len(right)
    if count == 0:
        none = _("None of the {total} parts is correct yet.")
        return ReplyGrade(False, none.format(total=total))
    some = ngettext(
        "{count} of {total} parts is correct.", "{count} of {total} parts are correct.", count
    )
    return ReplyGrade(False, some.format(count=count, total=total))


def _require_text(given: Given) -> str:
    if not isinstance(given, str) or not given.strip():
        raise UngradableReply(_("Enter an answer."))
    if len(given) > MAX_LENGTH:
        raise UngradableReply(_("Enter at most {count} characters.").format(count=MAX_LENGTH))
    return given


def _require_list(given: Given) -> Sequence[str]:
    if isinstance(given, str):
        raise UngradableReply(_("Answer each part."))
    return given


def _find_chosen(item: QuestionItem, ids: Sequence[str]) -> list[AnswerChoice]:
    if not ids or not {choice.id for choice in item.choices}.issuperset(ids):
        raise UngradableReply(_("Select from the answers shown."))
    return [choice for choice in item.choices if choice.id in ids]


def _grade_of_choice(choice: AnswerChoice, *, correct: bool) -> ReplyGrade:
    return ReplyGrade(correct, choice.feedback_html, choice.misconception)


_BY_KIND: dict[str, Callable[[QuestionItem, Given], ReplyGrade]] = {
    "single": _grade_single,
    "multiple": _grade_multiple,
    "numeric": _grade_numeric,
    "text": _grade_text,
    "order": _grade_order,
    "match": _grade_match,
    "cloze": _grade_cloze,
}
