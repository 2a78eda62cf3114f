"""When a skill is due again: FSRS's forgetting, one answer after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from fsrs import Card, Rating, Scheduler, State

# Whole days alone: a course asks for a review on another day, not ten minutes later.
_SCHEDULER: Final = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


@dataclass(frozen=True, slots=True)
class Recall:
    """One answer on a skill: when, whether right, and whether after help or an earlier try."""

    at: datetime
    correct: bool
    assisted: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What the answers on one skill say about remembering it.

    Attributes
    ----------
    due : datetime
        When the chance of remembering will have sunk to nine in ten.
    last_right : datetime
        Of the latest right answer.
    reviewed : datetime
        Of the latest answer that moved what follows.
    stability : float
        Days in which the chance of remembering sinks to nine in ten.
    difficulty : float
        FSRS's, 1 to 10.
    """

    due: datetime
    last_right: datetime
    reviewed: datetime
    stability: float
    difficulty: float

    def strength(self, now: datetime) -> float:
        """Give the chance of remembering at `now`, 0 to 1."""
        return float(_SCHEDULER.get_card_retrievability(_card(self), now.astimezone(UTC)))


def after(memory: Memory | None, answer: Recall) -> Memory | None:
    """Take in the next answer on one skill; None before the first right one.

    Notes
    -----
    FSRS-6 with its published parameters [1]_, none fitted here. Wrong is "again"; right after help
    or an earlier try is "hard"; right at once is "good". Answers before the first right one are
    learning and not remembering: the card begins with that one. Further answers of the same day
    are one sitting of practice, and of them only the first moves the card, a right one: ten right
    answers in an hour are not ten days of remembering. Nor does one that is older than the last.

    References
    ----------
    .. [1] J. Ye, "FSRS-6", open-spaced-repetition, https://github.com/open-spaced-repetition/fsrs4anki
    """
    at = answer.at.astimezone(UTC)
    if memory is None:
        return _reviewed(Card(card_id=0, due=at), answer, last_right=at) if answer.correct else None
    last_right = max(at, memory.last_right) if answer.correct else memory.last_right
    since = at - memory.reviewed
    if since < timedelta(days=1 if answer.correct else 0):
        return replace(memory, last_right=last_right)
    return _reviewed(_card(memory), answer, last_right=last_right)


def _reviewed(card: Card, answer: Recall, *, last_right: datetime) -> Memory:
    at = answer.at.astimezone(UTC)
    moved, _ = _SCHEDULER.review_card(card, _rating(answer), at)
    if moved.stability is None or moved.difficulty is None:
        raise RuntimeError("expected FSRS to know a card once it was reviewed")
    return Memory(moved.due, last_right, at, moved.stability, moved.difficulty)


def _card(memory: Memory) -> Card:
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.reviewed,
    )


def _rating(answer: Recall) -> Rating:
    if not answer.correct:
        return Rating.Again
    return Rating.Hard if answer.assisted else Rating.Good
