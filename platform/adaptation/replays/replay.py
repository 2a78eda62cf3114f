"""What a Rule would have done on past days: figures of a group, never of a person.

The days are read one after the other, and of each no more is kept than what the Rules did on it.

Real people count from the floor of the legal profile on, else simulated people alone, so a mixed
class leaves the real ones out while they are too few (rulings 5). Of real people numbers are given
in fives, and nothing at all where fewer than the floor would have been offered something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, Literal

from django.utils import timezone

from adaptation.replays import log, past
from adaptation.replays.log import Log, Person
from consent import profiles
from consent.profiles import Profile
from courses.models import Course
from interventions import replay as pure
from interventions.conditions import leaves
from interventions.replay import NOTHING, Fired, Replayed
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
    moments: int = 0
    lively: set[date] = field(default_factory=set)
    corrected: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Days:
    """Past days of a Course: whom they may be told of, and what the Rules did on them."""

    people: tuple[Walked, ...]
    skills: Mapping[int, frozenset[int]]
    simulated: bool
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
    rows = log.load(course, since, now, now=now)
    group, floor = _group([person for person in rows.people if person.sittings], profile)
    walked = [Walked(person, dict.fromkeys(sets, NOTHING)) for person in group]
    for number in range(days):
        for each in walked:
            _walk(rows, each, sets, since + number * DAY)
        tell(number + 1)
    seen = tuple(each for each in walked if each.moments)
    simulated = bool(group) and group[0].learner.simulated
    return Days(seen, rows.skills, simulated, floor, since, now) if len(seen) >= floor else None


def _walk(rows: Log, walked: Walked, sets: Sets, begin: datetime) -> None:
    """Take in one more day."""
    seens = past.moments_of(rows, walked.person, begin, begin + DAY)
    moments = [seen.moment for seen in seens]
    for name, rules in sets.items():
        walked.runs[name] = pure.replay(moments, rules, before=walked.runs[name])
    walked.moments += len(seens)
    walked.lively |= {_day(moment.at) for moment in moments}
    walked.corrected += [seen.moment.at for seen in seens if seen.corrected]


def _group(people: Sequence[Person], profile: Profile) -> tuple[list[Person], int]:
    """Who may be told of, and how many of them make a group."""
    real = [person for person in people if not person.learner.simulated]
    body = any(person.body for person in real)
    floor = profile.floor_biometric if body else profile.floor_people
    if len(real) >= floor:
        return real, floor
    return [person for person in people if person.learner.simulated], profile.floor_simulated


def figures(days: Days, of: str, rule: Rule) -> Figures:
    """What one Rule of the set `of` did."""
    runs = [_one(each, each.runs[of], rule, days) for each in days.people]
    offered = [each for each in runs if each.offers]
    if not days.simulated and len(offered) < days.floor:
        return Figures(_told(len(runs), days), None)
    return _figures(days, runs, offered, rule)


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
