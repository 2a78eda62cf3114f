"""A Learner's answers to an offer besides accepting: dismiss, opt out of estimates, or dispute one.

Each of these can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

import push
from accounts.models import User
from adaptation.models import CourseVeto, Intervention
from adaptation.offers.reasons import read_reason
from adaptation.rules import active_rules, rule_states
from consent.permits.gate import Permit
from courses.models import Course
from estimates import behaviour_disputes, disputes
from estimates.models import BEHAVIOUR_STATES, AffectEstimate
from estimates.registry import predictors
from interventions.conditions import walk_comparisons
from interventions.facts import UNKNOWN, Fact, Facts
from interventions.rule_state import reset_dismissals
from interventions.rules import Rule
from telemetry.models import Sitting
from telemetry.windows import HOP_S

UNDO_WITHIN = timedelta(minutes=10)
DISMISSED = ("later", "never")


@dataclass(frozen=True, slots=True)
class CarefulRule:
    """A Rule with raised thresholds for this Learner, and by how much (0 to 1)."""

    rule: Rule
    raised: float


def hide_estimates(facts: Facts) -> Mapping[str, Fact]:
    """Return the facts with all sensed ones unknown, for Learners who opted out."""
    unread = Fact(UNKNOWN, source="sensed", absence="off")
    return {name: unread if given.source == "sensed" else given for name, given in facts.items()}


def is_opted_out(learner: User, course: Course) -> bool:
    return CourseVeto.objects.filter(learner=learner, course=course).exists()


def list_opted_out(sittings: Collection[Sitting]) -> set[UUID]:
    """Return the ids of those Sittings in which estimates are opted out."""
    learners = {each.learner_id for each in sittings}
    rows = CourseVeto.objects.filter(learner__in=learners).values_list("learner_id", "course_id")
    off = set(rows)
    return {each.id for each in sittings if (each.learner_id, each.unit.course_id) in off}


def list_opted_out_courses(learner: User) -> list[Course]:
    """Return the courses in which this Learner wants no offers from Estimates."""
    rows = CourseVeto.objects.filter(learner=learner).select_related("course")
    return [row.course for row in rows]


@transaction.atomic
def switch_estimates(learner: User, course: Course, *, on: bool, now: datetime) -> None:
    """Turn offers based on estimates on or off in this course; off withdraws waiting ones."""
    if on:
        CourseVeto.objects.filter(learner=learner, course=course).delete()
    else:
        CourseVeto.objects.get_or_create(learner=learner, course=course, defaults={"since": now})
        for row in _lock_waiting(learner, course):
            if _uses_estimate(row, now):
                _end(row, "withdrawn", now)


@transaction.atomic
def dispute_offer(code: UUID, permit: Permit, *, now: datetime) -> Intervention:
    """Dispute the estimate behind an offer: it is not used any more, and the offer is withdrawn.

    Raises Http404 for another Learner's offer, or one that is not based on an estimate.
    """
    row = _lock_own(code, permit)
    if not _uses_estimate(row, now):
        raise Http404
    for estimate in _find_estimates(row, disputes.DISPUTABLE):
        disputes.dispute(estimate, disputes.NO_LABEL, permit, now=now)
    if _names_behaviour(row):
        behaviour_disputes.dispute(row.sitting_id, permit, now=now)
    if row.outcome in (None, "shown"):
        _end(row, "withdrawn", now)
        rule_states.count_offer_outcome(row.learner, row.rule, "later", now)
    return row


@transaction.atomic
def undo(code: UUID, permit: Permit, *, now: datetime) -> bool:
    """Undo a dismissal or dispute of an offer within ten minutes, and restore the offer.

    Returns False afterwards.
    """
    row = _lock_own(code, permit)
    if not may_undo(row, now):
        return False
    for estimate in _find_estimates(row, ("disputed",)) if row.outcome == "withdrawn" else ():
        disputes.undo(estimate, permit, now=now)
    if row.outcome == "withdrawn" and _names_behaviour(row):
        behaviour_disputes.undo(row.sitting_id, permit, now=now)
    _end(row, "shown", now)
    _uncount_dismissal(row.learner, row.rule)
    message = {"type": "intervention.show", "code": str(code)}
    push.notify(f"sitting.{row.sitting_id}", message)
    return True


def find_course(code: UUID, permit: Permit) -> Course:
    """Return the course of one's own offer; raises Http404 for another's."""
    row = Intervention.objects.filter(code=code, learner__code=permit.subject).first()
    if row is None:
        raise Http404
    return row.sitting.unit.course


def may_undo(row: Intervention, now: datetime) -> bool:
    """Return whether it was dismissed or disputed less than ten minutes ago."""
    if row.outcome_at is None or now - row.outcome_at >= UNDO_WITHIN:
        return False
    called_wrong = row.outcome == "withdrawn" and bool(_find_estimates(row, ("disputed",)))
    return row.outcome in DISMISSED or called_wrong


@transaction.atomic
def list_careful_rules(
    learner: User, courses: Collection[Course], *, now: datetime
) -> dict[int, list[CarefulRule]]:
    """Return by course the Rules with raised thresholds for this Learner, after dismissals."""
    states = rule_states.states_of(learner)
    raised = {name: state.threshold_raise(now) for name, state in states.items()}
    return {
        course: [CarefulRule(rule, by) for rule in on if rule.enter and (by := raised.get(rule.id))]
        for course, on in active_rules.list_active_each(courses).items()
    }


@transaction.atomic
def reset_rule(learner: User, rule: str) -> None:
    """Reset a Rule's thresholds to those its author wrote."""
    states = rule_states.states_of(learner)
    if rule in states:
        rule_states.store_changed(learner, states, {rule: reset_dismissals(states[rule])})


def _uncount_dismissal(learner: User, rule: str) -> None:
    states = rule_states.states_of(learner)
    if rule in states:
        fewer = max(0, states[rule].dismissals - 1)
        rule_states.store_changed(learner, states, {rule: states[rule]._replace(dismissals=fewer)})


def _lock_own(code: UUID, permit: Permit) -> Intervention:
    rows = Intervention.objects.select_for_update(of=["self"]).select_related("learner", "sitting")
    row = rows.filter(code=code, learner__code=permit.subject, delivered=True).first()
    if row is None:
        raise Http404
    return row


def _find_estimates(row: Intervention, statuses: Collection[str]) -> list[UUID]:
    """Return the estimates behind an offer: those of its Window and of the dwell before it."""
    rule = _find_rule(row)
    dwell_s = rule.dwell_s if rule else 0.0
    found = AffectEstimate.objects.filter(
        sitting=row.sitting_id,
        cut__gt=row.cut - 1 - dwell_s / HOP_S,
        cut__lte=row.cut,
        predictor__kind=predictors.SHOWN_KIND,
        status__in=statuses,
    )
    return list(found.order_by("-cut").values_list("id", flat=True))


def _find_rule(row: Intervention) -> Rule | None:
    on = active_rules.list_active(row.sitting.unit.course)
    return next((rule for rule in on if rule.id == row.rule), None)


def _names_behaviour(row: Intervention) -> bool:
    """Return whether its Rule names a state of behaviour."""
    rule = _find_rule(row)
    leaves = walk_comparisons(rule.when) if rule else ()
    return any(leaf.signal in BEHAVIOUR_STATES for leaf, _ in leaves)


def _uses_estimate(row: Intervention, now: datetime) -> bool:
    """Return whether its Why-card names an estimate, if it can be read."""
    reason = read_reason(row, now=now)
    return bool(reason and reason["why"]["estimated"])


def _lock_waiting(learner: User, course: Course) -> QuerySet[Intervention]:
    rows = Intervention.objects.select_for_update(of=["self"]).select_related("learner")
    rows = rows.filter(learner=learner, sitting__unit__course=course, delivered=True)
    return rows.filter(Q(outcome=None) | Q(outcome="shown"))


def _end(row: Intervention, outcome: str, now: datetime) -> None:
    row.outcome, row.outcome_at = outcome, now
    row.save(update_fields=["outcome", "outcome_at"])
