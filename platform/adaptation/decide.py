"""At the end of each Window: run the Rules over the Facts, and offer at most one thing.

The decision, its reason and its probability are one row, written also when the lot held the offer
back. A Rule fires once for a Window however often that is worked on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import uuid4

from django.db.models import Max, Q

from adaptation import rules
from adaptation.facts import Course, item_of
from adaptation.models import Intervention
from consent import restrictions
from consent.gate import Permit
from consent.refusal import Refused
from consent.wall import walled
from courses.models import Question, Response
from interventions import choice, conditions, engine
from interventions.choice import Choice, Proposal, Rng
from interventions.explain import explain
from interventions.facts import NOT_KNOWN, UNKNOWN, Facts, as_json
from interventions.rules import Rule
from telemetry import windows
from telemetry.models import Event
from vault.values import Place, seal_value

logger = logging.getLogger(__name__)


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
    """Evaluate the Window that ended at `cut`; `permits` cover `course` and each fact's scopes.

    Nothing is weighed for a person who objects to it (GDPR Article 21). Where a scope was withdrawn
    since the Permits, all of it is undone: an offer that cannot come uses up no turn.
    """
    if restrictions.objects(course.sitting.learner):
        return None
    try:
        with walled():
            return _weigh(course, facts, permits, cut, now, rng, may_show_guesses, predictor)
    except Refused:
        logger.info("intervention.refused")
        return None


def _weigh(
    course: Course,
    facts: Facts,
    permits: Mapping[str, Permit],
    cut: int,
    now: datetime,
    rng: Rng,
    may_show_guesses: bool,
    predictor: tuple[str, str],
) -> Intervention | None:
    sitting, question = course.sitting, _open_question(course)
    before = rules.states_of(sitting.learner)
    on = rules.on_in(sitting.unit.course)
    able = _able(course, on, question)
    acting = [rule for rule in on if rule.id in able]
    at = windows.end_of(sitting, cut)
    found = engine.evaluate(facts, acting, before, at)
    rules.keep(sitting.learner, before, {**found.states, **rules.rested(before, able, at)})
    chosen = _choose(found.proposals, facts, rng, may_show_guesses=may_show_guesses)
    offer = None
    if chosen is not None and question is not None:
        kind = next(kind for kind in chosen.proposal.kinds if kind in able[chosen.proposal.id])
        if chosen.offered:
            _expire_open(course, now)
        offer = _write(course, facts, permits, chosen, kind, question, cut, now, predictor)
    if rules.is_arming(found.states, able):
        windows.fall_due(sitting.id, windows.span(cut)[1], now)
    return offer


def _choose(
    proposals: Sequence[Proposal], facts: Facts, rng: Rng, *, may_show_guesses: bool
) -> Choice | None:
    """The first proposal. Where guesses may not be shown, one without a guess goes before, so that
    nobody misses it; another is written down and held back."""
    if may_show_guesses:
        return choice.choose(proposals, rng)
    by_deeds = [each for each in proposals if not _rests_on_a_guess(each, facts)]
    if by_deeds:
        return choice.choose(by_deeds, rng)
    chosen = choice.choose(proposals, rng)
    return None if chosen is None else replace(chosen, offered=False)


def _rests_on_a_guess(proposal: Proposal, facts: Facts) -> bool:
    """Whether the Rule looks at anything that was guessed from a Stream just now."""
    rule = rules.shipped()[proposal.id]
    looked_at = [facts.get(leaf.signal, NOT_KNOWN) for leaf, _ in conditions.leaves(rule.when)]
    return any(fact.source == "sensed" and fact.value is not UNKNOWN for fact in looked_at)


def _open_question(course: Course) -> Question | None:
    """The item the Learner is on, unless it was answered right since the Window ended."""
    answered = item_of(course)
    if answered is None:
        return None
    since = Response.objects.filter(
        learner=course.sitting.learner,
        question=answered.question,
        correct=True,
        answered_at__gt=answered.answered_at,
    )
    return None if since.exists() else answered.question


def _able(course: Course, on: Sequence[Rule], question: Question | None) -> dict[str, set[str]]:
    """The rules that have something left to give on this item, and guards, which give nothing.

    A rule left out here neither fires nor counts: help that cannot come uses up no turn.
    """
    left = set() if question is None else _kinds_left(course, question)
    possible = {rule.id: left.intersection(rule.step) for rule in on}
    return {rule.id: possible[rule.id] for rule in on if possible[rule.id] or not rule.step}


def _kinds_left(course: Course, question: Question) -> set[str]:
    learner = course.sitting.learner
    if Intervention.objects.filter(learner=learner, question=question, outcome="never").exists():
        return set()
    opened = Event.objects.filter(sitting__learner=learner, name="hint", ref=question.code)
    count = int(opened.aggregate(most=Max("value"))["most"] or 0)
    left = list(question.hints.order_by("position").values_list("kind", flat=True))[count:]
    have = {
        "hint": bool(left),
        "worked_step": "worked_step" in left,
        "jump_back": question.jump_from_s is not None,
    }
    return {kind for kind, there in have.items() if there}


def _expire_open(course: Course, now: datetime) -> None:
    """One offer at a time: what was not answered makes room."""
    waiting = Q(outcome=None) | Q(outcome="shown")
    open_offers = Intervention.objects.filter(waiting, sitting=course.sitting, delivered=True)
    open_offers.update(outcome="expired", outcome_at=now)


def _write(
    course: Course,
    facts: Facts,
    permits: Mapping[str, Permit],
    chosen: Choice,
    kind: str,
    question: Question,
    cut: int,
    now: datetime,
    predictor: tuple[str, str],
) -> Intervention:
    rule = rules.shipped()[chosen.proposal.id]
    name, digest = predictor
    why = explain(rule, facts, kind, predictor=name, digest=digest)
    scopes = sorted({s for f in facts.values() if f.value is not UNKNOWN for s in f.scopes})
    code, learner = uuid4(), course.sitting.learner
    reason = {"why": asdict(why), "facts": as_json(facts), "draw": chosen.draw}
    return Intervention.objects.create(
        code=code,
        sitting=course.sitting,
        learner=learner,
        question=question,
        rule=rule.id,
        version=rule.version,
        cut=cut,
        kind=kind,
        probability=chosen.probability,
        delivered=chosen.offered,
        scopes=scopes,
        epochs=[permits[scope].epoch for scope in scopes],
        sealed=seal_value(
            reason,
            place=place(code, learner.code),
            scopes={"course": 0, **{s: permits[s].epoch for s in scopes}},
            now=now,
        ),
        decided_at=now,
    )


def place(code: object, subject: object) -> Place:
    """Where the reason of an Intervention stands, for its seal."""
    return Place("adaptation_intervention", "sealed", str(code), subject)  # type: ignore[arg-type]
