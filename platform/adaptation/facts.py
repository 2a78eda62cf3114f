"""Facts of one Sitting at one moment: what was done, what was said, what was guessed.

What is not known stays UNKNOWN; a rule never reads silence as "no". What the Learner said stands
above what was guessed (design §1.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.gate import Permit
from courses.models import Response
from estimates import mastery, reports
from estimates.reports import Said
from interventions.facts import NOT_KNOWN, UNKNOWN, Fact, Facts
from telemetry.models import Event, Sitting

RECENT = timedelta(minutes=10)
SAID_HOLDS = timedelta(minutes=5)
REWIND_WINDOW_S = 60.0
AFFECTS = ("interest", "boredom", "happiness", "confusion", "frustration", "distraction")
LEVELS = ("valence", "arousal")
SCENARIOS = {
    "course": "course",
    "practice": "practice_test",
    "graded": "graded_test",
    "discussion": "discussion",
}


@dataclass(frozen=True, slots=True)
class Course:
    """The course rows of one Sitting that facts are made of, oldest first."""

    sitting: Sitting
    events: Sequence[Event]
    responses: Sequence[Response]
    said: Sequence[Said]


def read(sitting: Sitting, permit: Permit, *, now: datetime) -> Course:
    """Load what had happened lately by `now`; the Permit is that of scope `course`."""
    t = (now - sitting.began_at).total_seconds()
    events = Event.objects.filter(
        sitting=sitting, t__gte=t - RECENT.total_seconds(), t__lte=t
    ).order_by("t")
    responses = Response.objects.filter(sitting=sitting.id, answered_at__lte=now)
    responses = responses.order_by("answered_at")
    said = [word for word in reports.said_since(permit, now - SAID_HOLDS) if word.at <= now]
    return Course(sitting, list(events), list(responses.select_related("question")), said)


def gather(course: Course, guessed: Mapping[str, Fact], permit: Permit, *, now: datetime) -> Facts:
    """Every signal that can be known now."""
    t = (now - course.sitting.began_at).total_seconds()
    facts = {
        **_item(course, t),
        **_pace(course, t),
        **_said(course, now),
        **_knowledge(course, permit),
        **guessed,
    }
    return {**facts, **_said_over_guessed(facts)}


def item_of(course: Course) -> Response | None:
    """The last answer while its question is still open: the item the Learner is on."""
    last = course.responses[-1] if course.responses else None
    return None if last is None or last.correct else last


def _item(course: Course, t: float) -> dict[str, Fact]:
    open_item = item_of(course)
    on_item = [r for r in course.responses if open_item and r.question_id == open_item.question_id]
    wrong = _streak([r.correct for r in on_item], right=False)
    since = t - _t(course, on_item[-1]) if on_item else 0.0
    hints = [
        e
        for e in course.events
        if e.name == "hint" and open_item and e.ref == open_item.question.code
    ]
    return {
        "wrong_on_item": Fact(float(wrong), max(since, 0.0)),
        "answers_on_item": Fact(float(len(on_item)), max(since, 0.0)),
        "hints_open": Fact(float(len(hints))),
        "wrong_streak": Fact(float(_streak([r.correct for r in course.responses], right=False))),
        "correct_streak": Fact(float(_streak([r.correct for r in course.responses], right=True))),
    }


def _pace(course: Course, t: float) -> dict[str, Fact]:
    last = max([e.t for e in course.events], default=-math.inf)
    last = max([last, *(_t(course, r) for r in course.responses)])
    rewinds = [
        e
        for e in course.events
        if e.name == "seek" and (e.value or 0.0) < 0 and e.t > t - REWIND_WINDOW_S
    ]
    playing = [e.name for e in course.events if e.name in ("play", "pause", "ended")]
    hidden = [e.value for e in course.events if e.name == "visibility"]
    return {
        "course_idle_s": Fact(t - last),
        "rewinds_60s": Fact(float(len(rewinds))),
        "video_playing": Fact(playing[-1:] == ["play"]),
        "on_quiz": Fact(course.sitting.unit.kind == "quiz"),
        "tab_hidden": Fact(hidden[-1:] == [0.0]),
        "active_min": Fact(t / 60),
        "paused": Fact(course.sitting.paused),
        "scenario": Fact(SCENARIOS[course.sitting.scenario]),
    }


def _said(course: Course, now: datetime) -> dict[str, Fact]:
    """Flags of the last minutes: the latest feeling named, and apart from it stuck or got it."""
    return {**_latest(course, reports.ACTS, now), **_latest(course, AFFECTS, now)}


def _latest(course: Course, names: Sequence[str], now: datetime) -> dict[str, Fact]:
    said = [word for word in course.said if word.label in names]
    since = (now - said[-1].at).total_seconds() if said else 0.0
    return {
        f"self_{name}": Fact(bool(said) and said[-1].label == name, max(since, 0.0), "self")
        for name in names
    }


def _knowledge(course: Course, permit: Permit) -> dict[str, Fact]:
    open_item = item_of(course)
    if open_item is None:
        return {}
    known = mastery.of_question(open_item.question, permit)
    if known is None:
        return {}
    return {
        "predicted_success": Fact(known.predicted),
        "mastery": Fact(known.p, low=known.lo, high=known.hi) if known.n else NOT_KNOWN,
    }


def _said_over_guessed(facts: Facts) -> dict[str, Fact]:
    """A feeling the Learner named replaces each guess about feelings while it holds."""
    named = [name for name in AFFECTS if facts[f"self_{name}"].value is True]
    if not named:
        return {}
    since = facts[f"self_{named[0]}"].since_s
    said = {name: Fact(float(name in named), since, "self") for name in AFFECTS}
    said |= {name: NOT_KNOWN for name in LEVELS if name in facts}
    return {**said, "engaged": Fact(float(named[0] in ("interest", "happiness")), since, "self")}


def _streak(outcomes: Sequence[bool], *, right: bool) -> int:
    count = 0
    for outcome in reversed(outcomes):
        if outcome is not right:
            break
        count += 1
    return count


def _t(course: Course, response: Response) -> float:
    return (response.answered_at - course.sitting.began_at).total_seconds()


def unknown_estimates() -> dict[str, Fact]:
    """What stands for the guesses while nothing is sensed."""
    return {name: Fact(UNKNOWN, source="sensed", absence="off") for name in (*AFFECTS, "engaged")}
