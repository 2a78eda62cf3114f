"""What a Rule would have done on past days: figures of a group, never of a person.

The days are read one after the other, and of each no more is kept than what the Rules did on it.

Real people count from the floor of the legal profile on, else simulated people alone, so a mixed
class leaves the real ones out while they are too few (rulings 5). Of real people a range of
Learners is given, in fives and from course records alone: how many a Rule would have reached at
least and at most, whatever they felt or said (docs/adr/0031). Fewer than the floor are not shown.
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
from consent.legal_profiles.profiles import LegalProfile
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
    """One Learner's days under each set of Rules: what came of it, and when they were there."""

    person: Person
    runs: dict[str, Replayed]
    reached: dict[tuple[str, str], Reach] = field(default_factory=dict)
    moments: int = 0
    lively: set[date] = field(default_factory=set)
    corrected: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Days:
    """Past days of a Course: whom they may be told of, and what the Rules did on them."""

    people: tuple[Walked, ...]
    skills: Mapping[int, frozenset[int]]
    simulated: bool
    estimates: bool
    floor: int
    since: datetime
    until: datetime

    @property
    def learner_days(self) -> int:
        """How many days with life in them, one for each Learner and day."""
        return sum(len(each.lively) for each in self.people)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one Rule would have done; a share or a rate is None where it has no meaning.

    Of real people only `people`, `low` and `high` are given: learners the Rule would have reached
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
    """Who waits for the answer alone needs to hear nothing on the way."""


def look_back(
    course: Course,
    days: int,
    sets: Sets,
    *,
    now: datetime,
    tell: Callable[[int], None] = _nobody,
) -> Days | None:
    """Run each set of Rules over the last days; None where too few people, or the site allows no
    figures of groups. `tell` hears how many days are done."""
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
    """Take in one more day."""
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
    """Follow each Rule of each set over these moments, from where the day before left it."""
    for name, rules in sets.items():
        for rule in rules:
            key = name, rule.id
            before = walked.reached.get(key, START)
            walked.reached[key] = reach(moments, rule, before=before, estimates=estimates)


def _group(people: Sequence[Person], profile: LegalProfile) -> tuple[list[Person], int]:
    """Who may be told of, and how many of them make a group."""
    real = [person for person in people if not person.learner.simulated]
    if len(real) >= profile.floor_people:
        return real, profile.floor_people
    return [person for person in people if person.learner.simulated], profile.floor_simulated


def figures(days: Days, of: str, rule: Rule) -> Figures:
    """What one Rule of the set `of` did, or of real people could have done."""
    if not days.simulated:
        return _range([each.reached[of, rule.id] for each in days.people], days.floor)
    runs = [_one(each, each.runs[of], rule, days) for each in days.people]
    return _figures(runs, [each for each in runs if each.offers], rule)


def _range(found: Sequence[Reach], floor: int) -> Figures:
    """Outward in fives; a lower end under the floor is given as 0."""
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
    """How the next answer on a skill of the item then at hand came out."""
    for answer in person.answers:
        skills = days.skills.get(answer.question_id, frozenset())
        if fired.at < answer.answered_at < days.until and skills & fired.skills:
            return "right" if answer.correct else "wrong"
    return "none"


def _corrected(fired: Fired, walked: Walked, rule: Rule) -> bool:
    """Whether the Learner later corrected a guess of the time it waited for."""
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
