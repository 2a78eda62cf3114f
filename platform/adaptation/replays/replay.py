"""A replay of Rules over past days of a Course: figures of a group, never of a person.

The days are read one after the other, and only the results are kept of each.

Real people count once there are as many as the floor of the legal profile, else simulated people
alone. A mixed class therefore leaves the real ones out while they are too few (rulings 5). Of real
people a range of Learners is given, in fives and from course records alone: how many a Rule would
have reached at least and at most, whatever they felt or reported (docs/adr/0031). Fewer than the
floor are not shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final, Literal

from adaptation.replays import course_history, past_facts
from adaptation.replays.course_history import Log, Person
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import Profile
from courses.models import Course
from interventions import replay as pure
from interventions.bounds import START, Reach, reach
from interventions.conditions import leaves
from interventions.replay import NOTHING, Fired, Moment, Replayed
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry.windows import HOP_S

STEP: Final = 5
DAY: Final = timedelta(days=1)
Next = Literal["wrong", "right", "none"]
Sets = Mapping[str, Sequence[Rule]]


@dataclass(slots=True)
class Walked:
    """One Learner's days under each set of Rules: the results, and the days with activity."""

    person: Person
    runs: dict[str, Replayed]
    reached: dict[tuple[str, str], Reach] = field(default_factory=dict)
    moments: int = 0
    lively: set[date] = field(default_factory=set)
    corrected: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Days:
    """Past days of a Course: the people who may be counted, and what the Rules did."""

    people: tuple[Walked, ...]
    skills: Mapping[int, frozenset[int]]
    simulated: bool
    estimates: bool
    floor: int
    since: datetime
    until: datetime

    @property
    def learner_days(self) -> int:
        """Return the number of days with activity, one for each Learner and day."""
        return sum(len(each.lively) for each in self.people)


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of one Rule; a share or a rate is None where it is undefined.

    Of real people only `people`, `low` and `high` are given: Learners the Rule would have reached
    at least and at most. `high` None = fewer than the floor, and nothing more is shown.
    """

    people: int
    offers: int | None
    learners: int = 0
    per_hour: float | None = None
    later_wrong: float | None = None
    let_go: int = 0
    corrected: float | None = None
    wrong: Mapping[date, int] | None = None
    right: Mapping[date, int] | None = None
    none: Mapping[date, int] | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class _Offer:
    at: datetime
    then: Next
    corrected: bool


@dataclass(frozen=True, slots=True)
class _Run:
    offers: tuple[_Offer, ...]
    let_go: int
    hours: float


def _nobody(_: int) -> None:
    """Ignore progress."""


def look_back(
    course: Course,
    days: int,
    sets: Sets,
    *,
    now: datetime,
    tell: Callable[[int], None] = _nobody,
) -> Days | None:
    """Replay each set of Rules over the last days; `tell` receives how many days are done.

    None where there are too few people, or the site allows no figures of groups.
    """
    profile = profiles.current(now=now)
    if profile is None or not profile.teacher_aggregate:
        return None
    since = now - days * DAY
    rows = course_history.load(course, since, now, now=now)
    group, floor = _group([person for person in rows.people if person.sittings], profile)
    walked = [Walked(person, dict.fromkeys(sets, NOTHING)) for person in group]
    estimates = profile.rules_use != "self_report_only"
    for number in range(days):
        for each in walked:
            _walk(rows, each, sets, since + number * DAY, estimates)
        tell(number + 1)
    seen = tuple(each for each in walked if each.moments)
    simulated = bool(group) and group[0].learner.simulated
    found = Days(seen, rows.skills, simulated, estimates, floor, since, now)
    return found if len(seen) >= floor else None


def _walk(rows: Log, walked: Walked, sets: Sets, begin: datetime, estimates: bool) -> None:
    """Replay one more day."""
    seens = past_facts.moments_of(rows, walked.person, begin, begin + DAY)
    moments = [seen.moment for seen in seens]
    if walked.person.learner.simulated:
        for name, rules in sets.items():
            walked.runs[name] = pure.replay(moments, rules, before=walked.runs[name])
    else:
        _bound(walked, sets, moments, estimates)
    walked.moments += len(seens)
    walked.lively |= {_day(moment.at) for moment in moments}
    walked.corrected += [seen.moment.at for seen in seens if seen.corrected]


def _bound(walked: Walked, sets: Sets, moments: Sequence[Moment], estimates: bool) -> None:
    """Extend the bounds of each Rule of each set by these moments."""
    for name, rules in sets.items():
        for rule in rules:
            key = name, rule.id
            before = walked.reached.get(key, START)
            walked.reached[key] = reach(moments, rule, before=before, estimates=estimates)


def _group(people: Sequence[Person], profile: Profile) -> tuple[list[Person], int]:
    """Return the people who may be counted, and the smallest group that may be shown."""
    real = [person for person in people if not person.learner.simulated]
    if len(real) >= profile.floor_people:
        return real, profile.floor_people
    return [person for person in people if person.learner.simulated], profile.floor_simulated


def figures(days: Days, of: str, rule: Rule) -> Figures:
    """Return the results of one Rule of the set `of`, or for real people the bounds."""
    if not days.simulated:
        return _range([each.reached[of, rule.id] for each in days.people], days.floor)
    runs = [_one(each, each.runs[of], rule, days) for each in days.people]
    return _figures(runs, [each for each in runs if each.offers], rule)


def _range(found: Sequence[Reach], floor: int) -> Figures:
    """Round outward to fives; a lower end under the floor becomes 0."""
    people, high = _fives(len(found)), sum(each.may for each in found)
    if high < floor:
        return Figures(people, None)
    low = sum(each.must for each in found)
    return Figures(people, None, low=_fives(low) if low >= floor else 0, high=-_fives(-high))


def _fives(count: int) -> int:
    return STEP * (count // STEP)


def _one(walked: Walked, found: Replayed, rule: Rule, days: Days) -> _Run:
    offers = tuple(
        _Offer(each.at, _next(walked.person, each, days), _corrected(each, walked, rule))
        for each in found.fired
        if each.rule == rule.id
    )
    let_go = sum(name == rule.id for _, name in found.let_go)
    return _Run(offers, let_go, HOP_S * walked.moments / 3600)


def _next(person: Person, fired: Fired, days: Days) -> Next:
    """Return the result of the next answer on a skill of the current item."""
    for answer in person.answers:
        skills = days.skills.get(answer.question_id, frozenset())
        if fired.at < answer.answered_at < days.until and skills & fired.skills:
            return "right" if answer.correct else "wrong"
    return "none"


def _corrected(fired: Fired, walked: Walked, rule: Rule) -> bool:
    """Return whether the Learner later corrected an estimate made while the rule waited."""
    begin = fired.at - timedelta(seconds=rule.dwell_s)
    return _guesses(rule) and any(begin <= at <= fired.at for at in walked.corrected)


def _guesses(rule: Rule) -> bool:
    return any(SIGNALS[leaf.signal].biometric for leaf, _ in leaves(rule.when))


def _figures(runs: Sequence[_Run], offered: Sequence[_Run], rule: Rule) -> Figures:
    offers = [offer for each in offered for offer in each.offers]
    known = [offer for offer in offers if offer.then != "none"]
    wrong = sum(offer.then == "wrong" for offer in known)
    corrected = sum(offer.corrected for offer in offers)
    return Figures(
        people=len(runs),
        offers=len(offers),
        learners=len(offered),
        per_hour=median(len(each.offers) / each.hours for each in offered) if offered else None,
        later_wrong=wrong / len(known) if known else None,
        let_go=sum(each.let_go for each in runs),
        corrected=corrected / len(offers) if offers and _guesses(rule) else None,
        wrong=_by_day(offers, "wrong"),
        right=_by_day(offers, "right"),
        none=_by_day(offers, "none"),
    )


def _by_day(offers: Sequence[_Offer], then: Next) -> Mapping[date, int]:
    return Counter(_day(offer.at) for offer in offers if offer.then == then)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
