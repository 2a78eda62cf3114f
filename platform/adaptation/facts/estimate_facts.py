"""Stored Estimates as Facts, with their range, how long they have lasted, and their scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from adaptation.facts.sitting_facts import AFFECTS, unknown_estimates
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ProfileError
from consent.permits.gate import Permit
from emotion.labels import ENGAGED, PAPER_1
from estimates.inference import affect
from estimates.inference.affect import Guess, Range, StoredEstimate
from estimates.models import AffectEstimate
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
SELECT e.* FROM unnest(%s::uuid[], %s::int[]) AS w(sitting, cut)
JOIN estimates_affectestimate e
  ON e.sitting = w.sitting AND e.cut <= w.cut AND e.cut >= w.cut - %s
JOIN estimates_predictor p ON p.id = e.predictor AND p.kind = ANY(%s)
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


def load_recent(moments: Sequence[ShownMoment]) -> list[list[AffectEstimate]]:
    """Return the Estimates of each last minute, in order: the shown and the secondary ones."""
    columns = [[each.sitting.id for each in moments], [each.cut for each in moments]]
    by_sitting = {each.sitting.id: n for n, each in enumerate(moments)}
    found: list[list[AffectEstimate]] = [[] for _ in moments]
    rows = AffectEstimate.objects.raw(RECENT_SQL, [*columns, LOOK_BACK, KINDS])
    for row in rows.prefetch_related("predictor"):
        found[by_sitting[row.sitting_id]].append(row)
    return found


def affect_facts(moment: ShownMoment, before: Iterable[AffectEstimate]) -> dict[str, Fact]:
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


def secondary_facts(moment: ShownMoment, before: Iterable[AffectEstimate]) -> dict[str, Fact]:
    """Return the `SECONDARY_SIGNALS` as last given by the Predictors next to the shown one.

    Each has the origin of its Predictor; a signal without a recent Estimate is left out.
    """
    latest: dict[str, tuple[AffectEstimate, Guess]] = {}
    for row in before:
        if not _gives_signals(row) or row.cut <= moment.cut - LOOK_BACK:
            continue
        guess = _read(row, moment.permits)
        hop_s = float(row.predictor.card.get("hop_s", HOP_S))
        if guess and (moment.cut - row.cut) * HOP_S <= hop_s + GRACE_S:
            latest[row.predictor.kind] = (row, guess)
    found = {
        name: [latest[kind] for kind in source.kinds if kind in latest]
        for name, source in SECONDARY_SIGNALS.items()
    }
    return {
        name: _secondary_fact(given, SECONDARY_SIGNALS[name].label, moment.cut)
        for name, given in found.items()
        if given
    }


def _gives_signals(row: AffectEstimate) -> bool:
    by = row.predictor
    return row.status in ("live", "abstained") and by.active and by.kind in SIGNAL_KINDS


def _secondary_fact(given: list[tuple[AffectEstimate, Guess]], label: str, cut: int) -> Fact:
    """Return the first estimate of the label that is sure, else an unsure one."""
    for row, guess in given:
        if label in guess.labels:
            age_s = float((cut - row.cut) * HOP_S)
            return estimate_fact(guess, [label], age_s, row.predictor.origin)
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
    made: StoredEstimate, rows: Iterable[AffectEstimate], permits: Mapping[str, Permit]
) -> float:
    """Return the seconds for which the same label has ranked first in the Windows before."""
    top = _top_label(made.guess)
    before = {
        row.cut: row for row in rows if row.cut < made.cut and row.predictor.digest == made.digest
    }
    cut = made.cut - 1
    while cut in before and _has_same_top(before[cut], top, permits):
        cut -= 1
    return (made.cut - 1 - cut) * HOP_S


def _has_same_top(row: AffectEstimate, top: str, permits: Mapping[str, Permit]) -> bool:
    guess = _read(row, permits)
    if guess is None:
        return False
    return row.status == "live" and not guess.abstain and _top_label(guess) == top


def _read(row: AffectEstimate, permits: Mapping[str, Permit]) -> Guess | None:
    try:
        return affect.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None


def _top_label(guess: Guess) -> str:
    return max(guess.labels, key=lambda label: guess.labels[label][0])
