"""At the end of each Window: run the Rules over the Facts, and offer at most one thing.

The decision, its reason and its probability are one row, written also when the lot held the offer
back. A Rule fires once for a Window however often that is worked on.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from adaptation.facts.answer_facts import item_of, last_of
from adaptation.facts.course_records import Course
from adaptation.models import Intervention, LetGo
from adaptation.offers import decision_record, do_not_disturb, help_options, skipped_offers, vetoes
from adaptation.offers.decision_record import Moment
from adaptation.offers.help_options import Gift, Here
from adaptation.rules import active_rules, rule_states
from consent.permits import restrictions
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from courses.models import Response
from interventions import choice, engine
from interventions.candidate_rules import awake
from interventions.choice import Choice, Proposal, Rng
from interventions.facts import Facts
from interventions.replay import rested
from interventions.rule_state import State
from interventions.rules import Rule
from telemetry import windows

logger = logging.getLogger(__name__)
States = Mapping[str, State]
Gifts = Mapping[str, Mapping[str, Gift]]
ANSWERED = ("learner_id", "question_id", "answered_at")


@dataclass(frozen=True, slots=True)
class Case:
    """What one Window is decided by: its course rows and facts, and what may be read and shown;
    `permits` cover `course` and each fact's scopes."""

    course: Course
    facts: Facts
    permits: Mapping[str, Permit]
    cut: int
    may_show_guesses: bool = True
    predictor: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Weighed:
    """What came of one Moment: the rules that acted, where all stood and stand, and the choice."""

    moment: Moment
    before: States
    after: States
    acting: Mapping[str, Rule]
    able: Gifts
    arming: bool
    chosen: Choice | None


def decide(
    course: Course,
    facts: Facts,
    permits: Mapping[str, Permit],
    *,
    cut: int,
    now: datetime,
    rng: Rng,
    may_show_guesses: bool = True,
    predictor: tuple[str, str] = ("", ""),
) -> Intervention | None:
    """Evaluate the Window that ended at `cut`; as `decide_each`."""
    case = Case(course, facts, permits, cut, may_show_guesses, predictor)
    (offer,) = decide_each([case], now=now, rng=rng)
    return offer


def decide_each(cases: Sequence[Case], *, now: datetime, rng: Rng) -> list[Intervention | None]:
    """Evaluate Windows of different Learners in one transaction; to each its offer, if any.

    Nothing is weighed for a person who objects to it (GDPR Article 21), and no guess in a course
    where they want no offers from guesses. Where a scope was withdrawn since the Permits, all of it
    is undone: an offer that cannot come uses up no turn. The others are then weighed by themselves.
    """
    objecting = restrictions.find_objecting([case.course.sitting.learner_id for case in cases])
    asked = [n for n, each in enumerate(cases) if each.course.sitting.learner_id not in objecting]
    found: list[Intervention | None] = [None] * len(cases)
    if not asked:
        return found
    try:
        with refuse_without_grant():
            offers = _weigh_each([cases[n] for n in asked], now, rng)
    except Refused:
        if len(cases) > 1:
            return [decide_each([case], now=now, rng=rng)[0] for case in cases]
        logger.info("intervention.refused")
        return found
    for n, offer in zip(asked, offers, strict=True):
        found[n] = offer
    return found


def _weigh_each(cases: Sequence[Case], now: datetime, rng: Rng) -> list[Intervention | None]:
    moments = _moments(cases, now)
    stood = rule_states.states_of_each([moment.sitting.learner_id for moment in moments])
    rules = active_rules.on_in_each({moment.sitting.unit.course for moment in moments})
    found = [
        _weigh(each, rules[each.sitting.unit.course_id], stood[each.sitting.learner_id], rng)
        for each in moments
    ]
    rule_states.keep_each((e.moment.sitting.learner_id, e.before, e.after) for e in found)
    skipped_offers.write(list(chain(*map(_let_go, found))))
    arming = [each.moment for each in found if each.arming]
    windows.fall_due_each([(at.sitting.id, windows.span(at.cut)[1]) for at in arming], now)
    return [_offer(each) for each in found]


def _moments(cases: Sequence[Case], now: datetime) -> list[Moment]:
    off = vetoes.off_in([case.course.sitting for case in cases])
    done = _answered_since([case.course for case in cases])
    return [_moment(case, now, off, done) for case in cases]


def _moment(case: Case, now: datetime, off: Collection[UUID], done: Collection[UUID]) -> Moment:
    sitting = case.course.sitting
    facts = vetoes.without_guesses(case.facts) if sitting.id in off else case.facts
    answered = None if sitting.id in done else item_of(case.course)
    question = answered.question if answered else None
    here = Here(case.course, facts, case.permits["course"], question, now)
    return Moment(here, case.permits, case.cut, now, case.may_show_guesses, case.predictor)


def _weigh(moment: Moment, rules: Sequence[Rule], before: States, rng: Rng) -> Weighed:
    sitting, facts = moment.sitting, moment.here.facts
    # What can be given is asked for these alone; the others keep their place unwritten.
    woken = awake(rules, facts, before)
    able = {rule.id: help_options.gifts(rule, moment.here) for rule in woken if rule.step}
    acting = {rule.id: rule for rule in woken if able.get(rule.id) or not rule.step}
    at = windows.end_of(sitting, moment.cut)
    found = engine.evaluate(
        facts,
        list(acting.values()),
        before,
        at,
        on_skill=_on_skill(moment, acting.values()),
        quiet=do_not_disturb.is_wanted(sitting, at),
    )
    after = {**found.states, **rested(before, acting, at)}
    chosen = _choose(found.proposals, acting, moment, rng)
    arming = rule_states.is_arming(found.states, acting)
    return Weighed(moment, before, after, acting, able, arming, chosen)


def _let_go(found: Weighed) -> Iterator[LetGo]:
    moment = found.moment
    return skipped_offers.rows_of(
        moment.sitting,
        found.before,
        found.after,
        found.acting,
        moment.here.facts,
        moment.permits,
        now=moment.now,
    )


def _on_skill(moment: Moment, acting: Iterable[Rule]) -> dict[str, int]:
    """Offers so far about the skills at hand, for rules with a cap a skill."""
    last = last_of(moment.here.course)
    if last is None:
        return {}
    capped = {rule.id: rule.cap.per_s for rule in acting if rule.cap.per == "skill"}
    rows = Intervention.objects.filter(
        learner=moment.sitting.learner,
        rule__in=capped,
        question__skills__in=last.question.skills.all(),
    ).distinct()
    found = dict.fromkeys(capped, 0)
    for rule, at in rows.values_list("rule", "decided_at"):
        found[rule] += moment.now - at < timedelta(seconds=capped[rule])
    return found


def _choose(
    proposals: Sequence[Proposal], acting: Mapping[str, Rule], moment: Moment, rng: Rng
) -> Choice | None:
    """The first proposal. Where guesses may not be shown, one without a guess goes before, so that
    nobody misses it; another is written down and held back."""
    if moment.may_show_guesses:
        return choice.choose(proposals, rng)
    facts = moment.here.facts
    by_deeds = [
        each for each in proposals if not decision_record.rests_on_a_guess(acting[each.id], facts)
    ]
    if by_deeds:
        return choice.choose(by_deeds, rng)
    chosen = choice.choose(proposals, rng)
    return None if chosen is None else replace(chosen, offered=False)


def _answered_since(courses: Sequence[Course]) -> set[UUID]:
    """The Sittings whose open item was answered right since the Window ended."""
    items = [(course, item) for course in courses for item in [item_of(course)] if item]
    if not items:
        return set()
    right = Response.objects.filter(
        learner__in={course.sitting.learner_id for course, _ in items},
        question__in={item.question_id for _, item in items},
        answered_at__gt=min(item.answered_at for _, item in items),
        correct=True,
    )
    latest: dict[tuple[int, int], datetime] = {}
    for learner, question, at in right.order_by("answered_at").values_list(*ANSWERED):
        latest[learner, question] = at
    return {
        course.sitting.id
        for course, item in items
        if latest.get((course.sitting.learner_id, item.question_id), item.answered_at)
        > item.answered_at
    }


def _offer(found: Weighed) -> Intervention | None:
    moment, chosen = found.moment, found.chosen
    if chosen is None:
        return None
    rule = found.acting[chosen.proposal.id]
    return decision_record.write(moment, chosen, rule, found.able[rule.id])
