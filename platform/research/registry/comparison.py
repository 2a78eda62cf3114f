"""What a challenger said beside what is in use, and beside what people said of themselves.

Read under live Permits of those who let research look, and told from the floor on: real people
where there are enough, else simulated ones, never both together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from accounts.models import User
from consent.legal_profiles import profiles
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import STREAMS, scope
from emotion.evaluation.metrics.interrater_agreement import (
    MISSING,
    RaterAgreement,
    measure_agreement,
)
from estimates import self_reports
from estimates.inference import affect, shadow_estimates
from estimates.inference.affect import Guess, Kept
from estimates.models import AffectEstimate, Predictor, ShadowEstimate
from estimates.registry.predictors import LABELS, LEVEL_KINDS
from estimates.self_reports import Said
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

BACK: Final = timedelta(days=30)
MOST: Final = 2000
BINS: Final = 5
SEED: Final = 20
SCOPES: Final = [scope(name, purpose) for name in STREAMS for purpose in ("adapt", "research")]


@dataclass(frozen=True, slots=True)
class Bin:
    """Of guesses that were about so sure, in percent: how sure, how often right, how many."""

    said: int
    right: int
    n: int


@dataclass(frozen=True, slots=True)
class Compared:
    """`few` = the floor, where nothing may be told. `share` in percent: both said the same, where
    neither was unsure; `kappa` the same beyond chance. `unsure` = how often each was not sure."""

    simulated: bool = False
    few: int = 0
    people: int = 0
    moments: int = 0
    share: int | None = None
    kappa: RaterAgreement | None = None
    unsure: tuple[int, int] = (0, 0)
    reports: int = 0
    bins: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """One moment: whose, what the challenger guessed, what is in use guessed."""

    person: User
    sitting: UUID
    cut: int
    ours: Guess
    theirs: Guess


def compared(challenger: Predictor, champion: Predictor, *, now: datetime) -> Compared:
    """Of the last thirty days, as far as the gate still lets research read them."""
    profile = profiles.current(now=now)
    if profile is None:
        return Compared(few=1)
    pairs = list(_pairs(challenger, champion, now))
    real = [pair for pair in pairs if not pair.person.simulated]
    if len({pair.person for pair in real}) >= profile.floor_people:
        return _told(real, challenger.kind, now)
    made_up = [pair for pair in pairs if pair.person.simulated]
    if len({pair.person for pair in made_up}) >= profile.floor_simulated:
        return _told(made_up, challenger.kind, now)
    return Compared(few=profile.floor_people)


def _pairs(challenger: Predictor, champion: Predictor, now: datetime) -> Iterator[_Pair]:
    found = ShadowEstimate.objects.filter(predictor=challenger, made_at__gt=now - BACK)
    rows = list(found.select_related("learner").order_by("-made_at")[:MOST])
    beside = AffectEstimate.objects.filter(
        predictor=champion, sitting__in={row.sitting_id for row in rows}
    )
    theirs = {(row.sitting_id, row.cut): row for row in beside}
    every = gate.permits_of({row.learner.code for row in rows}, SCOPES, now=now)
    for row in rows:
        other, permits = theirs.get((row.sitting_id, row.cut)), every[row.learner.code].granted
        if other is not None and _lets_research(other, permits):
            try:
                pair = shadow_estimates.read(row, permits), affect.read(other, permits)
            except (KeyError, KeyDestroyed):
                continue
            yield _Pair(row.learner, row.sitting_id, row.cut, *pair)


def _lets_research(row: Kept, permits: Mapping[str, Permit]) -> bool:
    """Whether research may read every Stream that this was made from."""
    return all(f"{each.partition(':')[0]}:research" in permits for each in row.scopes)


def _told(pairs: Sequence[_Pair], kind: str, now: datetime) -> Compared:
    words: dict[str, int] = {}
    ratings = np.array(
        [[_code(guess, kind, words) for guess in (p.ours, p.theirs)] for p in pairs], np.int64
    ).T
    order = {person: n for n, person in enumerate({pair.person for pair in pairs})}
    people = np.array([order[pair.person] for pair in pairs], np.int64)
    both = (ratings != MISSING).all(0)
    counted, bins = _calibration(pairs, kind, now)
    return Compared(
        simulated=pairs[0].person.simulated,
        people=len(order),
        moments=len(pairs),
        share=_percent((ratings[0] == ratings[1])[both].mean()) if both.any() else None,
        kappa=measure_agreement(ratings, people, rng=np.random.default_rng(SEED)),
        unsure=(_percent((ratings[0] == MISSING).mean()), _percent((ratings[1] == MISSING).mean())),
        reports=counted,
        bins=bins,
    )


def _code(guess: Guess, kind: str, words: dict[str, int]) -> int:
    """A number for what was said; levels are each high or low, so they are one word together."""
    if guess.abstain:
        return MISSING
    said = guess.likeliest[0]
    if kind in LEVEL_KINDS:
        said = ",".join(name for name in sorted(guess.labels) if guess.labels[name][0] > 0.5)
    return words.setdefault(said, len(words))


def _calibration(pairs: Sequence[_Pair], kind: str, now: datetime) -> tuple[int, tuple[Bin, ...]]:
    """How sure it was and how often right, where somebody said in that very moment how it was."""
    if kind in LEVEL_KINDS:
        return 0, ()
    codes = {pair.person.code for pair in pairs}
    answers = gate.permits_of(codes, ["course"], now=now)
    permits = [one for each in answers.values() for one in each.granted.values()]
    said = [one for own in self_reports.said_by(permits, now - BACK).values() for one in own]
    found = list(_matched(pairs, said, LABELS[kind]))
    return len(found), _bins(found)


def _matched(
    pairs: Sequence[_Pair], said: Sequence[Said], labels: Collection[str]
) -> Iterator[tuple[float, bool]]:
    at = {(pair.sitting, pair.cut): pair.ours for pair in pairs if not pair.ours.abstain}
    for one in said:
        cut = int(one.t // HOP_S)
        guess = at.get((one.sitting, cut)) or at.get((one.sitting, cut + 1))
        label = one.label.upper()
        if guess is not None and label in labels:
            name = guess.likeliest[0]
            yield guess.labels[name][0], name == label


def _bins(found: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Of about as many guesses each, from the least sure to the surest."""
    ordered = np.array(sorted(found), float).reshape(-1, 2)
    parts = [part for part in np.array_split(ordered, BINS) if len(part)]
    return tuple(Bin(_percent(p[:, 0].mean()), _percent(p[:, 1].mean()), len(p)) for p in parts)


def _percent(share: float | np.floating) -> int:
    return round(100 * float(share))
