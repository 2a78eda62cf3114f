"""Comparison of a challenger with the Predictor in use, and with Learners' self-reports.

It reads under live Permits of Learners who allow research, and is shown from the floor up. It
covers real people where there are enough, else simulated ones, never both together.
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
from estimates.inference.affect import Guess, SealedEstimate
from estimates.models import AffectEstimate, Predictor, ShadowEstimate
from estimates.registry.predictors import LABELS, LEVEL_KINDS
from estimates.self_reports import OpenedReport
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

LOOK_BACK: Final = timedelta(days=30)
MAX_ROWS: Final = 2000
BINS: Final = 5
SEED: Final = 20
SCOPES: Final = [scope(name, purpose) for name in STREAMS for purpose in ("adapt", "research")]


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """A group of estimates of similar confidence, in percent: confidence, accuracy, number."""

    said: int
    right: int
    n: int


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """The comparison. `few` = the floor, where nothing may be shown.

    `share` in percent: same label, where neither abstained; `kappa`: agreement beyond chance.
    `unsure` = how often each abstained.
    """

    simulated: bool = False
    few: int = 0
    people: int = 0
    moments: int = 0
    share: int | None = None
    kappa: RaterAgreement | None = None
    unsure: tuple[int, int] = (0, 0)
    reports: int = 0
    bins: tuple[ConfidenceBin, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """One moment: the Learner, the challenger's estimate, and that of the Predictor in use."""

    person: User
    sitting: UUID
    cut: int
    ours: Guess
    theirs: Guess


def compare(challenger: Predictor, champion: Predictor, *, now: datetime) -> ModelComparison:
    """Compare over the last thirty days, where the gate still allows research to read."""
    profile = profiles.current(now=now)
    if profile is None:
        return ModelComparison(few=1)
    pairs = list(_pairs(challenger, champion, now))
    real = [pair for pair in pairs if not pair.person.simulated]
    if len({pair.person for pair in real}) >= profile.floor_people:
        return _summarise(real, challenger.kind, now)
    made_up = [pair for pair in pairs if pair.person.simulated]
    if len({pair.person for pair in made_up}) >= profile.floor_simulated:
        return _summarise(made_up, challenger.kind, now)
    return ModelComparison(few=profile.floor_people)


def _pairs(challenger: Predictor, champion: Predictor, now: datetime) -> Iterator[_Pair]:
    found = ShadowEstimate.objects.filter(predictor=challenger, made_at__gt=now - LOOK_BACK)
    rows = list(found.select_related("learner").order_by("-made_at")[:MAX_ROWS])
    in_use = AffectEstimate.objects.filter(
        predictor=champion, sitting__in={row.sitting_id for row in rows}
    )
    theirs = {(row.sitting_id, row.cut): row for row in in_use}
    every = gate.permits_of_people({row.learner.code for row in rows}, SCOPES, now=now)
    for row in rows:
        other, permits = theirs.get((row.sitting_id, row.cut)), every[row.learner.code].granted
        if other is not None and _lets_research(other, permits):
            try:
                pair = shadow_estimates.read(row, permits), affect.read(other, permits)
            except (KeyError, KeyDestroyed):
                continue
            yield _Pair(row.learner, row.sitting_id, row.cut, *pair)


def _lets_research(row: SealedEstimate, permits: Mapping[str, Permit]) -> bool:
    """Return whether research may read every Stream that this was made from."""
    return all(f"{each.partition(':')[0]}:research" in permits for each in row.scopes)


def _summarise(pairs: Sequence[_Pair], kind: str, now: datetime) -> ModelComparison:
    words: dict[str, int] = {}
    ratings = np.array(
        [[_code(guess, kind, words) for guess in (p.ours, p.theirs)] for p in pairs], np.int64
    ).T
    order = {person: n for n, person in enumerate({pair.person for pair in pairs})}
    people = np.array([order[pair.person] for pair in pairs], np.int64)
    both = (ratings != MISSING).all(0)
    counted, bins = _calibration(pairs, kind, now)
    return ModelComparison(
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
    """Return a number for the label; levels are each high or low and form one label together."""
    if guess.abstain:
        return MISSING
    said = guess.likeliest[0]
    if kind in LEVEL_KINDS:
        said = ",".join(name for name in sorted(guess.labels) if guess.labels[name][0] > 0.5)
    return words.setdefault(said, len(words))


def _calibration(
    pairs: Sequence[_Pair], kind: str, now: datetime
) -> tuple[int, tuple[ConfidenceBin, ...]]:
    """Return confidence and accuracy where the Learner made a report in that moment."""
    if kind in LEVEL_KINDS:
        return 0, ()
    codes = {pair.person.code for pair in pairs}
    answers = gate.permits_of_people(codes, ["course"], now=now)
    permits = [one for each in answers.values() for one in each.granted.values()]
    said = [
        one for own in self_reports.reports_by(permits, now - LOOK_BACK).values() for one in own
    ]
    found = list(_match_reports(pairs, said, LABELS[kind]))
    return len(found), _build_bins(found)


def _match_reports(
    pairs: Sequence[_Pair], said: Sequence[OpenedReport], labels: Collection[str]
) -> Iterator[tuple[float, bool]]:
    at = {(pair.sitting, pair.cut): pair.ours for pair in pairs if not pair.ours.abstain}
    for one in said:
        cut = int(one.t // HOP_S)
        guess = at.get((one.sitting, cut)) or at.get((one.sitting, cut + 1))
        label = one.label.upper()
        if guess is not None and label in labels:
            name = guess.likeliest[0]
            yield guess.labels[name][0], name == label


def _build_bins(found: Sequence[tuple[float, bool]]) -> tuple[ConfidenceBin, ...]:
    """Return groups of about equal size, in order of confidence."""
    ordered = np.array(sorted(found), float).reshape(-1, 2)
    parts = [part for part in np.array_split(ordered, BINS) if len(part)]
    return tuple(
        ConfidenceBin(_percent(p[:, 0].mean()), _percent(p[:, 1].mean()), len(p)) for p in parts
    )


def _percent(share: float | np.floating) -> int:
    return round(100 * float(share))
