"""Sentences about a part: one for its interval, and a line for each source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from teaching.lessons.evidence import Evidence
from teaching.lessons.lesson_map import LessonMap
from teaching.lessons.parts import LessonPart
from teaching.questions.wrong_answers import AnswerCluster

COURSE, SAID, SENSED = "course", "self", "sensed"
LOOKS = {"stuck": SAID, "confusion": SENSED}


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One line of the table: `look` is the kind of source, `usual` is "" where none is known."""

    look: str
    title: str
    text: str
    usual: str = ""
    state: str = "more"


def name_part(part: LessonPart) -> str:
    """Return the title as used in a sentence, a chapter's in quotation marks with its time."""
    if not part.is_chapter:
        return part.title
    return _("“{title}” ({place})").format(title=part.title, place=part.place)


def describe_share(part: LessonPart) -> str:
    """Return how many of 100 learners had trouble, and what is usual here."""
    rank = part.rank
    if rank is None:
        return _("Too few people to show.")
    said = _("Wrong at the first try: {low}–{high} of 100 learners.")
    if part.is_chapter:
        said = _("Replayed by {low}–{high} of 100 learners.")
    text = said.format(low=rank.low, high=rank.high)
    if rank.usual is None:
        return text
    usual = _("Usual here is {low}–{high}.").format(low=rank.usual[0], high=rank.usual[1])
    return f"{text} {usual}"


def describe_drivers(part: LessonPart) -> str:
    """Return the names of the sources in which the part differs, in one line."""
    return ", ".join(title_of(each.source) for each in part.drivers)


def title_of(source: str) -> str:
    return {
        "replayed": _("Replayed"),
        "wrong": _("Wrong at first"),
        "hints": _("Hints"),
        "stuck": _("“I’m stuck”"),
        "confusion": _("Confusion, estimated"),
    }[source]


def describe_deed(source: str) -> str:
    """Return what learners did, as it follows “9 of 40”."""
    return {
        "replayed": _("replayed this part"),
        "wrong": _("were wrong at the first try"),
        "hints": _("used a hint"),
        "stuck": _("pressed “I’m stuck”"),
    }[source]


def list_evidence(found: LessonMap, part: LessonPart) -> list[EvidenceLine]:
    """Return the lines of the table about the chosen part."""
    return [*(_line(each) for each in part.evidence.values()), *_same_answer(found.same)]


def list_drivers(part: LessonPart) -> list[EvidenceLine]:
    """Return only the lines that differ from usual, for a card."""
    return [_line(each) for each in part.drivers]


def _line(found: Evidence) -> EvidenceLine:
    return EvidenceLine(
        LOOKS.get(found.source, COURSE),
        title_of(found.source),
        _state_text(found) or _figure_text(found),
        _usual_text(found),
        found.state,
    )


def _state_text(found: Evidence) -> str:
    """Return the words for a cell without a figure; "" if it has one."""
    if found.state == "few":
        return _("too few people")
    if found.state == "unsure":
        return _("not sure")
    if found.state == "usual" and found.source != "confusion":
        return _("as usual, n = {n}").format(n=found.n)
    return ""


def _figure_text(found: Evidence) -> str:
    texts = {
        "replayed": _("{count} of {n} learners replayed it"),
        "wrong": _("{count} of {n} learners were wrong at the first try"),
        "hints": _("{count} of {n} learners used a hint"),
        "stuck": _("{count} of {n} learners pressed “I’m stuck”"),
        "confusion": _("{low}–{high}% of the time, n = {people}"),
    }
    return texts[found.source].format(
        count=found.count, n=found.n, low=found.low, high=found.high, people=found.people
    )


def _usual_text(found: Evidence) -> str:
    if found.usual is None or found.state in ("few", "unsure"):
        return ""
    low, high = found.usual
    if found.source == "confusion":
        return _("{low}–{high}%").format(low=low, high=high)
    return _("{low}–{high} of {n}").format(low=low, high=high, n=found.n)


def _same_answer(found: AnswerCluster | None) -> Iterator[EvidenceLine]:
    if found is None:
        return
    said = _("{n} learners gave the same wrong answer: {answer}")
    if found.idea:
        said = _("{n} learners had the same misconception: {answer}")
    text = said.format(n=found.people, answer=found.idea or found.answer)
    yield EvidenceLine(COURSE, _("Same wrong answer"), text)
