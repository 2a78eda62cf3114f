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
from adaptation.replays.course_history import CourseLog, LearnerHistory
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from courses.models import Course
from interventions import replay as pure
from interventions.bounds import START, RuleBounds, bound_rule
from interventions.conditions import walk_comparisons
from interventions.replay import EMPTY_RESULT, FiredRule, ReplayMoment, ReplayResult
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry.windows import HOP_S

ROUND_TO: Final = 5
DAY: Final = timedelta(days=1)
NextResult = Literal["wrong", "right", "none"]
RuleSets = Mapping[str, Sequence[Rule]]


@dataclass(slots=True)
class ReplayedLearner:
    """One Learner's days under each set of Rules: the results, and the days with activity."""

    person: LearnerHistory
    runs: dict[str, ReplayResult]
    reached: dict[tuple[str, str], RuleBounds] = field(default_factory=dict)
    moments: int = 0
    lively: set[date] = field(default_factory=set)
    corrected: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReplayedDays:
    """Past days of a Course: the people who may be counted, and what the Rules did."""

    people: tuple[ReplayedLearner, ...]
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
class RuleFigures:
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
class _ReplayedOffer:
    at: datetime
    then: NextResult
    corrected: bool


@dataclass(frozen=True, slots=True)
class _LearnerRun:
    offers: tuple[_ReplayedOffer, ...]
    let_go: int
    hours: float


def _ignore_progress(_: int) -> None:
    """Ignore progress."""


def replay_days(
    course: Course,
    days: int,
    sets: RuleSets,
    *,
    now: datetime,
    tell: Callable[[int], None] = _ignore_progress,
) -> ReplayedDays | None:
    """Replay each set of Rules over the last days; `tell` receives how many days are done.

    None where there are too few people, or the site allows no figures of groups.
    """
    profile = profiles.current(now=now)
    if profile is None or not profile.teacher_aggregate:
        return None
    since = now - days * DAY
    rows = course_history.load_log(course, since, now, now=now)
    group, floor = _select_group([person for person in rows.people if person.sittings], profile)
    walked = [ReplayedLearner(person, dict.fromkeys(sets, EMPTY_RESULT)) for person in group]
    estimates = profile.rules_use != "self_report_only"
    for number in range(days):
        for each in walked:
            _replay_day(rows, each, sets, since + number * DAY, estimates)
        tell(number + 1)
    seen = tuple(each for each in walked if each.moments)
    simulated = bool(group) and group[0].learner.simulated
    found = ReplayedDays(seen, rows.skills, simulated, estimates, floor, since, now)
    return found if len(seen) >= floor else None


def _replay_day(
    rows: CourseLog, walked: ReplayedLearner, sets: RuleSets, begin: datetime, estimates: bool
) -> None:
    """Replay one more day."""
    seens = past_facts.list_moments(rows, walked.person, begin, begin + DAY)
    moments = [seen.moment for seen in seens]
    if walked.person.learner.simulated:
        for name, rules in sets.items():
            walked.runs[name] = pure.replay(moments, rules, before=walked.runs[name])
    else:
        _extend_bounds(walked, sets, moments, estimates)
    walked.moments += len(seens)
    walked.lively |= {_utc_day(moment.at) for moment in moments}
    walked.corrected += [seen.moment.at for seen in seens if seen.corrected]


def _extend_bounds(
    walked: ReplayedLearner, sets: RuleSets, moments: Sequence[ReplayMoment], estimates: bool
) -> None:
    """Extend the bounds of each Rule of each set by these moments."""
    for name, rules in sets.items():
        for rule in rules:
            key = name, rule.id
            before = walked.reached.get(key, START)
            walked.reached[key] = bound_rule(moments, rule, before=before, estimates=estimates)


def _select_group(
    people: Sequence[LearnerHistory], profile: LegalProfile
) -> tuple[list[LearnerHistory], int]:
    """Return the people who may be counted, and the smallest group that may be shown."""
    real = [person for person in people if not person.learner.simulated]
    if len(real) >= profile.floor_people:
        return real, profile.floor_people
    return [person for person in people if person.learner.simulated], profile.floor_simulated


def compute_figures(days: ReplayedDays, of: str, rule: Rule) -> RuleFigures:
    """Return the results of one Rule of the set `of`, or for real people the bounds."""
    if not days.simulated:
        return _range_figures([each.reached[of, rule.id] for each in days.people], days.floor)
    runs = [_summarise_learner(each, each.runs[of], rule, days) for each in days.people]
    return _sum_figures(runs, [each for each in runs if each.offers], rule)


def _range_figures(found: Sequence[RuleBounds], floor: int) -> RuleFigures:
    """Round outward to fives; a lower end under the floor becomes 0."""
    people, high = _round_down(len(found)), sum(each.may for each in found)
    if high < floor:
        return RuleFigures(people, None)
    low = sum(each.must for each in found)
    return RuleFigures(
        people, None, low=_round_down(low) if low >= floor else 0, high=-_round_down(-high)
    )


def _round_down(count: int) -> int:
    return ROUND_TO * (count // ROUND_TO)


def _summarise_learner(
    walked: ReplayedLearner, found: ReplayResult, rule: Rule, days: ReplayedDays
) -> _LearnerRun:
    offers = tuple(
        _ReplayedOffer(
            each.at, _next_result(walked.person, each, days), _was_corrected(each, walked, rule)
        )
        for each in found.fired
        if each.rule == rule.id
    )
    let_go = sum(name == rule.id for _, name in found.let_go)
    return _LearnerRun(offers, let_go, HOP_S * walked.moments / 3600)


def _next_result(person: LearnerHistory, fired: FiredRule, days: ReplayedDays) -> NextResult:
    """Return the result of the next answer on a skill of the current item."""
    for answer in person.answers:
        skills = days.skills.get(answer.question_id, frozenset())
        if fired.at < answer.answered_at < days.until and skills & fired.skills:
            return "right" if answer.correct else "wrong"
    return "none"


def _was_corrected(fired: FiredRule, walked: ReplayedLearner, rule: Rule) -> bool:
    """Return whether the Learner later corrected an estimate made while the rule waited."""
    begin = fired.at - timedelta(seconds=rule.dwell_s)
    return _reads_estimates(rule) and any(begin <= at <= fired.at for at in walked.corrected)


def _reads_estimates(rule: Rule) -> bool:
    return any(SIGNALS[leaf.signal].biometric for leaf, _ in walk_comparisons(rule.when))


def _sum_figures(
    runs: Sequence[_LearnerRun], offered: Sequence[_LearnerRun], rule: Rule
) -> RuleFigures:
    offers = [offer for each in offered for offer in each.offers]
    known = [offer for offer in offers if offer.then != "none"]
    wrong = sum(offer.then == "wrong" for offer in known)
    corrected = sum(offer.corrected for offer in offers)
    return RuleFigures(
        people=len(runs),
        offers=len(offers),
        learners=len(offered),
        per_hour=median(len(each.offers) / each.hours for each in offered) if offered else None,
        later_wrong=wrong / len(known) if known else None,
        let_go=sum(each.let_go for each in runs),
        corrected=corrected / len(offers) if offers and _reads_estimates(rule) else None,
        wrong=_count_by_day(offers, "wrong"),
        right=_count_by_day(offers, "right"),
        none=_count_by_day(offers, "none"),
    )


def _count_by_day(offers: Sequence[_ReplayedOffer], then: NextResult) -> Mapping[date, int]:
    return Counter(_utc_day(offer.at) for offer in offers if offer.then == then)


def _utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()
