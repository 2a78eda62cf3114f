"""Grading of one reply: pure, the same for each Learner, and independent of sensed data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from courses.answers.expression_match import accepts, same
from courses.answers.numerals import MAX_LENGTH, Reading
from courses.answers.quantities import Read, quantity, read_plain
from courses.questions.question_spec import Choice, Item, exact

Given = str | Sequence[str]
MISSING = gettext_noop("What you chose is correct, but something is missing.")


class Unreadable(ValueError):
    """The reply cannot be graded; the text may be shown to the Learner. Nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one reply; `misconception` is a slug of the course, or empty."""

    correct: bool
    feedback_html: str = ""
    misconception: str = ""


def grade(item: Item, given: Given) -> Verdict:
    """Grade one reply: an option's id, a list of ids, typed text, or `place=reply` pairs."""
    return _BY_KIND[item.kind](item, given)


def pairs(given: Given) -> dict[str, str]:
    """Read `["a=1", "b=x=2"]` as `{"a": "1", "b": "x=2"}`; raise UngradableReply for other input."""
    parted = [text.partition("=") for text in _several(given)]
    found = {place: reply for place, sign, reply in parted if sign}
    if len(found) != len(parted):
        raise Unreadable(_("Answer each part once."))
    return found


def _single(item: Item, given: Given) -> Verdict:
    if not isinstance(given, str):
        raise Unreadable(_("Select one answer."))
    (choice,) = _chosen(item, [given])
    return _of_choice(choice, correct=choice.correct)


def _multiple(item: Item, given: Given) -> Verdict:
    if isinstance(given, str):
        raise Unreadable(_("Select all that apply."))
    chosen = _chosen(item, given)
    wrong = [choice for choice in chosen if not choice.correct]
    if wrong:
        return _of_choice(wrong[0], correct=False)
    if {choice.id for choice in chosen} != {one.id for one in item.choices if one.correct}:
        return Verdict(False, _(MISSING))
    return Verdict(True)


def _numeric(item: Item, given: Given) -> Verdict:
    reply = _in_asked_unit(item, *read_quantity(item, _typed(given)))
    if abs(reply - exact(item.answer)) <= item.tolerance:
        return Verdict(True)
    for foreseen in item.wrong_answers:
        if abs(reply - foreseen.value) <= foreseen.tolerance:
            return Verdict(False, foreseen.feedback_html, foreseen.misconception)
    return Verdict(False)


def read_quantity(item: Item, typed: str, read: Read = read_plain) -> tuple[Reading, str]:
    """Return the number of a reply and its unit, "" where the question has no units.

    Raises UngradableReply, whose text says what to type.
    """
    if not item.units:
        return _needed(item, read(typed)), ""
    names = [unit.name for unit in item.units]
    reading, name = quantity(typed, names, read)
    found = _needed(item, reading)
    if not name:
        raise Unreadable(_("Enter the unit too, such as {unit}.").format(unit=names[0]))
    if name not in names:
        said = _("Use one of these units: {units}.")
        raise Unreadable(said.format(units=", ".join(names)))
    return found, name


def _needed(item: Item, reading: Reading | None) -> Reading:
    if reading is None:
        raise Unreadable(_how_to_type(item))
    return reading


def _in_asked_unit(item: Item, reading: Reading, name: str) -> Fraction:
    """Convert the value to the first unit of the question, which is that of its answer."""
    factors = {unit.name: unit.factor for unit in item.units}
    return reading.value * factors[name] / item.units[0].factor if name else reading.value


def _how_to_type(item: Item) -> str:
    if item.units:
        said = _("Enter a number and its unit, such as 3.2 {unit}.")
        return said.format(unit=item.units[0].name)
    return _("Enter a number, such as 7, −3, 0.5 or 1/2.")


def _text(item: Item, given: Given) -> Verdict:
    typed = _typed(given)
    return Verdict(
        same(typed, item.answer, item.compare)
        or any(accepts(typed, wording, item.compare) for wording in item.accepted)
    )


def _order(item: Item, given: Given) -> Verdict:
    rows, placed = [row.id for row in item.choices], list(_several(given))
    if sorted(placed) != sorted(rows):
        raise Unreadable(_("Give each row a different number."))
    return _of_places([one == other for one, other in zip(placed, rows, strict=True)])


def _match(item: Item, given: Given) -> Verdict:
    found, parts = pairs(given), {part.id for part in item.parts}
    rows = {row.id: row.match for row in item.choices}
    if found.keys() != rows.keys() or not parts.issuperset(found.values()):
        raise Unreadable(_("Select what belongs to each row."))
    return _of_places([found[row] == part for row, part in rows.items()])


def _cloze(item: Item, given: Given) -> Verdict:
    found = pairs(given)
    if found.keys() != {gap.id for gap in item.gaps}:
        raise Unreadable(_("Fill in each gap."))
    return _of_places(_filled(item, found))


def _filled(item: Item, found: Mapping[str, str]) -> list[bool]:
    """Return which gaps are correct; UngradableReply names a gap by its number."""
    right = []
    for place, gap in enumerate(item.gaps, 1):
        try:
            right.append(grade(gap.item, found[gap.id]).correct)
        except Unreadable as unreadable:
            said = _("Gap {place}: {problem}").format(place=place, problem=unreadable)
            raise Unreadable(said) from unreadable
    return right


def _of_places(right: Sequence[bool]) -> Verdict:
    """Report how many parts are correct, but not which."""
    if all(right):
        return Verdict(True)
    count, total = sum(right), len(right)
    if count == 0:
        none = _("None of the {total} parts is correct yet.")
        return Verdict(False, none.format(total=total))
    some = ngettext(
        "{count} of {total} parts is correct.", "{count} of {total} parts are correct.", count
    )
    return Verdict(False, some.format(count=count, total=total))


def _typed(given: Given) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Unreadable(_("Enter an answer."))
    if len(given) > MAX_LENGTH:
        raise Unreadable(_("Enter at most {count} characters.").format(count=MAX_LENGTH))
    return given


def _several(given: Given) -> Sequence[str]:
    if isinstance(given, str):
        raise Unreadable(_("Answer each part."))
    return given


def _chosen(item: Item, ids: Sequence[str]) -> list[Choice]:
    if not ids or not {choice.id for choice in item.choices}.issuperset(ids):
        raise Unreadable(_("Select from the answers shown."))
    return [choice for choice in item.choices if choice.id in ids]


def _of_choice(choice: Choice, *, correct: bool) -> Verdict:
    return Verdict(correct, choice.feedback_html, choice.misconception)


_BY_KIND: dict[str, Callable[[Item, Given], Verdict]] = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "text": _text,
    "order": _order,
    "match": _match,
    "cloze": _cloze,
}
