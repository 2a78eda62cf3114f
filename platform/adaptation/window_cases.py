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
from adaptation.rules import active_rules
from adaptation.rules.model_thresholds import NO_RATES, fit_rules
from estimates.inference.affect import SensedWindow, StoredEstimate
from interventions.candidate_rules import may_depend_on
from interventions.facts import UNKNOWN, Fact, Facts
from interventions.rules import Rule
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
    rules = _load_rules(batch, made)
    facts = sitting_facts.gather_facts_each(moments, courses, guessed)
    anomalies = _anomaly_facts(batch, facts, rules)
    return [
        WindowCase(
            courses[n],
            {**facts[n], **anomalies.get(n, {})},
            rules[n],
            each.permits,
            each.row.cut,
            may_show_guesses=use == "yes",
            predictor=_predictor_of(made.get(each.row.pk)),
        )
        for n, each in enumerate(batch)
    ]


def _moment_of(sensed: SensedWindow) -> RecordsRequest:
    at = windows.end_of(sensed.row.sitting, sensed.row.cut)
    return RecordsRequest(sensed.row.sitting, sensed.permits["course"], at)


def _predictor_of(made: StoredEstimate | None) -> tuple[str, str]:
    return (made.predictor, made.digest) if made else ("", "")


def _load_rules(batch: Sequence[SensedWindow], made: MadeByRow) -> list[tuple[Rule, ...]]:
    """Return for each Window the rules of its Course, with the thresholds of its model."""
    active = active_rules.list_active_each({each.row.sitting.unit.course for each in batch})
    by_model: dict[tuple[int, str], tuple[Rule, ...]] = {}
    found = []
    for each in batch:
        course, estimate = each.row.sitting.unit.course_id, made.get(each.row.pk)
        key = course, estimate.digest if estimate else ""
        if key not in by_model:
            by_model[key] = fit_rules(active[course], estimate.rates if estimate else NO_RATES)
        found.append(by_model[key])
    return found


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
    behaved = behaviour_facts.load_recent(felt)
    return [
        {
            **estimate_facts.affect_facts(each, before[n]),
            **beside[n],
            **behaviour_facts.behaviour_facts(each.cut, behaved[n], each.permits),
        }
        for n, each in enumerate(felt)
    ]


def _anomaly_facts(
    batch: Sequence[SensedWindow], facts: Sequence[Facts], rules: Sequence[Sequence[Rule]]
) -> dict[int, dict[str, Fact]]:
    """Return, by index, the anomaly facts of Windows where a rule may act on them.

    They need minutes of Blocks. Without a known arousal level they are not read: a feeling that
    was reported replaces them with it.
    """
    due = [
        n
        for n, each in enumerate(facts)
        if _is_known(each.get("arousal"))
        and may_depend_on(rules[n], each, list(anomaly_facts.STREAM_OF))
    ]
    found = anomaly_facts.facts_of_each(
        [(batch[n].row.sitting, batch[n].row.cut, batch[n].permits) for n in due]
    )
    return dict(zip(due, found, strict=True))


def _is_known(fact: Fact | None) -> bool:
    return fact is not None and fact.value is not UNKNOWN
