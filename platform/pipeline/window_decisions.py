"""From Windows that were looked at to what is known, decided and told to their pages.

All of it is one transaction of its caller, and each question to the database is one for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adaptation import decide_intervention
from adaptation.decide_intervention import WindowCase
from adaptation.facts import anomaly_facts, course_records, estimate_facts, sitting_facts
from adaptation.facts.course_records import RecordsRequest
from adaptation.facts.estimate_facts import ShownMoment
from estimates.inference.affect import SensedWindow, StoredEstimate
from interventions.choice import Rng
from interventions.facts import UNKNOWN, Fact
from pipeline import page_messages
from telemetry import windows

Made_ = Mapping[int, StoredEstimate]


def help_each(batch: Sequence[SensedWindow], made: Made_, now: datetime, rng: Rng) -> None:
    """From each Window to at most one offer on its page; none where the moment has passed."""
    told = [(made[each.row.pk], each.row.sitting) for each in batch if each.row.pk in made]
    page_messages.deliver_estimates(told)
    helped = [each for each in batch if not each.late and "course" in each.permits]
    for offer in (
        decide_intervention.decide_each(_cases(helped, made, now), now=now, rng=rng)
        if helped
        else ()
    ):
        if offer is not None and offer.delivered:
            page_messages.deliver(offer)


def _cases(batch: Sequence[SensedWindow], made: Made_, now: datetime) -> list[WindowCase]:
    use = estimate_facts.rules_use(now)
    asked = [_asked(each) for each in batch]
    courses = course_records.read_each(asked)
    guessed = _guessed(batch, made, use)
    facts = sitting_facts.gather_facts_each(asked, courses, guessed)
    return [
        WindowCase(
            courses[n],
            facts[n],
            each.permits,
            each.row.cut,
            may_show_guesses=use == "yes",
            predictor=_named(made.get(each.row.pk)),
        )
        for n, each in enumerate(batch)
    ]


def _asked(sensed: SensedWindow) -> RecordsRequest:
    at = windows.end_of(sensed.row.sitting, sensed.row.cut)
    return RecordsRequest(sensed.row.sitting, sensed.permits["course"], at)


def _named(made: StoredEstimate | None) -> tuple[str, str]:
    return (made.predictor, made.digest) if made else ("", "")


def _guessed(batch: Sequence[SensedWindow], made: Made_, use: str) -> list[dict[str, Fact]]:
    """What was guessed of each, as far as rules may read it here."""
    if use == "self_report_only":
        return [sitting_facts.unknown_estimates() for _ in batch]
    felt = [
        ShownMoment(each.row.sitting, each.row.cut, each.permits, made.get(each.row.pk))
        for each in batch
    ]
    before = estimate_facts.load_recent(felt)
    levels = [
        estimate_facts.level_facts(each, rows) for each, rows in zip(felt, before, strict=True)
    ]
    besides = _unusual(felt, levels)
    return [
        {**estimate_facts.affect_facts(each, before[n]), **levels[n], **besides.get(n, {})}
        for n, each in enumerate(felt)
    ]


def _unusual(
    felt: Sequence[ShownMoment], levels: Sequence[Mapping[str, Fact]]
) -> dict[int, dict[str, Fact]]:
    """Where somebody seems tense, what is unusual for them."""
    tense = [n for n, level in enumerate(levels) if _is_known(level.get("arousal"))]
    found = anomaly_facts.facts_of_each(
        [(felt[n].sitting, felt[n].cut, felt[n].permits) for n in tense]
    )
    return dict(zip(tense, found, strict=True))


def _is_known(fact: Fact | None) -> bool:
    return fact is not None and fact.value is not UNKNOWN
