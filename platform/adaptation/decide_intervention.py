"""The decision at the end of each Window: evaluate the Rules over the Facts, offer at most one.

The decision, its reason and its probability are one row, stored also when the offer was held back
at random. A Rule fires once per Window, however often the Window is processed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from adaptation.facts.answer_facts import find_last_answer, find_open_item
from adaptation.facts.course_records import CourseRecords
from adaptation.models import Intervention, LetGo
from adaptation.offers import decision_record, do_not_disturb, help_options, skipped_offers, vetoes
from adaptation.offers.decision_record import DecisionMoment
from adaptation.offers.help_context import HelpContext, HelpOption
from adaptation.rules import active_rules, rule_states
from adaptation.rules.model_thresholds import NO_RATES, Rates, fit_rules
from consent.permits import restrictions
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from courses.models import Response
from interventions import choice, engine
from interventions.candidate_rules import select_candidate_rules
from interventions.choice import OfferChoice, Proposal, Rng
from interventions.facts import Facts
from interventions.replay import rest_inactive_rules
from interventions.rule_state import EngineState
from interventions.rules import Rule
from telemetry import windows

logger = logging.getLogger(__name__)
States = Mapping[str, EngineState]
OptionsByRule = Mapping[str, Mapping[str, HelpOption]]
ANSWER_COLUMNS = ("learner_id", "question_id", "answered_at")


@dataclass(frozen=True, slots=True)
class WindowCase:
    """Input of one decision: course rows and facts of a Window, and what may be read and shown.

    `rules` are those that act in the Course, with the thresholds of the model that made the
    estimates. `permits` cover `course` and each fact's scopes.
    """

    course: CourseRecords
    facts: Facts
    rules: Sequence[Rule]
    permits: Mapping[str, Permit]
    cut: int
    may_show_guesses: bool = True
    predictor: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class RuleEvaluation:
    """Result for one moment: rules that acted, states before and after, and the choice."""

    moment: DecisionMoment
    before: States
    after: States
    acting: Mapping[str, Rule]
    options: OptionsByRule
    arming: bool
    chosen: OfferChoice | None


def decide(
    course: CourseRecords,
    facts: Facts,
    permits: Mapping[str, Permit],
    *,
    cut: int,
    now: datetime,
    rng: Rng,
    may_show_guesses: bool = True,
    predictor: tuple[str, str] = ("", ""),
    rates: Rates = NO_RATES,
) -> Intervention | None:
    """Evaluate the Window that ended at `cut`, as `decide_each` does.

    `rates` are those of the model that made the estimates.
    """
    rules = fit_rules(active_rules.list_active(course.sitting.unit.course), rates)
    case = WindowCase(course, facts, rules, permits, cut, may_show_guesses, predictor)
    (offer,) = decide_each([case], now=now, rng=rng)
    return offer


def decide_each(
    cases: Sequence[WindowCase], *, now: datetime, rng: Rng
) -> list[Intervention | None]:
    """Evaluate Windows of different Learners in one transaction; return each one's offer, if any.

    Nothing is evaluated for a Learner who objects to it (GDPR Article 21). Estimates are ignored in
    a course where the Learner wants no offers based on them. If a scope was withdrawn since the
    Permits, the transaction is rolled back, so that an impossible offer uses up no turn. Each
    Window is then evaluated on its own.
    """
    objecting = restrictions.find_objecting([case.course.sitting.learner_id for case in cases])
    allowed = [n for n, each in enumerate(cases) if each.course.sitting.learner_id not in objecting]
    found: list[Intervention | None] = [None] * len(cases)
    if not allowed:
        return found
    try:
        with refuse_without_grant():
            offers = _evaluate_each([cases[n] for n in allowed], now, rng)
    except Refused:
        if len(cases) > 1:
            return [decide_each([case], now=now, rng=rng)[0] for case in cases]
        logger.info("intervention.refused")
        return found
    for n, offer in zip(allowed, offers, strict=True):
        found[n] = offer
    return found


def _evaluate_each(
    cases: Sequence[WindowCase], now: datetime, rng: Rng
) -> list[Intervention | None]:
    moments = _build_moments(cases, now)
    states = rule_states.states_of_each([moment.sitting.learner_id for moment in moments])
    # Help is looked up for these alone; the others keep their state without a write.
    candidates = [
        select_candidate_rules(case.rules, each.here.facts, states[each.sitting.learner_id])
        for case, each in zip(cases, moments, strict=True)
    ]
    options = _find_options(moments, candidates)
    found = [
        _evaluate_moment(each, rules, help_, states[each.sitting.learner_id], rng)
        for each, rules, help_ in zip(moments, candidates, options, strict=True)
    ]
    rule_states.store_changed_each((e.moment.sitting.learner_id, e.before, e.after) for e in found)
    skipped_offers.store_rows(list(chain(*map(_lapsed_rows, found))))
    arming = [each.moment for each in found if each.arming]
    windows.fall_due_each([(at.sitting.id, windows.span(at.cut)[1]) for at in arming], now)
    return [_store_offer(each) for each in found]


def _build_moments(cases: Sequence[WindowCase], now: datetime) -> list[DecisionMoment]:
    off = vetoes.list_opted_out([case.course.sitting for case in cases])
    solved = _solved_since([case.course for case in cases])
    return [_build_moment(case, now, off, solved) for case in cases]


def _build_moment(
    case: WindowCase, now: datetime, off: Collection[UUID], solved: Collection[UUID]
) -> DecisionMoment:
    sitting = case.course.sitting
    facts = vetoes.hide_estimates(case.facts) if sitting.id in off else case.facts
    answered = None if sitting.id in solved else find_open_item(case.course)
    question = answered.question if answered else None
    here = HelpContext(case.course, facts, case.permits["course"], question, now)
    return DecisionMoment(here, case.permits, case.cut, now, case.may_show_guesses, case.predictor)


def _find_options(
    moments: Sequence[DecisionMoment], candidates: Sequence[Sequence[Rule]]
) -> list[OptionsByRule]:
    """Return for each moment, by rule with a step, the help that it can offer."""
    stepping = [[rule for rule in rules if rule.step] for rules in candidates]
    pairs = list(zip(moments, stepping, strict=True))
    refusals = help_options.load_refusals([each.sitting.learner_id for each, on in pairs if on])
    return [
        {
            rule.id: help_options.find_options(rule, each.here, refusals[each.sitting.learner_id])
            for rule in rules
        }
        for each, rules in pairs
    ]


def _evaluate_moment(
    moment: DecisionMoment,
    candidates: Sequence[Rule],
    options: OptionsByRule,
    before: States,
    rng: Rng,
) -> RuleEvaluation:
    sitting, facts = moment.sitting, moment.here.facts
    acting = {rule.id: rule for rule in candidates if options.get(rule.id) or not rule.step}
    at = windows.end_of(sitting, moment.cut)
    found = engine.evaluate(
        facts,
        list(acting.values()),
        before,
        at,
        on_skill=_count_offers_on_skill(moment, acting.values()),
        quiet=do_not_disturb.is_wanted(sitting, at),
    )
    after = {**found.states, **rest_inactive_rules(before, acting, at)}
    chosen = _choose_proposal(found.proposals, acting, moment, rng)
    arming = rule_states.is_arming(found.states, acting)
    return RuleEvaluation(moment, before, after, acting, options, arming, chosen)


def _lapsed_rows(found: RuleEvaluation) -> Iterator[LetGo]:
    moment = found.moment
    return skipped_offers.build_rows(
        moment.sitting,
        found.before,
        found.after,
        found.acting,
        moment.here.facts,
        moment.permits,
        now=moment.now,
    )


def _count_offers_on_skill(moment: DecisionMoment, acting: Iterable[Rule]) -> dict[str, int]:
    """Count the offers so far about the current skills, for rules with a cap per skill."""
    last = find_last_answer(moment.here.course)
    capped = {rule.id: rule.cap.per_s for rule in acting if rule.cap.per == "skill"}
    if last is None or not capped:
        return {}
    rows = Intervention.objects.filter(
        learner=moment.sitting.learner,
        rule__in=capped,
        question__skills__in=last.question.skills.all(),
    ).distinct()
    found = dict.fromkeys(capped, 0)
    for rule, at in rows.values_list("rule", "decided_at"):
        found[rule] += moment.now - at < timedelta(seconds=capped[rule])
    return found


def _choose_proposal(
    proposals: Sequence[Proposal], acting: Mapping[str, Rule], moment: DecisionMoment, rng: Rng
) -> OfferChoice | None:
    """Choose the first proposal.

    Where estimates may not be shown, a proposal without one goes first, so that the Learner does
    not miss it. If there is none, the decision is recorded and held back.
    """
    if moment.may_show_guesses:
        return choice.choose(proposals, rng)
    facts = moment.here.facts
    by_deeds = [
        each for each in proposals if not decision_record.uses_estimate(acting[each.id], facts)
    ]
    if by_deeds:
        return choice.choose(by_deeds, rng)
    chosen = choice.choose(proposals, rng)
    return None if chosen is None else replace(chosen, offered=False)


def _solved_since(courses: Sequence[CourseRecords]) -> set[UUID]:
    """Return the Sittings whose open item was answered correctly since the Window ended."""
    items = [(course, item) for course in courses for item in [find_open_item(course)] if item]
    if not items:
        return set()
    right = Response.objects.filter(
        learner__in={course.sitting.learner_id for course, _ in items},
        question__in={item.question_id for _, item in items},
        answered_at__gt=min(item.answered_at for _, item in items),
        correct=True,
    )
    latest: dict[tuple[int, int], datetime] = {}
    for learner, question, at in right.order_by("answered_at").values_list(*ANSWER_COLUMNS):
        latest[learner, question] = at
    return {
        course.sitting.id
        for course, item in items
        if latest.get((course.sitting.learner_id, item.question_id), item.answered_at)
        > item.answered_at
    }


def _store_offer(found: RuleEvaluation) -> Intervention | None:
    moment, chosen = found.moment, found.chosen
    if chosen is None:
        return None
    rule = found.acting[chosen.proposal.id]
    return decision_record.write(moment, chosen, rule, found.options[rule.id])
