"""From estimated Windows to the cases that rules decide, with one query of each kind for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adaptation.decide_intervention import WindowCase
from adaptation.facts import (
    anomaly_facts,
    behaviour_facts,
    course_records,
    estimate_facts,
    sitting_facts,
)
from adaptation.facts.course_records import RecordsRequest
from adaptation.facts.estimate_facts import ShownMoment
from adaptation.rules.model_thresholds import NO_RATES, Rates
from estimates.inference.affect import SensedWindow, StoredEstimate
from interventions.facts import UNKNOWN, Fact
from telemetry import windows

MadeByRow = Mapping[int, StoredEstimate]


def load_window_cases(
    batch: Sequence[SensedWindow], made: MadeByRow, *, now: datetime
) -> list[WindowCase]:
    """Return the records and facts of each Window; `made`: the Estimates by the Window's row."""
    use = estimate_facts.rules_use(now)
    moments = [_moment_of(each) for each in batch]
    courses = course_records.read_each(moments)
    guessed = _estimate_facts(batch, made, use)
    facts = sitting_facts.gather_facts_each(moments, courses, guessed)
    return [
        WindowCase(
            courses[n],
            facts[n],
            each.permits,
            each.row.cut,
            may_show_guesses=use == "yes",
            predictor=_predictor_of(made.get(each.row.pk)),
            rates=_rates_of(made.get(each.row.pk)),
        )
        for n, each in enumerate(batch)
    ]


def _moment_of(sensed: SensedWindow) -> RecordsRequest:
    at = windows.end_of(sensed.row.sitting, sensed.row.cut)
    return RecordsRequest(sensed.row.sitting, sensed.permits["course"], at)


def _predictor_of(made: StoredEstimate | None) -> tuple[str, str]:
    return (made.predictor, made.digest) if made else ("", "")


def _rates_of(made: StoredEstimate | None) -> Rates:
    return made.rates if made else NO_RATES


def _estimate_facts(
    batch: Sequence[SensedWindow], made: MadeByRow, use: str
) -> list[dict[str, Fact]]:
    """Return the estimate facts of each Window that rules may read on this site."""
    if use == "self_report_only":
        return [sitting_facts.unknown_estimates() for _ in batch]
    felt = [
        ShownMoment(each.row.sitting, each.row.cut, each.permits, made.get(each.row.pk))
        for each in batch
    ]
    before = estimate_facts.load_recent(felt)
    beside = [
        estimate_facts.secondary_facts(each, rows) for each, rows in zip(felt, before, strict=True)
    ]
    anomalies, behaved = _anomaly_facts(felt, beside), behaviour_facts.load_recent(felt)
    return [
        {
            **estimate_facts.affect_facts(each, before[n]),
            **beside[n],
            **anomalies.get(n, {}),
            **behaviour_facts.behaviour_facts(each.cut, behaved[n], each.permits),
        }
        for n, each in enumerate(felt)
    ]


def _anomaly_facts(
    felt: Sequence[ShownMoment], beside: Sequence[Mapping[str, Fact]]
) -> dict[int, dict[str, Fact]]:
    """Return anomaly facts for Windows with a known arousal level, by index."""
    tense = [n for n, given in enumerate(beside) if _is_known(given.get("arousal"))]
    found = anomaly_facts.facts_of_each(
        [(felt[n].sitting, felt[n].cut, felt[n].permits) for n in tense]
    )
    return dict(zip(tense, found, strict=True))


def _is_known(fact: Fact | None) -> bool:
    return fact is not None and fact.value is not UNKNOWN
