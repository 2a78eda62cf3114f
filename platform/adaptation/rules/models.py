"""Tables of a course's own Rules: every saved version, and the switch that selects one.

A version is never changed (the table is append-only), so rule and version of an Intervention
identify its whole text.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils import timezone

from courses.models import Course
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, PUBLIC, has_length, holds, matches

RULE: Final = r"^[A-Z][0-9]{1,3}$"
LEAST_SHARE: Final = 0.2


@holds(
    subject=None,
    category="course setting",
    scope=None,
    columns={
        "id": NUMBER,
        "course": LINK,
        "rule": CODE,
        "version": NUMBER,
        "body": PUBLIC,
        "made_by": DIGEST,
        "made_at": CLOCK,
    },
    erase=None,
    retain=None,
    append_only=True,
)
class RuleVersion(models.Model):
    """One version as its Teacher saved it; `made_by` identifies them as the audit does."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="rule_versions")
    rule = models.CharField(max_length=4)
    version = models.PositiveSmallIntegerField()
    body = models.JSONField()
    made_by = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            matches("rule", RULE, name="adaptation_ruleversion_rule"),
            has_length("made_by", 32, name="adaptation_ruleversion_made_by"),
            models.UniqueConstraint(
                fields=["course", "rule", "version"], name="adaptation_ruleversion_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} version {self.version}"


@holds(
    subject=None,
    category="course setting",
    scope=None,
    columns={
        "id": NUMBER,
        "course": LINK,
        "rule": CODE,
        "enabled": NUMBER,
        "version": LINK,
        "share": NUMBER,
        "changed_at": CLOCK,
    },
    retain=None,
)
class CourseRule(models.Model):
    """A Teacher's switch for one Rule in one Course; no row = on, as built in.

    `version` NULL = as built in. `share` = the share of cases in which it is offered, the others
    are held back at random; NULL = as the version says.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="rules")
    rule = models.CharField(max_length=4)
    enabled = models.BooleanField()
    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, null=True, related_name="+")
    share = models.FloatField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            matches("rule", RULE, name="adaptation_courserule_rule"),
            models.UniqueConstraint(fields=["course", "rule"], name="adaptation_courserule_once"),
            models.CheckConstraint(
                condition=models.Q(share__gte=LEAST_SHARE, share__lte=1),
                name="adaptation_courserule_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {'on' if self.enabled else 'off'}"
