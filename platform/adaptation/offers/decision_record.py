"""The row of a decision with its sealed reason, written once per Window, and its measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import uuid4

from django.db.models import Q

from adaptation.effects import proximal_outcome
from adaptation.models import Intervention
from adaptation.offers import estimate_reasons, help_options
from adaptation.offers.help_context import HelpContext, HelpOption
from adaptation.offers.reasons import place
from consent.permits.gate import Permit
from courses.models import Question
from interventions import conditions
from interventions.choice import OfferChoice
from interventions.explain import explain, list_sensed
from interventions.facts import UNKNOWN, Facts, facts_as_json, get_fact
from interventions.rate_thresholds import list_rated_thresholds
from interventions.rules import Rule
from telemetry.models import Sitting
from vault.sealed_values import seal_value


@dataclass(frozen=True, slots=True)
class DecisionMoment:
    """The end of one Window, with the facts known and the Permits held then."""

    here: HelpContext
    permits: Mapping[str, Permit]
    cut: int
    now: datetime
    may_show_guesses: bool
    predictor: tuple[str, str]

    @property
    def sitting(self) -> Sitting:
        return self.here.course.sitting


def write(
    moment: DecisionMoment, chosen: OfferChoice, rule: Rule, options: Mapping[str, HelpOption]
) -> Intervention | None:
    """Store the decision; None if this Window was decided before."""
    sitting = moment.sitting
    if Intervention.objects.filter(sitting=sitting, rule=rule.id, cut=moment.cut).exists():
        return None
    kind = next(kind for kind in chosen.proposal.kinds if kind in options)
    if chosen.offered:
        _expire_open(moment)
    row = _create_row(moment, chosen, rule, kind, options[kind])
    if chosen.offered and list_sensed(rule, moment.here.facts):
        estimate_reasons.request(row, moment.predictor[1], moment.permits["course"], now=moment.now)
    randomised = moment.may_show_guesses or not uses_estimate(rule, moment.here.facts)
    proximal_outcome.schedule_measurement(row, randomised=randomised)
    return row


def uses_estimate(rule: Rule, facts: Facts) -> bool:
    """Return whether the Rule reads an estimate that is currently known."""
    looked_at = [get_fact(facts, leaf.signal) for leaf, _ in conditions.walk_comparisons(rule.when)]
    return any(each.source == "sensed" and each.value is not UNKNOWN for each in looked_at)


def _expire_open(moment: DecisionMoment) -> None:
    """Expire unanswered offers: there is one at a time."""
    waiting = Q(outcome=None) | Q(outcome="shown")
    open_offers = Intervention.objects.filter(waiting, sitting=moment.sitting, delivered=True)
    open_offers.exclude(kind="adjust").update(outcome="expired", outcome_at=moment.now)


def _create_row(
    moment: DecisionMoment, chosen: OfferChoice, rule: Rule, kind: str, option: HelpOption
) -> Intervention:
    sitting, facts = moment.sitting, moment.here.facts
    name, digest = moment.predictor
    question = help_options.question_of_offer(rule, moment.here)
    skill = _skill_name(question)
    why = explain(rule, facts, kind, skill=skill, predictor=name, digest=digest)
    scopes = sorted({s for f in facts.values() if f.value is not UNKNOWN for s in f.scopes})
    epochs = {scope: moment.permits[scope].epoch for scope in scopes}
    code, learner = uuid4(), sitting.learner
    reason = {
        "why": asdict(why),
        "facts": facts_as_json(facts),
        "draw": chosen.draw,
        "gift": asdict(option),
        "skill": skill,
        "states": [name.upper() for name in list_sensed(rule, facts)],
        "thresholds": list_rated_thresholds(rule, get_fact(facts, "scenario").value),
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


def _skill_name(question: Question | None) -> str:
    """Return the name of the current skill; "" without one."""
    skill = question.skills.order_by("pk").first() if question else None
    return skill.name if skill else ""
