"""Tables of offers: what was offered, why, with which probability, and the outcome.

Codes, times and outcomes are in clear. The facts behind a decision are sealed under every scope
they came from, so a withdrawal makes the reason unreadable and leaves the record (I-2).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from adaptation.effects.models import ProximalOutcome as ProximalOutcome
from adaptation.effects.models import Trial as Trial
from adaptation.effects.models import WordingShown as WordingShown
from adaptation.effects.models import WordingTrial as WordingTrial
from adaptation.next_question.models import Choice as Choice
from adaptation.next_question.models import CourseTarget as CourseTarget
from adaptation.offers.models import CourseVeto as CourseVeto
from adaptation.offers.models import LetGo as LetGo
from adaptation.rules.models import RULE
from adaptation.rules.models import CourseRule as CourseRule
from adaptation.rules.models import RuleVersion as RuleVersion
from consent.sealed_rows import limit_scopes
from courses.models import Question
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, closed, holds, matches
from telemetry.models import Sitting

KINDS = (
    "hint",
    "worked_step",
    "jump_back",
    "easier",
    "harder",
    "break",
    "challenge",
    "message",
    "adjust",
    "ask_teacher",
)
OUTCOMES = ("shown", "accepted", "later", "never", "expired", "withdrawn")
PHASES = ("idle", "arming", "active", "cooling")


def forget_facts(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete the account's decisions, or only the facts of those made from `scopes`."""
    rows = Intervention.objects.filter(learner__code=subject)
    if scopes is None:
        return rows.delete()[1].get(Intervention._meta.label, 0)
    return rows.filter(scopes__overlap=list(scopes)).exclude(sealed=b"").update(sealed=b"")


@holds(
    subject="learner",
    category="intervention",
    scope="course",
    columns={
        "id": NUMBER,
        "code": CODE,
        "sitting": LINK,
        "learner": LINK,
        "question": LINK,
        "rule": CODE,
        "version": NUMBER,
        "cut": NUMBER,
        "kind": CODE,
        "probability": NUMBER,
        "delivered": NUMBER,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "decided_at": CLOCK,
        "outcome": CODE,
        "outcome_at": CLOCK,
    },
    erase=forget_facts,
    retain=None,
    clock="decided_at",
    fades_with="estimate",
)
class Intervention(models.Model):
    """One decision of one Rule about one Window, delivered or held back at random."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="interventions"
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="interventions",
    )
    question = models.ForeignKey(Question, on_delete=models.SET_NULL, null=True, related_name="+")
    rule = models.CharField(max_length=4)
    version = models.PositiveSmallIntegerField()
    cut = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    probability = models.FloatField()
    delivered = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=24), default=list)
    epochs = ArrayField(models.BigIntegerField(), default=list)
    sealed = models.BinaryField()
    decided_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, null=True)  # noqa: DJ001 - null = no outcome yet
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("kind", KINDS, name="adaptation_intervention_kind"),
            closed("outcome", OUTCOMES, name="adaptation_intervention_outcome"),
            matches("rule", RULE, name="adaptation_intervention_rule"),
            models.UniqueConstraint(
                fields=["sitting", "rule", "cut"], name="adaptation_intervention_once"
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lte=1),
                name="adaptation_intervention_probability",
            ),
            limit_scopes("adapt"),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len"))
                | models.Q(scopes=[], epochs=[]),
                name="adaptation_intervention_pairs",
            ),
        ]
        indexes = [models.Index(fields=["learner", "-decided_at"], name="intervention_learner")]


@holds(
    subject="learner",
    category="rule state",
    scope="course",
    columns={
        "id": NUMBER,
        "learner": LINK,
        "rule": CODE,
        "phase": CODE,
        "since": CLOCK,
        "seen": CLOCK,
        "fired": CLOCK,
        "dismissals": NUMBER,
        "dismissed_at": CLOCK,
    },
    retain=None,
)
class RuleState(models.Model):
    """The state of one Rule for one Learner, so that a restarted worker does not fire again."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rule_states"
    )
    rule = models.CharField(max_length=4)
    phase = models.CharField(max_length=8)
    since = models.DateTimeField()
    seen = models.DateTimeField(null=True)
    fired = ArrayField(models.DateTimeField(), default=list)
    dismissals = models.PositiveSmallIntegerField(default=0)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("phase", PHASES, name="adaptation_rulestate_phase"),
            matches("rule", RULE, name="adaptation_rulestate_rule"),
            models.UniqueConstraint(fields=["learner", "rule"], name="adaptation_rulestate_once"),
        ]
