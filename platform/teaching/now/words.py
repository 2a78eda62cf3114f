"""The sentences of the queue: why somebody stands in it, and one thing a Teacher could do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from teaching.now.need import Need
from teaching.picture.positions import clock

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SOURCES = {
    "stuck": ("self", "Said by {name}"),
    "wrong": ("course", "Answers"),
    "spinning": ("course", "Answers"),
    "alone": ("course", "Answers"),
    "quick": ("course", "Answers"),
    "hint": ("course", "Hints opened"),
    "stopped": ("course", "Page activity"),
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
    return f"{minutes} min" if minutes >= 1 else "just now"


def number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def place(need: Need) -> SafeString:
    """ "question 3 of <em>Quiz</em>", or the unit alone."""
    if need.question is None or need.question.position is None:
        return format_html("<em>{}</em>", need.unit.title)
    return format_html("question {} of <em>{}</em>", need.question.position, need.unit.title)


def _stuck(need: Need, _now: datetime) -> SafeString:
    again = "" if need.count == 1 else f" {number(need.count)} times"
    if need.second is None:
        return format_html("Pressed “I&rsquo;m stuck”{} in <em>{}</em>.", again, need.unit.title)
    said = format_html(
        "Pressed “I&rsquo;m stuck”{} at {} of <em>{}</em>",
        again,
        clock(need.second),
        need.unit.title,
    )
    if not need.chapter:
        return format_html("{}.", said)
    return format_html("{}, in “{}”.", said, need.chapter)


def _wrong(need: Need, _now: datetime) -> SafeString:
    times = number(need.count).capitalize()
    return format_html("{} answers in a row not right on {}.", times, place(need))


def _spinning(need: Need, _now: datetime) -> SafeString:
    return format_html(
        "{} tries on <em>{}</em>, {} of the last 5 right. More of the same seldom helps.",
        need.count,
        need.skill,
        number(need.right) if need.right else "none",
    )


def _alone(need: Need, _now: datetime) -> SafeString:
    return format_html(
        "No hint opened on {}, after {} answers not right.", place(need), number(need.count)
    )


def _quick(need: Need, _now: datetime) -> SafeString:
    times = number(need.count).capitalize()
    return format_html("{} answers in a row within 3 seconds each, none right.", times)


def _hint(need: Need, _now: datetime) -> SafeString:
    return format_html("Opened hint {} on {}.", need.count, place(need))


def _stopped(need: Need, now: datetime) -> SafeString:
    minutes = int((now - need.since).total_seconds() // 60)
    return format_html(
        "Stopped in the middle of <em>{}</em>, {} minutes ago. The page is open and in front.",
        need.unit.title,
        number(minutes),
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
    "stuck": "Ask {name} what “{part}” leaves open.",
    "wrong": "Go through the first step together with {name}.",
    "spinning": "Look at one try on “{skill}” together, and go on with something else.",
    "spinning_before": "Go back to “{before}” with {name} before more of “{skill}”.",
    "alone": "Show {name} where the hints are, and read the first one together.",
    "quick": "Ask {name} to read one question aloud and say what it asks.",
    "hint": "Let {name} try on, and look again in a few minutes.",
    "stopped": "Ask {name} whether to go on or to come back later.",
}
