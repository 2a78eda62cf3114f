"""Assign people to the sections of the class picture and read their Estimates (I-22)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from courses.models import Course
from estimates.group_figures.eligible_estimates import EligibleEstimate, sittings_of
from estimates.group_figures.proportions import GroupPerson
from estimates.group_figures.unsealing import Shares, is_biometric, unseal_estimates
from teaching.class_picture import eligible_reports
from teaching.class_picture.course_sections import CourseSection, EventTrail, load_trail
from telemetry.models import GOT_IT, STUCK, Event


@dataclass(frozen=True, slots=True)
class SectionRecords:
    """The sealed Estimates of one section, and who pressed "I'm stuck" or "Got it" there.

    `got_it` holds only reports that count; `epochs` maps those learners to the epochs of their
    Grants.
    """

    estimates: tuple[EligibleEstimate, ...]
    stuck: tuple[GroupPerson, ...]
    got_it: tuple[GroupPerson, ...]
    epochs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class SectionGroup:
    """The people of one section: their estimated states, and the reports they made."""

    people: tuple[GroupPerson, ...]
    scopes: Mapping[int, Mapping[str, int]]
    stuck: tuple[GroupPerson, ...]
    got_it: tuple[GroupPerson, ...]
    epochs: Mapping[int, int]


@dataclass(slots=True)
class EstimateTotals:
    """The sum of all Estimates of one Learner in one section."""

    biometric: bool = False
    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, shares: Shares, biometric: bool) -> None:
        self.biometric |= biometric
        self.counts.update(shares.keys())
        for label, share in shares.items():
            self.sums[label] += share

    def to_person(self, learner: User) -> GroupPerson:
        return GroupPerson(
            learner=learner.pk,
            simulated=learner.simulated,
            shares={label: self.sums[label] / count for label, count in self.counts.items()},
            biometric=self.biometric,
        )


def load_acts(course: Course, begin: datetime, end: datetime) -> list[Event]:
    """Load each "I'm stuck" and "Got it" of [begin, end), whether it may be counted or not."""
    rows = Event.objects.filter(
        sitting__in=sittings_of(course), name__in=(STUCK, GOT_IT), at__gte=begin, at__lt=end
    )
    return list(rows.select_related("sitting__learner", "sitting__unit__video"))


def reporter_ids(acts: Iterable[Event]) -> set[int]:
    """Return the ids of learners who pressed "Got it"."""
    return {event.sitting.learner_id for event in acts if event.name == GOT_IT}


def group_by_section(
    estimates: Collection[EligibleEstimate], acts: Collection[Event], *, now: datetime
) -> dict[CourseSection, SectionRecords]:
    """Group these Estimates and reports by section, without unsealing anything."""
    trail = load_trail({each.sitting.pk for each in estimates} | {e.sitting_id for e in acts})
    sensed = _estimates_by_section(estimates, trail)
    reports = list(eligible_reports.select_reports((e for e in acts if e.name == GOT_IT), now=now))
    epochs = {each.event.sitting.learner_id: each.epoch for each in reports}
    stuck = _people_by_section((event for event in acts if event.name == STUCK), trail)
    got_it = _people_by_section(
        _first_report_of_each((each.event for each in reports), trail), trail
    )
    return {
        part: SectionRecords(
            estimates=tuple(sensed.get(part, [])),
            stuck=tuple(stuck.get(part, {}).values()),
            got_it=tuple(got_it.get(part, {}).values()),
            epochs={pk: epochs[pk] for pk in got_it.get(part, {})},
        )
        for part in dict.fromkeys([*sensed, *stuck, *got_it])
    }


def unseal_group(records: SectionRecords, kind: str) -> SectionGroup:
    """Unseal the Estimates of a section and return its people."""
    return SectionGroup(
        people=tuple(_unseal_people(records.estimates, kind)),
        scopes=_scopes_by_learner(records.estimates),
        stuck=records.stuck,
        got_it=records.got_it,
        epochs=records.epochs,
    )


def _estimates_by_section(
    estimates: Iterable[EligibleEstimate], trail: EventTrail
) -> dict[CourseSection, list[EligibleEstimate]]:
    """Return these Estimates by section: each Learner's only in the section with most of them.

    A quarter therefore describes each Learner in only one picture (docs/adr/0041).
    """
    by_learner: dict[int, dict[CourseSection, list[EligibleEstimate]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for each in estimates:
        if part := trail.section_at(each.sitting, each.t):
            by_learner[each.learner.pk][part].append(each)
    by_section: dict[CourseSection, list[EligibleEstimate]] = defaultdict(list)
    for parts in by_learner.values():
        part, most = max(parts.items(), key=lambda item: len(item[1]))
        by_section[part].extend(most)
    return by_section


def _first_report_of_each(acts: Iterable[Event], trail: EventTrail) -> list[Event]:
    """Return each Learner's first report that belongs to a section, for the same reason."""
    first: dict[int, Event] = {}
    for event in sorted(acts, key=lambda each: each.at):
        if trail.section_at(event.sitting, event.t):
            first.setdefault(event.sitting.learner_id, event)
    return list(first.values())


def _people_by_section(
    acts: Iterable[Event], trail: EventTrail
) -> dict[CourseSection, dict[int, GroupPerson]]:
    found: dict[CourseSection, dict[int, GroupPerson]] = defaultdict(dict)
    for event in acts:
        if part := trail.section_at(event.sitting, event.t):
            learner = event.sitting.learner
            found[part][learner.pk] = GroupPerson(learner.pk, learner.simulated, {})
    return found


def _unseal_people(estimates: Sequence[EligibleEstimate], kind: str) -> list[GroupPerson]:
    by_learner: dict[User, EstimateTotals] = defaultdict(EstimateTotals)
    for each, shares in unseal_estimates(estimates, kind):
        by_learner[each.learner].add(shares, is_biometric(each))
    return [guessed.to_person(learner) for learner, guessed in by_learner.items()]


def _scopes_by_learner(estimates: Iterable[EligibleEstimate]) -> dict[int, dict[str, int]]:
    scopes: dict[int, dict[str, int]] = defaultdict(dict)
    for each in estimates:
        scopes[each.learner.pk] |= each.group_epochs
    return scopes
