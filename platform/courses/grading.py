"""Right or wrong, and what to say: pure, the same for each learner, blind to anything sensed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from courses.comparing import same
from courses.items import Choice, Item, exact
from courses.replies import MAX_LENGTH, number

Given = str | Sequence[str]
MISSING = "What you chose is right, but something is still missing."


class Unreadable(ValueError):
    """The reply cannot be graded; its text may be shown to the Learner. Nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one reply; `misconception` is a slug of the course, or empty."""

    correct: bool
    feedback_html: str = ""
    misconception: str = ""


def grade(item: Item, given: Given) -> Verdict:
    """Grade one reply: a letter, a list of letters, or what was typed."""
    return _BY_KIND[item.kind](item, given)


def _single(item: Item, given: Given) -> Verdict:
    if not isinstance(given, str):
        raise Unreadable("Choose one answer.")
    (choice,) = _chosen(item, [given])
    return _of_choice(choice, correct=choice.correct)


def _multiple(item: Item, given: Given) -> Verdict:
    if isinstance(given, str):
        raise Unreadable("Choose all answers that fit.")
    chosen = _chosen(item, given)
    wrong = [choice for choice in chosen if not choice.correct]
    if wrong:
        return _of_choice(wrong[0], correct=False)
    if {choice.id for choice in chosen} != {one.id for one in item.choices if one.correct}:
        return Verdict(False, MISSING)
    return Verdict(True)


def _numeric(item: Item, given: Given) -> Verdict:
    reply = number(_typed(given))
    if reply is None:
        raise Unreadable("Type a number, such as 7, −3, 0.5 or 1/2.")
    if abs(reply - exact(item.answer)) <= item.tolerance:
        return Verdict(True)
    for foreseen in item.wrong_answers:
        if abs(reply - foreseen.value) <= foreseen.tolerance:
            return Verdict(False, foreseen.feedback_html, foreseen.misconception)
    return Verdict(False)


def _text(item: Item, given: Given) -> Verdict:
    return Verdict(same(_typed(given), item.answer, item.compare))


def _typed(given: Given) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Unreadable("Type an answer first.")
    if len(given) > MAX_LENGTH:
        raise Unreadable(f"Type at most {MAX_LENGTH} characters.")
    return given


def _chosen(item: Item, letters: Sequence[str]) -> list[Choice]:
    by_letter = {choice.id: choice for choice in item.choices}
    if not letters or any(letter not in by_letter for letter in letters):
        raise Unreadable("Choose from the answers shown.")
    return [by_letter[letter] for letter in sorted(set(letters))]


def _of_choice(choice: Choice, *, correct: bool) -> Verdict:
    return Verdict(correct, choice.feedback_html, choice.misconception)


_BY_KIND: dict[str, Callable[[Item, Given], Verdict]] = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "text": _text,
}
