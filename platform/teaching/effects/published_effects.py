"""Publish an effect of real people once: after its last case, with noise (ADR 0041).

It is stored. Computing it again after a learner objects would reveal that they were in it, and
noise that is drawn again averages out.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from courses.models import Course
from emotion.evaluation.statistics.causal_excursion_effect import Effect
from estimates.group_figures import disclosure
from estimates.group_figures.noise import QUANTILE_80, Noise, sticky_noise
from estimates.group_figures.proportions import STEP
from estimates.models.group_figures import TEACH
from teaching.effects.models import PublishedEffect
from vault import site_keys

PERCENT = 100
# The most that one person moves an effect, as a multiple of what they move in a picture. EVEN is
# for decisions with even odds, LEANING for odds down to 1 in 5.
EVEN: Final = 1.1
LEANING: Final = 3.0


@dataclass(frozen=True, slots=True)
class BlurredEffect:
    """The noisy interval of an effect, -1 to 1, and the noisy number of its people."""

    low: float
    high: float
    people: int


def month_after(at: datetime) -> datetime:
    """Return the start of the next month, so that the time reveals no day."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def draw_noise(name: str, people: Collection[int] = ()) -> Noise:
    """Return the noise of a figure about these people; the same on every call."""
    return sticky_noise(site_keys.picture_secret(), name, people)


def count_needed_decisions(planned: int, noise: Noise) -> int:
    """Return the number of decisions needed: 1 to `planned` more than planned, at random."""
    return planned + 1 + noise.draw_below("wait", planned)


def blur_effect(effect: Effect, learners: int, noise: Noise, *, reach: float) -> BlurredEffect:
    """Return the effect with noise, its interval widened by it and rounded outward to fives.

    `reach`: how far one person moves it, EVEN or LEANING.
    """
    people = max(1, round(learners + noise.people("n")))
    drawn, spread = reach * noise.people("right") / people, reach * QUANTILE_80 / people
    steps = PERCENT / STEP
    low = math.floor(steps * (effect.low + drawn - spread)) / steps
    high = math.ceil(steps * (effect.high + drawn + spread)) / steps
    return BlurredEffect(min(1.0, max(-1.0, low)), max(-1.0, min(1.0, high)), people)


def store_effect(
    course: Course, trial: UUID, found: BlurredEffect | None, *, biometric: bool, now: datetime
) -> None:
    """Store the published effect of a trial, or that it has none; a stored row never changes."""
    range_ = {} if found is None else {"low": found.low, "high": found.high, "people": found.people}
    PublishedEffect.objects.get_or_create(
        trial=trial, defaults={"course": course, "biometric": biometric, "at": now, **range_}
    )


def load_effects(course: Course) -> dict[UUID, BlurredEffect]:
    """Return the published effects by trial that the current legal profile allows to show."""
    rows = list(PublishedEffect.objects.filter(course=course))
    floor = disclosure.current_floor(TEACH) if rows else None
    if floor is None:
        return {}
    return {
        row.trial: BlurredEffect(row.low, row.high, row.people)
        for row in rows
        if row.low is not None and row.high is not None and row.people is not None
        if row.people >= (floor.biometric if row.biometric else floor.people)
    }


def list_decided_trials() -> QuerySet[PublishedEffect, UUID]:
    """Return the codes of trials whose publication is already decided."""
    return PublishedEffect.objects.values_list("trial", flat=True)
