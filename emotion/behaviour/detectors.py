"""What a teacher would walk over for, read from answers and hints alone: no sensor, no model.

They are what teachers who used Lumilo asked to be told (Holstein, McLaren & Aleven 2019,
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
class Spinning:
    """Whether somebody turns on the spot on a Skill, after how many tries, and the best run."""

    found: bool
    opportunities: int
    longest_run: int


@dataclass(frozen=True, slots=True)
class Gaming:
    """Whether answers or hints come too quickly to be read, and how many of each in a row."""

    found: bool
    quick_answers: int
    quick_hints: int


@dataclass(frozen=True, slots=True)
class Avoiding:
    """Whether help is left untouched in a long struggle: tries that were not right, and s."""

    found: bool
    tries: int
    struggle_s: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """Whether nothing was done on an open question for long, and for how many s."""

    found: bool
    since_s: float


@dataclass(frozen=True, slots=True)
class Well:
    """Whether it goes well on a Skill, and how many of the last `LAST` first tries were right."""

    found: bool
    right_of_last: int


def spinning(right: Sequence[bool]) -> Spinning:
    """Find wheel-spinning: `OPPORTUNITIES` without `IN_A_ROW` right ones in a row.

    Parameters
    ----------
    right
        First tries on one Skill, oldest first, one a question.

    References
    ----------
    Beck & Gong 2013, "Wheel-spinning: students who fail to master a skill", AIED: mastery is three
    right in a row, and who has not reached it by the tenth opportunity seldom does.
    """
    longest = max((len(list(run)) for correct, run in groupby(right) if correct), default=0)
    found = len(right) >= OPPORTUNITIES and longest < IN_A_ROW
    return Spinning(found, len(right), longest)


def gaming(answer_s: Sequence[float], hint_s: Sequence[float]) -> Gaming:
    """Find answers given, or hints clicked through, too quickly to be read.

    Parameters
    ----------
    answer_s
        Seconds from the question, or the try before, to each answer, oldest first.
    hint_s
        Seconds that each hint was open before the next hint or answer, oldest first.

    References
    ----------
    Baker, Corbett, Koedinger & Wagner 2004, "Off-task behavior in the cognitive tutor classroom",
    CHI: systematic guessing and quick, repeated asking for hints. The limits in seconds are ours.
    """
    answers, hints = _at_the_end(answer_s, QUICK_ANSWER_S), _at_the_end(hint_s, QUICK_HINT_S)
    return Gaming(answers >= QUICK_ANSWERS or hints >= QUICK_HINTS, answers, hints)


def avoiding_help(
    right: Sequence[bool], times: Sequence[float], hints_opened: int, hints_available: int
) -> Avoiding:
    """Find a long struggle on one question whose hints were there and left unopened.

    Parameters
    ----------
    right, times
        Tries on the question, oldest first, and when each was given, s since it was opened.
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
    for a hint; trying on is "help avoidance". The limits are ours.
    """
    if len(right) != len(times):
        raise ValueError(f"times: expected one a try ({len(right)}), got {len(times)}")
    tries = sum(1 for _ in takewhile(lambda correct: not correct, reversed(right)))
    struggle_s = times[-1] - (times[-1 - tries] if tries < len(right) else 0.0) if tries else 0.0
    long = tries >= STRUGGLE_TRIES and struggle_s >= STRUGGLE_S
    return Avoiding(long and hints_available > 0 and hints_opened == 0, tries, struggle_s)


def stopped(last_act: float | None, opened: float, now: float) -> Stopped:
    """Find that nothing was done on an open question for `STOPPED_S`.

    Parameters
    ----------
    last_act
        When the Learner last did anything, s; None where nothing was done yet.
    opened, now
        When the question was opened, and now, s on the same clock.

    References
    ----------
    Holstein, McLaren & Aleven 2019: "stopped", no action for two minutes.
    """
    since_s = now - max(opened, opened if last_act is None else last_act)
    return Stopped(since_s >= STOPPED_S, since_s)


def doing_well(right: Sequence[bool], hints_used: Sequence[int]) -> Well:
    """Find that the last `LAST` first tries on a Skill were right but for one, without hints.

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
    return Well(found, count)


def _at_the_end(seconds: Sequence[float], limit_s: float) -> int:
    """Return how many of the last in a row took less than the limit."""
    return sum(1 for _ in takewhile(lambda took: took < limit_s, reversed(seconds)))
