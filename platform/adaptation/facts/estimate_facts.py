"""Stored Estimates as Facts, with their range, how long they have lasted, and their scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db import connection

from adaptation.facts.sitting_facts import AFFECTS, unknown_estimates
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ProfileError
from consent.permits.gate import Permit
from emotion.labels import ENGAGED, PAPER_1
from estimates.inference import affect
from estimates.inference.affect import Guess, Range, StoredEstimate
from estimates.registry.predictors import SHOWN_KIND
from interventions.facts import UNKNOWN, Fact, Origin
from telemetry.models import Sitting
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

LOOK_BACK = 12


@dataclass(frozen=True, slots=True)
class SecondarySource:
    """The label of a signal, and the Predictor kinds that give it: the preferred one first."""

    label: str
    kinds: tuple[str, ...]


# Signals of the Predictors next to the shown one. Those trained on people come first.
SECONDARY_SIGNALS = {
    "valence": SecondarySource("VALENCE", ("mvp",)),
    "arousal": SecondarySource("AROUSAL", ("arousal", "mvp")),
    **{f"foursub_{label.lower()}": SecondarySource(label, ("foursub",)) for label in PAPER_1},
}
SIGNAL_KINDS = frozenset(kind for source in SECONDARY_SIGNALS.values() for kind in source.kinds)
# How much older than its own hop a secondary estimate may be.
GRACE_S = 10
RECENT_SQL = """
WITH by AS MATERIALIZED (
  SELECT id, kind, digest, origin, active, (card->>'hop_s')::float8 AS hop_s
  FROM estimates_predictor WHERE kind = ANY(%s))
SELECT w.place, e.id, e.cut, e.status, e.scopes, e.epochs, e.sealed,
  by.kind, by.digest, by.origin, by.active, coalesce(by.hop_s, %s)
FROM unnest(%s::uuid[], %s::int[]) WITH ORDINALITY AS w(sitting, cut, place)
JOIN estimates_affectestimate e
  ON e.sitting = w.sitting AND e.cut <= w.cut AND e.cut >= w.cut - %s
JOIN by ON by.id = e.predictor
ORDER BY e.cut
"""
KINDS = [SHOWN_KIND, *sorted(SIGNAL_KINDS)]


def rules_use(now: datetime) -> str:
    """Return what rules may do with estimates here: yes, log_only or self_report_only.

    The last is also the answer if no legal profile is set or it cannot be read.
    """
    try:
        profile = profiles.current(now=now)
    except ProfileError:
        profile = None
    return profile.rules_use if profile else "self_report_only"


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """A cut of a Sitting, its shown Estimate if any, and the Permits for earlier ones."""

    sitting: Sitting
    cut: int
    permits: Mapping[str, Permit]
    made: StoredEstimate | None


class RecentEstimate(NamedTuple):
    """A stored Estimate, still sealed, and what made it; `hop_s` = from one to the next, s."""

    id: UUID
    cut: int
    status: str
    scopes: Sequence[str]
    epochs: Sequence[int]
    sealed: bytes
    kind: str
    digest: str
    origin: str
    active: bool
    hop_s: float


def load_recent(moments: Sequence[ShownMoment]) -> list[list[RecentEstimate]]:
    """Return the Estimates of each last minute, in order: the shown and the secondary ones."""
    columns = moment_columns(moments)
    found: list[list[RecentEstimate]] = [[] for _ in moments]
    with connection.cursor() as cursor:
        cursor.execute(RECENT_SQL, [KINDS, HOP_S, *columns, LOOK_BACK])
        for place, *row in cursor.fetchall():
            found[place - 1].append(RecentEstimate(*row))
    return found


def moment_columns(moments: Sequence[ShownMoment]) -> list[list[Any]]:
    """Return the Sittings and the cuts of the moments, as arrays for a statement."""
    return [[each.sitting.id for each in moments], [each.cut for each in moments]]


def affect_facts(moment: ShownMoment, before: Iterable[RecentEstimate]) -> dict[str, Fact]:
    """Return each affect signal, given the Estimates of the minute before.

    Unknown where nothing was sensed or the Predictor abstained.
    """
    estimate = moment.made
    if estimate is None:
        return unknown_estimates()
    guess = estimate.guess
    if guess.abstain:
        unsure = Fact(UNKNOWN, source="sensed", quality=guess.quality, absence="unsure")
        return dict.fromkeys((*AFFECTS, "engaged"), unsure)
    since = _seconds_unchanged(estimate, before, moment.permits)
    given = {
        label.lower(): estimate_fact(guess, [label], since, estimate.origin)
        for label in guess.labels
    }
    engaged = [label for label in guess.labels if label in ENGAGED]
    return {
        **unknown_estimates(),
        **given,
        "engaged": estimate_fact(guess, engaged, 0.0, estimate.origin),
    }


def secondary_facts(moment: ShownMoment, before: Sequence[RecentEstimate]) -> dict[str, Fact]:
    """Return the `SECONDARY_SIGNALS` as last given by the Predictors next to the shown one.

    Each has the origin of its Predictor; a signal without a recent Estimate is left out.
    """
    latest: dict[str, tuple[RecentEstimate, Guess]] = {}
    for row in reversed(before):
        if row.kind not in latest and _gives_signals(row, moment.cut):
            guess = _read(row, moment.permits)
            if guess:
                latest[row.kind] = (row, guess)
    found = {
        name: [latest[kind] for kind in source.kinds if kind in latest]
        for name, source in SECONDARY_SIGNALS.items()
    }
    return {
        name: _secondary_fact(given, SECONDARY_SIGNALS[name].label, moment.cut)
        for name, given in found.items()
        if given
    }


def _gives_signals(row: RecentEstimate, cut: int) -> bool:
    """Return whether the row is of a Predictor in use, and recent enough at this cut."""
    in_use = row.status in ("live", "abstained") and row.active and row.kind in SIGNAL_KINDS
    age = cut - row.cut
    return in_use and age < LOOK_BACK and age * HOP_S <= row.hop_s + GRACE_S


def _secondary_fact(given: list[tuple[RecentEstimate, Guess]], label: str, cut: int) -> Fact:
    """Return the first estimate of the label that is sure, else an unsure one."""
    for row, guess in given:
        if label in guess.labels:
            age_s = float((cut - row.cut) * HOP_S)
            return estimate_fact(guess, [label], age_s, row.origin)
    return Fact(UNKNOWN, source="sensed", quality=given[0][1].quality, absence="unsure")


def estimate_fact(guess: Guess, labels: list[str], since: float, origin: str) -> Fact:
    best, low, high = _sum_range(guess, labels)
    return Fact(
        min(1.0, best),
        since,
        "sensed",
        guess.quality,
        tuple(guess.scopes),
        min(1.0, low),
        min(1.0, high),
        origin=cast("Origin", origin),
    )


def _sum_range(guess: Guess, labels: list[str]) -> Range:
    """Return the range of the summed probability of these labels."""
    if len(labels) == 1:
        return guess.labels[labels[0]]
    best, low, high = (sum(guess.labels[label][part] for label in labels) for part in range(3))
    return best, low, high


def _seconds_unchanged(
    made: StoredEstimate, rows: Iterable[RecentEstimate], permits: Mapping[str, Permit]
) -> float:
    """Return the seconds for which the same label has ranked first in the Windows before."""
    top = _top_label(made.guess)
    before = {row.cut: row for row in rows if row.cut < made.cut and row.digest == made.digest}
    cut = made.cut - 1
    while cut in before and _has_same_top(before[cut], top, permits):
        cut -= 1
    return (made.cut - 1 - cut) * HOP_S


def _has_same_top(row: RecentEstimate, top: str, permits: Mapping[str, Permit]) -> bool:
    guess = _read(row, permits)
    if guess is None:
        return False
    return row.status == "live" and not guess.abstain and _top_label(guess) == top


def _read(row: RecentEstimate, permits: Mapping[str, Permit]) -> Guess | None:
    try:
        return affect.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None


def _top_label(guess: Guess) -> str:
    return max(guess.labels, key=lambda label: guess.labels[label][0])
