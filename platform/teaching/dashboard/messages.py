"""Texts of the queue: why a learner is in it, and one action a Teacher could take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from courses.timestamps import format_time
from teaching.dashboard.need import Need

# Numbers of answers, tries and times: languages with grammatical gender need that of these nouns.
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


def describe_reason(need: Need, *, now: datetime) -> SafeString:
    """Return what the learner did or asked, and where."""
    return REASONS[need.kind](need, now)


def suggest_action(need: Need, name: str) -> str:
    """Return one action that often helps; as text, not a button, because nothing is sent."""
    kind = "spinning_before" if need.before else need.kind
    return ACTIONS[kind].format(
        name=name, part=need.chapter or need.unit.title, skill=need.skill, before=need.before
    )


def format_wait(need: Need, *, now: datetime) -> str:
    minutes = int((now - need.since).total_seconds() // 60)
    return _("{n} min").format(n=minutes) if minutes >= 1 else _("just now")


def spell_number(count: int) -> str:
    return str(NUMBERS[count]) if count < len(NUMBERS) else str(count)


def describe_place(need: Need) -> SafeString:
    """Return "question 3 of <em>Quiz</em>", or the unit alone."""
    if need.question is None or need.question.position is None:
        return format_html("<em>{}</em>", need.unit.title)
    return format_html(
        _("question {number} of <em>{unit}</em>"),
        number=need.question.position,
        unit=need.unit.title,
    )


def _describe_stuck(need: Need, _now: datetime) -> SafeString:
    return format_html(
        _stuck_sentence(need),
        times=spell_number(need.count),
        at="" if need.second is None else format_time(need.second),
        unit=need.unit.title,
        chapter=need.chapter,
    )


def _stuck_sentence(need: Need) -> str:
    """Return the sentence with as much detail as is known."""
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


def _describe_wrong(need: Need, _now: datetime) -> SafeString:
    said = _("{times} incorrect answers in a row on {place}.")
    return format_html(
        said, times=spell_number(need.count).capitalize(), place=describe_place(need)
    )


def _describe_spinning(need: Need, _now: datetime) -> SafeString:
    return format_html(
        _(
            "{n} tries on <em>{skill}</em>, {right} of the last 5 correct. More of the same "
            "rarely helps."
        ),
        n=need.count,
        skill=need.skill,
        right=spell_number(need.right) if need.right else pgettext("how many", "none"),
    )


def _describe_without_hint(need: Need, _now: datetime) -> SafeString:
    said = _("No hint opened on {place} after {times} incorrect answers.")
    return format_html(said, place=describe_place(need), times=spell_number(need.count))


def _describe_quick(need: Need, _now: datetime) -> SafeString:
    said = _("{times} answers in a row in under 3 seconds each, none correct.")
    return format_html(said, times=spell_number(need.count).capitalize())


def _describe_hint(need: Need, _now: datetime) -> SafeString:
    said = _("Opened hint {number} on {place}.")
    return format_html(said, number=need.count, place=describe_place(need))


def _describe_stopped(need: Need, now: datetime) -> SafeString:
    minutes = int((now - need.since).total_seconds() // 60)
    return format_html(
        _(
            "Stopped in the middle of <em>{unit}</em> {minutes} minutes ago. The page is open "
            "and in front."
        ),
        unit=need.unit.title,
        minutes=spell_number(minutes),
    )


REASONS: dict[str, Callable[[Need, datetime], SafeString]] = {
    "stuck": _describe_stuck,
    "wrong": _describe_wrong,
    "spinning": _describe_spinning,
    "alone": _describe_without_hint,
    "quick": _describe_quick,
    "hint": _describe_hint,
    "stopped": _describe_stopped,
}
ACTIONS = {
    "stuck": lazy("Ask {name} what is still unclear in “{part}”."),
    "wrong": lazy("Go through the first step together with {name}."),
    "spinning": lazy("Go through one try on “{skill}” together, then move on to something else."),
    "spinning_before": lazy("Go back to “{before}” with {name} before doing more of “{skill}”."),
    "alone": lazy("Show {name} where the hints are, and read the first one together."),
    "quick": lazy("Ask {name} to read one question aloud and say what it asks."),
    "hint": lazy("Let {name} keep trying, and check again in a few minutes."),
    "stopped": lazy("Ask {name} whether to continue now or come back later."),
}
