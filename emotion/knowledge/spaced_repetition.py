"""Review dates of a skill by FSRS's model of forgetting, updated answer by answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from fsrs import Card, Rating, Scheduler, State

# Whole days only: a course schedules a review for another day, not ten minutes later.
_SCHEDULER: Final = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


@dataclass(frozen=True, slots=True)
class Recall:
    """One answer on a skill: its time, whether right, and whether after help or an earlier try."""

    at: datetime
    correct: bool
    assisted: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory state of one skill.

    Attributes
    ----------
    due : datetime
        When the probability of recall will have fallen to nine in ten.
    last_right : datetime
        Of the latest right answer.
    reviewed : datetime
        Of the latest answer that changed the state.
    stability : float
        Days in which the probability of recall falls to nine in ten.
    difficulty : float
        FSRS's, 1 to 10.
    """

    due: datetime
    last_right: datetime
    reviewed: datetime
    stability: float
    difficulty: float

    def strength(self, now: datetime) -> float:
        """Return the probability of recall at `now`, 0 to 1."""
        return float(_SCHEDULER.get_card_retrievability(_make_card(self), now.astimezone(UTC)))


def update(memory: Memory | None, answer: Recall) -> Memory | None:
    """Update the memory with the next answer on a skill; None before the first right one.

    Notes
    -----
    FSRS-6 with its published parameters [1]_, none fitted here. Wrong is "again"; right after help
    or an earlier try is "hard"; right at once is "good". Answers before the first right one are
    learning, not recall: the card begins with that one. Answers of one day are one practice
    session. Of these only the first right one changes the card: ten right answers in an hour are
    not ten days of recall. An answer older than the last one changes nothing.

    References
    ----------
    .. [1] J. Ye, "FSRS-6", open-spaced-repetition,
    https://github.com/open-spaced-repetition/fsrs4anki
    """
    at = answer.at.astimezone(UTC)
    if memory is None:
        return _review(Card(card_id=0, due=at), answer, last_right=at) if answer.correct else None
    last_right = max(at, memory.last_right) if answer.correct else memory.last_right
    since = at - memory.reviewed
    if since < timedelta(days=1 if answer.correct else 0):
        return replace(memory, last_right=last_right)
    return _review(_make_card(memory), answer, last_right=last_right)


def _review(card: Card, answer: Recall, *, last_right: datetime) -> Memory:
    at = answer.at.astimezone(UTC)
    moved, _ = _SCHEDULER.review_card(card, _rate(answer), at)
    if moved.stability is None or moved.difficulty is None:
        raise RuntimeError("expected FSRS to know a card once it was reviewed")
    return Memory(moved.due, last_right, at, moved.stability, moved.difficulty)


def _make_card(memory: Memory) -> Card:
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.reviewed,
    )


def _rate(answer: Recall) -> Rating:
    if not answer.correct:
        return Rating.Again
    return Rating.Hard if answer.assisted else Rating.Good
