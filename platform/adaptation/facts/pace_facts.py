"""Facts from time: position in the video, idle time, and time worked without a break."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import Value

from adaptation.facts.answer_facts import count_run, seconds_into_sitting
from adaptation.facts.course_records import CourseRecords
from adaptation.models import Intervention
from courses.models import Response
from interventions.facts import UNKNOWN_FACT, Fact, Facts
from telemetry.models import Event, Sitting
from telemetry.video_position import second_of, stretches_gone_back_over

REWIND_WINDOW_S = 60.0
REPLAY_WINDOW_S = 120.0
# A position this near to a stretch still counts as in it.
NEAR_S = 2.0
QUICK_HINT_S = 2.0
LONGEST_WORK = timedelta(hours=4)
BREAK = timedelta(minutes=5)
DISMISSALS_SQL = """
SELECT w.place, max(i.outcome_at) FROM unnest(%s::bigint[], %s::timestamptz[])
  WITH ORDINALITY AS w(learner, at, place)
JOIN adaptation_intervention i ON i.learner = w.learner
WHERE i.outcome IN ('later', 'never') AND i.outcome_at <= w.at GROUP BY w.place
"""
ZERO = Fact(0.0)
BY_HAND = ("answer", "hint", "seek", "rate", "stuck", "got_it")
PLAYER = ("play", "pause", "seek", "rate", "ended")
SCENARIOS = {
    "course": "course",
    "practice": "practice_test",
    "graded": "graded_test",
    "discussion": "discussion",
}


@dataclass(frozen=True, slots=True)
class CoursePace:
    """The pace according to the rows up to the next action; `facts_at` adds the clock.

    `last` = second of the last action; `hidden` = second since which another tab is in front, or
    None; `rewinds` = when the video was sent back; `player` = player events.
    """

    last: float
    hidden: float | None
    stopped: bool
    rewinds: Sequence[float]
    player: Sequence[Event]
    nowhere: Fact
    standing: Facts

    def facts_at(self, t: float) -> dict[str, Fact]:
        """Return the facts at that second of the Sitting."""
        idle = Fact(t - self.last)
        away = ZERO if self.hidden is None else Fact(min(t - self.last, t - self.hidden))
        rewinds = float(sum(rewind > t - REWIND_WINDOW_S for rewind in self.rewinds))
        return {
            "course_idle_s": idle,
            "stopped_s": idle if self.stopped else ZERO,
            "away_s": ZERO if self.standing["video_playing"].value else away,
            "rewinds_60s": Fact(rewinds) if rewinds else ZERO,
            "replays_here": _count_replays(self.player, t) or self.nowhere,
            **self.standing,
        }


def read_pace(course: CourseRecords) -> CoursePace:
    """Build the pace from these rows, whatever the time is."""
    playing, hidden = is_playing(course), _hidden_since(course)
    standing = {
        "quick_hints": Fact(float(_count_quick_hints(course))),
        "video_playing": Fact(playing),
        "on_quiz": Fact(course.sitting.unit.kind == "quiz"),
        "tab_hidden": Fact(hidden is not None),
        "paused": Fact(course.sitting.paused),
        "scenario": Fact(SCENARIOS[course.sitting.scenario]),
    }
    return CoursePace(
        last=_last_action(course),
        hidden=hidden,
        stopped=bool(course.responses) and not playing and hidden is None,
        rewinds=[e.t for e in course.events if _goes_back(e)],
        player=_player_events(course),
        nowhere=ZERO if course.sitting.unit.kind != "video" else UNKNOWN_FACT,
        standing=standing,
    )


def is_playing(course: CourseRecords) -> bool:
    names = [e.name for e in course.events if e.name in ("play", "pause", "ended")]
    return names[-1:] == ["play"]


def position_at(course: CourseRecords, t: float) -> float | None:
    """Return the second of the video shown at `t`; None where no video was played recently."""
    return second_of(_player_events(course), t)


def playback_rate(course: CourseRecords) -> float:
    """Return the speed set last; 1 where none was set recently."""
    rates = [e.value for e in course.events if e.name == "rate" and e.value]
    return rates[-1] if rates else 1.0


def _player_events(course: CourseRecords) -> list[Event]:
    return [e for e in course.events if e.name in PLAYER]


def _goes_back(event: Event) -> bool:
    return event.name == "seek" and (event.value or 0.0) < 0


def _last_action(course: CourseRecords) -> float:
    last = max([e.t for e in course.events], default=-math.inf)
    return max([last, *(seconds_into_sitting(course, r) for r in course.responses)])


def _hidden_since(course: CourseRecords) -> float | None:
    """Return the second since which another tab is in front; None while this page is.

    Moving between questions hides one page and opens the next. An answer, a hint or a jump since
    then means that the page is in front again.
    """
    seen = [e for e in course.events if e.name == "visibility" or e.name in BY_HAND]
    last = seen[-1] if seen else None
    hidden = last is not None and last.name == "visibility" and last.value == 0.0
    return last.t if last is not None and hidden else None


def _count_replays(player: Sequence[Event], t: float) -> Fact | None:
    """Return how often the part of the video shown now was replayed.

    None where no video was played recently.
    """
    here = second_of(player, t) if player else None
    if here is None:
        return None
    gone = stretches_gone_back_over(player, t - REPLAY_WINDOW_S)
    return Fact(float(sum(begin - NEAR_S <= here <= end + NEAR_S for begin, end in gone)))


def _count_quick_hints(course: CourseRecords) -> int:
    """Count hints opened within two seconds of the one before, with no answer in between."""
    acts = [e for e in course.events if e.name in ("hint", "answer")]
    pairs = list(pairwise(acts))
    return count_run(
        pairs,
        lambda pair: (
            pair[0].name == pair[1].name == "hint" and pair[1].t - pair[0].t < QUICK_HINT_S
        ),
    )


def work_facts_each(asked: Sequence[tuple[Sitting, datetime]]) -> list[dict[str, Fact]]:
    """Return each Learner's minutes of work without a break, and seconds since a dismissal."""
    signs, dismissals = _signs_of_work(asked), _last_dismissals(asked)
    return [
        {
            "active_min": Fact((now - began).total_seconds() / 60),
            "dismissed_s": Fact((now - dismissed_at).total_seconds() if dismissed_at else math.inf),
        }
        for n, (sitting, now) in enumerate(asked)
        for began in [_work_began(signs.get(sitting.learner_id, ()), now)]
        for dismissed_at in [dismissals.get(n)]
    ]


def _last_dismissals(asked: Sequence[tuple[Sitting, datetime]]) -> dict[int, datetime]:
    """Return, by the Learner's index, when they last dismissed an offer."""
    columns: list[list[Any]] = [[s.learner_id for s, _ in asked], [now for _, now in asked]]
    with connection.cursor() as cursor:
        cursor.execute(DISMISSALS_SQL, columns)
        return {place - 1: at for place, at in cursor.fetchall()}


def _work_began(signs: Iterable[tuple[datetime, str]], now: datetime) -> datetime:
    """Return the end of the last five minutes without activity, or of the last break taken."""
    lately = [sign for sign in signs if now - LONGEST_WORK <= sign[0] <= now]
    ordered = sorted([*lately, (now, "")])
    began = ordered[0][0]
    for (before, what), (after, _) in pairwise(ordered):
        # A playing video needs no activity; a break taken counts, however short.
        if what == "break" or (after - before >= BREAK and what != "play"):
            began = after
    return began


def _signs_of_work(
    asked: Sequence[tuple[Sitting, datetime]],
) -> dict[int, list[tuple[datetime, str]]]:
    """Return the signs of work of the last hours by Learner: when, and what."""
    learners = {sitting.learner_id for sitting, _ in asked}
    ends = [now for _, now in asked]
    lately = (min(ends) - LONGEST_WORK, max(ends))
    events = Event.objects.filter(sitting__learner__in=learners, at__range=lately)
    answers = Response.objects.filter(learner__in=learners, answered_at__range=lately)
    opened = Sitting.objects.filter(learner__in=learners, began_at__range=lately)
    breaks = Intervention.objects.filter(
        learner__in=learners, kind="break", outcome="accepted", outcome_at__range=lately
    )
    rows = events.values_list("sitting__learner", "at", "name").union(
        answers.values_list("learner", "answered_at", Value("answer")),
        opened.values_list("learner", "began_at", Value("open")),
        breaks.values_list("learner", "outcome_at", Value("break")),
        all=True,
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for learner, at, what in rows:
        found.setdefault(learner, []).append((at, what))
    return found
