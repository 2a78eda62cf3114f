"""When a skill is due again: FSRS's forgetting, folded over the answers, nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fsrs import Card, Rating, Scheduler

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
    card : Card
        FSRS's state after the last answer.
    """

    due: datetime
    last_right: datetime
    card: Card

    def strength(self, now: datetime) -> float:
        """Give the chance of remembering at `now`, 0 to 1."""
        return float(_SCHEDULER.get_card_retrievability(self.card, now.astimezone(UTC)))


def memory(answers: Sequence[Recall]) -> Memory | None:
    """Fold the answers on one skill, oldest first; None before the first right one.

    Notes
    -----
    FSRS-6 with its published parameters [1]_, none fitted here. Wrong is "again"; right after help
    or an earlier try is "hard"; right at once is "good". Answers before the first right one are
    learning and not remembering: the card begins with that one. Further answers of the same day
    are one sitting of practice, and of them only the first moves the card, a right one: ten right
    answers in an hour are not ten days of remembering.

    References
    ----------
    .. [1] J. Ye, "FSRS-6", open-spaced-repetition, https://github.com/open-spaced-repetition/fsrs4anki
    """
    begun = next((n for n, answer in enumerate(answers) if answer.correct), None)
    if begun is None:
        return None
    card = Card(card_id=0, due=answers[begun].at.astimezone(UTC))
    for answer in answers[begun:]:
        at = answer.at.astimezone(UTC)
        if answer.correct and card.last_review and at - card.last_review < timedelta(days=1):
            continue
        card, _ = _SCHEDULER.review_card(card, _rating(answer), at)
    return Memory(card.due, max(each.at for each in answers if each.correct), card)


def _rating(answer: Recall) -> Rating:
    if not answer.correct:
        return Rating.Again
    return Rating.Hard if answer.assisted else Rating.Good
