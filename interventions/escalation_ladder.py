"""The escalation of help: heavier only after lighter help was used without success.

Eight steps: nothing, a cue that a hint exists, an offer, a hint, a worked step or the part of the
video that explains it, an easier question, a break, the teacher.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, Literal


class Step(IntEnum):
    """The steps of help, lightest first."""

    NOTHING = 0
    CUE = 1
    OFFER = 2
    HINT = 3
    SHOWN = 4
    EASIER = 5
    BREAK = 6
    TEACHER = 7


STEP_OF: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "hint": Step.HINT,
        "worked_step": Step.SHOWN,
        "jump_back": Step.SHOWN,
        "easier": Step.EASIER,
        "break": Step.BREAK,
        "ask_teacher": Step.TEACHER,
    }
)
# Outside the ladder: a break does not depend on hints, and the others inform or challenge.
ASIDE: Final = frozenset({"break", "harder", "challenge", "message", "adjust"})
QUIET_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class Offered:
    """Help that was offered about a Skill.

    Parameters
    ----------
    kind, outcome
        One of `rules.KINDS`, and its outcome; empty while unknown.
    here
        Whether it was about the current item.
    """

    kind: str
    outcome: Literal["", "shown", "accepted", "later", "never", "expired", "withdrawn"]
    here: bool


@dataclass(frozen=True, slots=True)
class Right:
    """A correct answer on the Skill."""


@dataclass(frozen=True, slots=True)
class Open:
    """The help that may come next: its form, and its kinds with the lightest first.

    ``form`` is ``OFFER``; ``CUE`` where offers were dismissed lately, so that only a sign shows
    that help exists; ``NOTHING`` where the Learner wants none for this item.
    """

    form: Step
    kinds: tuple[str, ...]


def following(
    history: Iterable[Offered | Right], have: Collection[str], *, spinning: bool = False
) -> Open:
    """Return which kinds of help may come next.

    Parameters
    ----------
    history
        The offers about this Skill and the correct answers on it, oldest first.
    have
        Kinds that are available here.
    spinning
        Whether the Learner has tried this Skill many times without mastering it. Every step is open
        then, because waiting for lighter help to be used would leave them alone.
    """
    past = list(history)
    if any(isinstance(row, Offered) and row.here and row.outcome == "never" for row in past):
        return Open(Step.NOTHING, ())
    top = Step.TEACHER if spinning else _height(past, have)
    kinds = [kind for kind in have if kind in ASIDE or STEP_OF.get(kind, Step.NOTHING) <= top]
    form = Step.CUE if _put_aside(past) >= QUIET_AFTER else Step.OFFER
    return Open(form, tuple(sorted(kinds, key=lambda kind: (STEP_OF.get(kind, 0), kind))))


def _height(past: Iterable[Offered | Right], have: Collection[str]) -> Step:
    """Return the highest open step.

    It is one above the help used last, and one lower for each correct answer. Steps without
    available help are skipped.
    """
    there = sorted({STEP_OF[kind] for kind in have if kind not in ASIDE})
    height = lowest = there[0] if there and there[0] <= Step.SHOWN else Step.HINT
    for row in past:
        if isinstance(row, Right):
            height = max([step for step in there if step < height], default=lowest)
        elif row.outcome == "accepted" and row.kind not in ASIDE:
            used = STEP_OF[row.kind]
            height = max(height, min([step for step in there if step > used], default=used))
    return max(height, lowest)


def _put_aside(past: Iterable[Offered | Right]) -> int:
    """Count the offers dismissed in a row up to now; an accepted one resets the count."""
    count = 0
    for row in past:
        if isinstance(row, Offered) and row.outcome in ("later", "never", "accepted"):
            count = 0 if row.outcome == "accepted" else count + 1
    return count
