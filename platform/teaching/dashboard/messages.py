"""The sentences of the queue: why somebody stands in it, and one thing a Teacher could do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from teaching.dashboard.need import Need
from teaching.videos.chapters import clock

# Of answers, tries and times: a language that has genders gives them that of these.
NUMBERS = (
    pgettext_lazy("how many", "no"),
    pgettext_lazy("how many", "one"),
    pgettext_lazy("how many", "two"),
    pgettext_lazy("how many", "three"),
    pgettext_lazy("how many", "four"),
    pgettext_lazy("how many", "five"),
    pgettext_lazy("how many", "six"),
    pgettext_lazy("how many", "seven"),
    pgettext_lazy("how many", "eight"),
    pgettext_lazy("how many", "nine"),
)
SOURCES = {
    "stuck": ("self", lazy("Said by {name}")),
    "wrong": ("course", lazy("Answers")),
    "spinning": ("course", lazy("Answers")),
    "alone": ("course", lazy("Answers")),
    "quick": ("course", lazy("Answers")),
    "hint": ("course", lazy("Hints opened")),
    "stopped": ("course", lazy("Page activity")),
}


def why(need: Need, *, now: datetime) -> SafeString:
    """What was done or asked, and where."""
    return WHY[need.kind](need, now)


def move(need: Need, name: str) -> str:
    """One thing that often helps; words, not a button, because nothing is sent."""
    kind = "spinning_before" if need.before else need.kind
    return MOVES[kind].format(
        name=name, part=need.chapter or need.unit.title, skill=need.skill, before=need.before
    )


def since(need: Need, *, now: datetime) -> str:
    minutes = int((now - need.since).total_seconds() // 60)
    return _("{n} min").format(n=minutes) if minutes >= 1 else _("just now")


def number(count: int) -> str:
    return str(NUMBERS[count]) if count < len(NUMBERS) else str(count)


def place(need: Need) -> SafeString:
    """ "question 3 of <em>Quiz</em>", or the unit alone."""
    if need.question is None or need.question.position is None:
        return format_html("<em>{}</em>", need.unit.title)
    return format_html(
        _("question {number} of <em>{unit}</em>"),
        number=need.question.position,
        unit=need.unit.title,
    )


def _stuck(need: Need, _now: datetime) -> SafeString:
    return format_html(
        _stuck_where(need),
        times=number(need.count),
        at="" if need.second is None else clock(need.second),
        unit=need.unit.title,
        chapter=need.chapter,
    )


def _stuck_where(need: Need) -> str:
    """The sentence, as much of it as is known."""
    if need.second is None:
        return ngettext(
            "Pressed “I&rsquo;m stuck” in <em>{unit}</em>.",
            "Pressed “I&rsquo;m stuck” {times} times in <em>{unit}</em>.",
            need.count,
        )
    if not need.chapter:
        return ngettext(
            "Pressed “I&rsquo;m stuck” at {at} of <em>{unit}</em>.",
            "Pressed “I&rsquo;m stuck” {times} times at {at} of <em>{unit}</em>.",
            need.count,
        )
    return ngettext(
        "Pressed “I&rsquo;m stuck” at {at} of <em>{unit}</em>, in “{chapter}”.",
        "Pressed “I&rsquo;m stuck” {times} times at {at} of <em>{unit}</em>, in “{chapter}”.",
        need.count,
    )


def _wrong(need: Need, _now: datetime) -> SafeString:
    said = _("{times} incorrect answers in a row on {place}.")
    return format_html(said, times=number(need.count).capitalize(), place=place(need))


def _spinning(need: Need, _now: datetime) -> SafeString:
    return format_html(
        _(
            "{n} tries on <em>{skill}</em>, {right} of the last 5 correct. More of the same "
            "rarely helps."
        ),
        n=need.count,
        skill=need.skill,
        right=number(need.right) if need.right else pgettext("how many", "none"),
    )


def _alone(need: Need, _now: datetime) -> SafeString:
    said = _("No hint opened on {place} after {times} incorrect answers.")
    return format_html(said, place=place(need), times=number(need.count))


def _quick(need: Need, _now: datetime) -> SafeString:
    said = _("{times} answers in a row in under 3 seconds each, none correct.")
    return format_html(said, times=number(need.count).capitalize())


def _hint(need: Need, _now: datetime) -> SafeString:
    said = _("Opened hint {number} on {place}.")
    return format_html(said, number=need.count, place=place(need))


def _stopped(need: Need, now: datetime) -> SafeString:
    minutes = int((now - need.since).total_seconds() // 60)
    return format_html(
        _(
            "Stopped in the middle of <em>{unit}</em> {minutes} minutes ago. The page is open "
            "and in front."
        ),
        unit=need.unit.title,
        minutes=number(minutes),
    )


WHY: dict[str, Callable[[Need, datetime], SafeString]] = {
    "stuck": _stuck,
    "wrong": _wrong,
    "spinning": _spinning,
    "alone": _alone,
    "quick": _quick,
    "hint": _hint,
    "stopped": _stopped,
}
MOVES = {
    "stuck": lazy("Ask {name} what is still unclear in “{part}”."),
    "wrong": lazy("Go through the first step together with {name}."),
    "spinning": lazy("Go through one try on “{skill}” together, then move on to something else."),
    "spinning_before": lazy("Go back to “{before}” with {name} before doing more of “{skill}”."),
    "alone": lazy("Show {name} where the hints are, and read the first one together."),
    "quick": lazy("Ask {name} to read one question aloud and say what it asks."),
    "hint": lazy("Let {name} keep trying, and check again in a few minutes."),
    "stopped": lazy("Ask {name} whether to continue now or come back later."),
}
