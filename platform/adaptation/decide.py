"""At the end of each Window: run the Rules over the Facts, and offer at most one thing.

The decision, its reason and its probability are one row, written also when the lot held the offer
back. A Rule fires once for a Window however often that is worked on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Q

from adaptation.effects import proximal
from adaptation.facts.answer_facts import item_of, last_of
from adaptation.facts.course_rows import Course
from adaptation.models import Intervention
from adaptation.offers import giving, letting_go, quiet, vetoes
from adaptation.offers.giving import Gift, Here
from adaptation.offers.reasons import place
from adaptation.rules import in_force, standing
from consent import restrictions
from consent.gate import Permit
from consent.refusal import Refused
from consent.wall import walled
from courses.models import Question, Response
from interventions import choice, conditions, engine
from interventions.awake import awake
from interventions.choice import Choice, Proposal, Rng
from interventions.explain import explain
from interventions.facts import UNKNOWN, Facts, as_json, fact
from interventions.replay import rested
from interventions.rules import Rule
from interventions.states import State
from telemetry import windows
from vault.values import seal_value

logger = logging.getLogger(__name__)
States = Mapping[str, State]
Gifts = Mapping[str, Mapping[str, Gift]]


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of one Window, with what is known and what may be read then."""

    here: Here
    permits: Mapping[str, Permit]
    cut: int
    now: datetime
    may_show_guesses: bool
    predictor: tuple[str, str]


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

    Nothing is weighed for a person who objects to it (GDPR Article 21), and no guess in a course
    where they want no offers from guesses. Where a scope was withdrawn since the Permits, all of it
    is undone: an offer that cannot come uses up no turn.
    """
    if restrictions.objects(course.sitting.learner):
        return None
    facts = vetoes.without_guesses(course.sitting, facts)
    here = Here(course, facts, permits["course"], _open_question(course), now)
    moment = Moment(here, permits, cut, now, may_show_guesses, predictor)
    try:
        with walled():
            return _weigh(moment, rng)
    except Refused:
        logger.info("intervention.refused")
        return None


def _weigh(moment: Moment, rng: Rng) -> Intervention | None:
    sitting, facts = moment.here.course.sitting, moment.here.facts
    before = standing.states_of(sitting.learner)
    # What can be given is asked for these alone; the others keep their place unwritten.
    woken = awake(in_force.on_in(sitting.unit.course), facts, before)
    able = {rule.id: giving.gifts(rule, moment.here) for rule in woken if rule.step}
    acting = {rule.id: rule for rule in woken if able.get(rule.id) or not rule.step}
    at = windows.end_of(sitting, moment.cut)
    found = engine.evaluate(
        facts,
        list(acting.values()),
        before,
        at,
        on_skill=_on_skill(moment, acting.values()),
        quiet=quiet.is_wanted(sitting, at),
    )
    after = {**found.states, **rested(before, acting, at)}
    standing.keep(sitting.learner, before, after)
    letting_go.write(sitting, before, after, acting, facts, moment.permits, now=moment.now)
    chosen = _choose(found.proposals, acting, moment, rng)
    if standing.is_arming(found.states, acting):
        windows.fall_due(sitting.id, windows.span(moment.cut)[1], moment.now)
    return None if chosen is None else _offer(moment, chosen, acting[chosen.proposal.id], able)


def _on_skill(moment: Moment, acting: Iterable[Rule]) -> dict[str, int]:
    """Offers so far about the skills at hand, for rules with a cap a skill."""
    last = last_of(moment.here.course)
    if last is None:
        return {}
    capped = {rule.id: rule.cap.per_s for rule in acting if rule.cap.per == "skill"}
    rows = Intervention.objects.filter(
        learner=moment.here.course.sitting.learner,
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
    by_deeds = [each for each in proposals if not _rests_on_a_guess(acting[each.id], facts)]
    if by_deeds:
        return choice.choose(by_deeds, rng)
    chosen = choice.choose(proposals, rng)
    return None if chosen is None else replace(chosen, offered=False)


def _rests_on_a_guess(rule: Rule, facts: Facts) -> bool:
    """Whether the Rule looks at anything that was guessed from a Stream just now."""
    looked_at = [fact(facts, leaf.signal) for leaf, _ in conditions.leaves(rule.when)]
    return any(each.source == "sensed" and each.value is not UNKNOWN for each in looked_at)


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


def _offer(moment: Moment, chosen: Choice, rule: Rule, able: Gifts) -> Intervention | None:
    """The row of a decision; None where this Window brought it before."""
    sitting, given = moment.here.course.sitting, able[rule.id]
    if Intervention.objects.filter(sitting=sitting, rule=rule.id, cut=moment.cut).exists():
        return None
    kind = next(kind for kind in chosen.proposal.kinds if kind in given)
    if chosen.offered:
        _expire_open(moment)
    row = _write(moment, chosen, rule, kind, given[kind])
    by_lot = moment.may_show_guesses or not _rests_on_a_guess(rule, moment.here.facts)
    proximal.follow(row, by_lot=by_lot)
    return row


def _expire_open(moment: Moment) -> None:
    """One offer at a time: what was not answered makes room."""
    waiting = Q(outcome=None) | Q(outcome="shown")
    open_offers = Intervention.objects.filter(
        waiting, sitting=moment.here.course.sitting, delivered=True
    )
    open_offers.exclude(kind="adjust").update(outcome="expired", outcome_at=moment.now)


def _write(moment: Moment, chosen: Choice, rule: Rule, kind: str, gift: Gift) -> Intervention:
    sitting, facts = moment.here.course.sitting, moment.here.facts
    name, digest = moment.predictor
    question = giving.about(rule, moment.here)
    skill = _skill(question)
    why = explain(rule, facts, kind, skill=skill, predictor=name, digest=digest)
    scopes = sorted({s for f in facts.values() if f.value is not UNKNOWN for s in f.scopes})
    epochs = {scope: moment.permits[scope].epoch for scope in scopes}
    code, learner = uuid4(), sitting.learner
    reason = {
        "why": asdict(why),
        "facts": as_json(facts),
        "draw": chosen.draw,
        "gift": asdict(gift),
        "skill": skill,
    }
    return Intervention.objects.create(
        code=code,
        sitting=sitting,
        learner=learner,
        question=question,
        rule=rule.id,
        version=rule.version,
        cut=moment.cut,
        kind=kind,
        probability=chosen.probability,
        delivered=chosen.offered,
        scopes=scopes,
        epochs=list(epochs.values()),
        sealed=seal_value(
            reason,
            place=place(code, learner.code),
            scopes={"course": 0, **epochs},
            now=moment.now,
        ),
        decided_at=moment.now,
    )


def _skill(question: Question | None) -> str:
    """The name of the skill at hand; "" without one."""
    skill = question.skills.order_by("pk").first() if question else None
    return skill.name if skill else ""
