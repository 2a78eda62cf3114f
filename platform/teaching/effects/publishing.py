"""Publishing an effect of real people: once, after its last case, with noise (ADR 0041)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from emotion.evaluate.excursion import Effect
from teaching.picture.noise import QUANTILE_80, Noise, sticky
from teaching.picture.shares import STEP
from vault import keystore

PERCENT = 100


def month_after(at: datetime) -> datetime:
    """Return the first moment of the next month, which tells of no day."""
    local = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=32)).replace(day=1)


def draw_noise(name: str, people: Collection[int] = ()) -> Noise:
    """Return the noise of a figure about these people: the same each time it is asked for."""
    return sticky(keystore.picture_secret(), name, people)


def count_needed_decisions(planned: int, noise: Noise) -> int:
    """Return how many decisions there must be: one to `planned` more than planned, at random."""
    return planned + 1 + noise.draw_below("wait", planned)


def blur_effect(effect: Effect, learners: int, noise: Noise) -> tuple[Effect, int]:
    """Return the effect with noise, its range widened by it and rounded outward to fives, and the
    noisy number of learners."""
    people = max(1, round(learners + noise.people("n")))
    drawn, spread = noise.people("right") / people, QUANTILE_80 / people
    steps = PERCENT / STEP
    low = math.floor(steps * (effect.low + drawn - spread)) / steps
    high = math.ceil(steps * (effect.high + drawn + spread)) / steps
    return replace(effect, low=max(-1.0, low), high=min(1.0, high)), people
