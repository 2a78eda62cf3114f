"""Detectors of situations that need a teacher, from answers and hints only: no sensor, no model.

Teachers who used Lumilo asked to be notified of them (Holstein, McLaren & Aleven 2019,
"Co-designing a real-time classroom orchestration tool to support teacher–AI complementarity",
Journal of Learning Analytics 6(2)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Final

OPPORTUNITIES: Final = 10
IN_A_ROW: Final = 3
QUICK_ANSWER_S: Final = 3.0
QUICK_HINT_S: Final = 2.0
QUICK_ANSWERS: Final = 3
QUICK_HINTS: Final = 2
STRUGGLE_TRIES: Final = 3
STRUGGLE_S: Final = 60.0
STOPPED_S: Final = 120.0
LAST: Final = 5


@dataclass(frozen=True, slots=True)
class WheelSpinning:
    """Wheel-spinning on a Skill; the number of tries, and the longest run of right ones."""

    found: bool
    opportunities: int
    longest_run: int


@dataclass(frozen=True, slots=True)
class GamingTheSystem:
    """Answers or hints too quick to be read; how many of each in a row."""

    found: bool
    quick_answers: int
    quick_hints: int


@dataclass(frozen=True, slots=True)
class HelpAvoidance:
    """Hints left unopened in a long struggle; the number of wrong tries, and the duration in s."""

    found: bool
    tries: int
    struggle_s: float


@dataclass(frozen=True, slots=True)
class Inactivity:
    """No act on an open question for long; for how many s."""

    found: bool
    since_s: float


@dataclass(frozen=True, slots=True)
class GoodProgress:
    """A Skill goes well; how many of the last `LAST` first tries were right."""

    found: bool
    right_of_last: int


def detect_wheel_spinning(right: Sequence[bool]) -> WheelSpinning:
    """Detect wheel-spinning: `OPPORTUNITIES` without `IN_A_ROW` right ones in a row.

    Parameters
    ----------
    right
        First tries on one Skill, oldest first, one per question.

    References
    ----------
    Beck & Gong 2013, "Wheel-spinning: students who fail to master a skill", AIED: mastery is three
    right in a row; learners without it at the tenth opportunity seldom reach it.
    """
    longest = max((len(list(run)) for correct, run in groupby(right) if correct), default=0)
    found = len(right) >= OPPORTUNITIES and longest < IN_A_ROW
    return WheelSpinning(found, len(right), longest)


def detect_gaming(answer_s: Sequence[float], hint_s: Sequence[float]) -> GamingTheSystem:
    """Detect answers given, or hints clicked through, too quickly to be read.

    Parameters
    ----------
    answer_s
        Seconds from the question, or the previous try, to each answer, oldest first.
    hint_s
        Seconds that each hint was open before the next hint or answer, oldest first.

    References
    ----------
    Baker, Corbett, Koedinger & Wagner 2004, "Off-task behavior in the cognitive tutor classroom",
    CHI: systematic guessing, and quick repeated requests for hints. The limits in seconds are ours.
    """
    answers, hints = _count_at_end(answer_s, QUICK_ANSWER_S), _count_at_end(hint_s, QUICK_HINT_S)
    return GamingTheSystem(answers >= QUICK_ANSWERS or hints >= QUICK_HINTS, answers, hints)


def detect_help_avoidance(
    right: Sequence[bool], times: Sequence[float], hints_opened: int, hints_available: int
) -> HelpAvoidance:
    """Detect a long struggle on one question with available hints left unopened.

    Parameters
    ----------
    right, times
        Tries on the question, oldest first, and their times, s since it was opened.
    hints_opened, hints_available
        Hints of the question opened so far, and all it has.

    Raises
    ------
    ValueError
        If tries and times differ in number.

    References
    ----------
    Aleven, McLaren, Roll & Koedinger 2006, "Toward meta-cognitive tutoring: a model of help seeking
    with a Cognitive Tutor", IJAIED 16: after errors on a step that is not mastered the model asks
    for a hint; trying again is "help avoidance". The limits are ours.
    """
    if len(right) != len(times):
        raise ValueError(f"times: expected one a try ({len(right)}), got {len(times)}")
    tries = sum(1 for _ in takewhile(lambda correct: not correct, reversed(right)))
    struggle_s = times[-1] - (times[-1 - tries] if tries < len(right) else 0.0) if tries else 0.0
    long = tries >= STRUGGLE_TRIES and struggle_s >= STRUGGLE_S
    return HelpAvoidance(long and hints_available > 0 and hints_opened == 0, tries, struggle_s)


def detect_inactivity(last_act: float | None, opened: float, now: float) -> Inactivity:
    """Detect that nothing was done on an open question for `STOPPED_S`.

    Parameters
    ----------
    last_act
        When the Learner last did anything, s; None if nothing was done yet.
    opened, now
        When the question was opened, and now, s on the same clock.

    References
    ----------
    Holstein, McLaren & Aleven 2019: "stopped", no action for two minutes.
    """
    since_s = now - max(opened, opened if last_act is None else last_act)
    return Inactivity(since_s >= STOPPED_S, since_s)


def detect_good_progress(right: Sequence[bool], hints_used: Sequence[int]) -> GoodProgress:
    """Detect that the last `LAST` first tries on a Skill were right, except at most one, without
    hints.

    Parameters
    ----------
    right, hints_used
        First tries on one Skill, oldest first, and the hints opened before each.

    Raises
    ------
    ValueError
        If tries and hints differ in number.
    """
    if len(right) != len(hints_used):
        raise ValueError(f"hints_used: expected one a try ({len(right)}), got {len(hints_used)}")
    count = sum(right[-LAST:])
    found = len(right) >= LAST and count >= LAST - 1 and not any(hints_used[-LAST:])
    return GoodProgress(found, count)


def _count_at_end(seconds: Sequence[float], limit_s: float) -> int:
    """Return how many values at the end are below the limit without interruption."""
    return sum(1 for _ in takewhile(lambda took: took < limit_s, reversed(seconds)))
