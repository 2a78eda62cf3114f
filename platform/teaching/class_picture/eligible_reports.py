"""Select the "Got it" reports that count: made while `reports:teach` was on, and it is still on.

The gate is asked for a Permit, as for sensed data. A report made before the Grant was given or
renewed does not count (I-1, docs/adr/0040).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.models import Grant
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import REPORTS_TEACH
from telemetry.models import Event


@dataclass(frozen=True, slots=True)
class CountedReport:
    """One "Got it" that may be counted, with the epoch of the Learner's Grant."""

    event: Event
    epoch: int


def select_reports(pressed: Iterable[Event], *, now: datetime) -> Iterator[CountedReport]:
    """Yield those of these events that their Learners allow Teachers to count."""
    events = list(pressed)
    if not events:
        return
    permits = _load_permits({event.sitting.learner.code for event in events}, now)
    since = _granted_at(permits)
    for event in events:
        code = event.sitting.learner.code
        if code in permits and code in since and event.at >= since[code]:
            yield CountedReport(event, permits[code].epoch)


def _load_permits(learners: set[UUID], now: datetime) -> Mapping[UUID, Permit]:
    answers = gate.permits_of_people(learners, [REPORTS_TEACH], now=now)
    found = ((code, answer.granted.get(REPORTS_TEACH)) for code, answer in answers.items())
    return {code: permit for code, permit in found if permit is not None}


def _granted_at(permits: Mapping[UUID, Permit]) -> Mapping[UUID, datetime]:
    rows = Grant.objects.filter(scope=REPORTS_TEACH, live=True, learner__code__in=permits)
    return dict(rows.values_list("learner__code", "granted_at"))
