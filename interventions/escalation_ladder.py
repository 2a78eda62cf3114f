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


class HelpStep(IntEnum):
    """The steps of help, lightest first."""

    NOTHING = 0
    CUE = 1
    OFFER = 2
    HINT = 3
    EXPLANATION = 4
    EASIER = 5
    BREAK = 6
    TEACHER = 7


STEP_OF: Final[Mapping[str, HelpStep]] = MappingProxyType(
    {
        "hint": HelpStep.HINT,
        "worked_step": HelpStep.EXPLANATION,
        "jump_back": HelpStep.EXPLANATION,
        "easier": HelpStep.EASIER,
        "break": HelpStep.BREAK,
        "ask_teacher": HelpStep.TEACHER,
    }
)
# Outside the ladder: a break does not depend on hints, and the others inform or challenge.
OUTSIDE_LADDER: Final = frozenset({"break", "harder", "challenge", "message", "adjust"})
CUE_AFTER_DISMISSALS: Final = 2


@dataclass(frozen=True, slots=True)
class PastOffer:
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
class CorrectAnswer:
    """A correct answer on the Skill."""


@dataclass(frozen=True, slots=True)
class OpenHelp:
    """The help that may come next: its form, and its kinds with the lightest first.

    ``form`` is ``OFFER``; ``CUE`` where offers were dismissed lately, so that only a sign shows
    that help exists; ``NOTHING`` where the Learner wants none for this item.
    """

    form: HelpStep
    kinds: tuple[str, ...]


def find_open_help(
    history: Iterable[PastOffer | CorrectAnswer], have: Collection[str], *, spinning: bool = False
) -> OpenHelp:
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
    if any(isinstance(row, PastOffer) and row.here and row.outcome == "never" for row in past):
        return OpenHelp(HelpStep.NOTHING, ())
    top = HelpStep.TEACHER if spinning else _highest_open_step(past, have)
    kinds = [
        kind
        for kind in have
        if kind in OUTSIDE_LADDER or STEP_OF.get(kind, HelpStep.NOTHING) <= top
    ]
    form = HelpStep.CUE if _count_dismissals(past) >= CUE_AFTER_DISMISSALS else HelpStep.OFFER
    return OpenHelp(form, tuple(sorted(kinds, key=lambda kind: (STEP_OF.get(kind, 0), kind))))


def _highest_open_step(
    past: Iterable[PastOffer | CorrectAnswer], have: Collection[str]
) -> HelpStep:
    """Return the highest open step.

    It is one above the help used last, and one lower for each correct answer. Steps without
    available help are skipped.
    """
    there = sorted({STEP_OF[kind] for kind in have if kind not in OUTSIDE_LADDER})
    height = lowest = there[0] if there and there[0] <= HelpStep.EXPLANATION else HelpStep.HINT
    for row in past:
        if isinstance(row, CorrectAnswer):
            height = max([step for step in there if step < height], default=lowest)
        elif row.outcome == "accepted" and row.kind not in OUTSIDE_LADDER:
            used = STEP_OF[row.kind]
            height = max(height, min([step for step in there if step > used], default=used))
    return max(height, lowest)


def _count_dismissals(past: Iterable[PastOffer | CorrectAnswer]) -> int:
    """Count the offers dismissed in a row up to now; an accepted one resets the count."""
    count = 0
    for row in past:
        if isinstance(row, PastOffer) and row.outcome in ("later", "never", "accepted"):
            count = 0 if row.outcome == "accepted" else count + 1
    return count
