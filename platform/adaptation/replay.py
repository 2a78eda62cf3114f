"""What a Rule would have done on past days: figures of a group, never of a person.

Real people count from the floor of the legal profile on, else simulated people alone, so a mixed
class leaves the real ones out while they are too few (rulings 5). Of real people numbers are given
in fives, and nothing at all where fewer than the floor would have been offered something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, Literal

from django.utils import timezone

from adaptation import log, past
from adaptation.log import Person
from adaptation.past import Seen
from consent import profiles
from consent.profiles import Profile
from courses.models import Course
from interventions import replay as pure
from interventions.conditions import leaves
from interventions.replay import Fired, Replayed
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry.windows import HOP_S

STEP: Final = 5
Next = Literal["wrong", "right", "none"]


@dataclass(frozen=True, slots=True)
class Days:
    """Past days of a Course: whom they may be told of, and every moment of each."""

    people: tuple[tuple[Person, tuple[Seen, ...]], ...]
    skills: Mapping[int, frozenset[int]]
    simulated: bool
    floor: int
    since: datetime
    until: datetime

    @property
    def learner_days(self) -> int:
        """How many days with life in them, one for each Learner and day."""
        return sum(len({_day(seen.moment.at) for seen in seens}) for _, seens in self.people)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one Rule would have done; a share or a rate is None where it has no meaning.

    `offers` None = fewer people than the floor would have been offered anything, or of real people
    perhaps nobody, and nothing more is told.
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


def look_back(course: Course, days: int, *, now: datetime) -> Days | None:
    """Rebuild the last days; None where too few people, or the site allows no figures of groups."""
    profile = profiles.current(now=now)
    if profile is None or not profile.teacher_aggregate:
        return None
    since = now - timedelta(days=days)
    rows = log.load(course, since, now, now=now)
    lively = [person for person in rows.people if person.sittings]
    group, floor = _group(lively, profile)
    walked = [(person, tuple(past.moments_of(rows, person, since, now))) for person in group]
    seen = tuple((person, moments) for person, moments in walked if moments)
    simulated = bool(group) and group[0].learner.simulated
    return Days(seen, rows.skills, simulated, floor, since, now) if len(seen) >= floor else None


def _group(people: Sequence[Person], profile: Profile) -> tuple[list[Person], int]:
    """Who may be told of, and how many of them make a group."""
    real = [person for person in people if not person.learner.simulated]
    body = any(person.body for person in real)
    floor = profile.floor_biometric if body else profile.floor_people
    if len(real) >= floor:
        return real, floor
    return [person for person in people if person.learner.simulated], profile.floor_simulated


def run(days: Days, rules: Sequence[Rule]) -> list[Replayed]:
    """What these Rules would have done, for each of the people."""
    return [pure.replay((seen.moment for seen in seens), rules) for _, seens in days.people]


def figures(days: Days, replayed: Sequence[Replayed], rule: Rule) -> Figures:
    """What became of one of them."""
    runs = [
        _one(person, seens, found, rule, days)
        for (person, seens), found in zip(days.people, replayed, strict=True)
    ]
    offered = [each for each in runs if each.offers]
    if not days.simulated and len(offered) < days.floor:
        return Figures(_told(len(runs), days), None)
    return _figures(days, runs, offered, rule)


def _one(person: Person, seens: Sequence[Seen], found: Replayed, rule: Rule, days: Days) -> _Run:
    by_time = {seen.moment.at: seen for seen in seens}
    fired = [each for each in found.fired if each.rule == rule.id]
    offers = tuple(
        _Offer(each.at, _next(person, by_time[each.at], days), _corrected(each, seens, rule))
        for each in fired
    )
    return _Run(offers, sum(name == rule.id for _, name in found.let_go), HOP_S * len(seens) / 3600)


def _next(person: Person, seen: Seen, days: Days) -> Next:
    """How the next answer on a skill of the item then at hand came out."""
    for answer in person.answers:
        skills = days.skills.get(answer.question_id, frozenset())
        if seen.moment.at < answer.answered_at < days.until and skills & seen.moment.skills:
            return "right" if answer.correct else "wrong"
    return "none"


def _corrected(fired: Fired, seens: Sequence[Seen], rule: Rule) -> bool:
    """Whether the Learner later corrected a guess of the time it waited for."""
    begin = fired.at - timedelta(seconds=rule.dwell_s)
    waited = [seen for seen in seens if begin <= seen.moment.at <= fired.at]
    return any(seen.corrected for seen in waited) and _guesses(rule)


def _guesses(rule: Rule) -> bool:
    return any(SIGNALS[leaf.signal].biometric for leaf, _ in leaves(rule.when))


def _figures(days: Days, runs: Sequence[_Run], offered: Sequence[_Run], rule: Rule) -> Figures:
    offers = [offer for each in offered for offer in each.offers]
    known = [offer for offer in offers if offer.then != "none"]
    wrong = sum(offer.then == "wrong" for offer in known)
    corrected = sum(offer.corrected for offer in offers)
    return Figures(
        people=_told(len(runs), days),
        offers=_told(len(offers), days),
        learners=_told(len(offered), days),
        per_hour=median(len(each.offers) / each.hours for each in offered) if offered else None,
        later_wrong=_share(wrong, len(known), days),
        let_go=_told(sum(each.let_go for each in runs), days),
        corrected=_share(corrected, len(offers), days) if _guesses(rule) else None,
        wrong=_by_day(offers, "wrong", days),
        right=_by_day(offers, "right", days),
        none=_by_day(offers, "none", days),
    )


def _told(count: int, days: Days) -> int:
    return count if days.simulated else STEP * (count // STEP)


def _share(part: int, whole: int, days: Days) -> float | None:
    """Of real people in steps of 5 %, and not of fewer cases than the floor."""
    if not whole or (not days.simulated and whole < days.floor):
        return None
    share = part / whole
    return share if days.simulated else round(share * 100 / STEP) * STEP / 100


def _by_day(offers: Sequence[_Offer], then: Next, days: Days) -> Mapping[date, int] | None:
    """Day by day; of real people no day is told apart, since one may be one person's."""
    if not days.simulated:
        return None
    return Counter(_day(offer.at) for offer in offers if offer.then == then)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
