"""Tables of Studies and the Researchers named in them; copies for research belong to one (I-14).

Two years after its end its key is deleted by the expiry job, and with the key every copy and every
participant number.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.db import models

from accounts.site import site_facts
from consent.legal_profiles.profile_parser import LONGEST_STUDY_DAYS
from data_inventory import CLOCK, CODE, LINK, NUMBER, PUBLIC, closed, holds, matches

LONGEST = timedelta(days=LONGEST_STUDY_DAYS)
APPROVED, DECLINED = "approved", "declined"
ANSWERS = ("", APPROVED, DECLINED)


@holds(
    subject=None,
    category="study",
    scope=None,
    columns={
        "id": CODE,
        "title": PUBLIC,
        "approval": PUBLIC,
        "made_at": CLOCK,
        "ends_at": CLOCK,
        "key": CODE,
        "people": NUMBER,
        "answer": CODE,
        "answered_at": CLOCK,
        "answered_by": LINK,
    },
    erase=None,
    retain=None,
)
class Study(models.Model):
    """A study.

    `key` names its key in the keystore. `people` is the highest participant number, and no number
    is used twice. `answer` is "" until a Steward has decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    approval = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    key = models.CharField(max_length=16)
    people = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=8, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            closed("answer", ANSWERS, name="research_study_answer"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="research_study_answered",
            ),
            matches("key", r"^[0-9a-f]{16}$", name="research_study_key"),
            models.CheckConstraint(
                condition=~models.Q(title="") & ~models.Q(approval=""),
                name="research_study_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    ends_at__gt=models.F("made_at"), ends_at__lte=models.F("made_at") + LONGEST
                ),
                name="research_study_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"study {self.id}"

    @property
    def last_day(self) -> date:
        """Return the last day on which data may be collected for it."""
        return site_facts.site_day(self.ends_at - timedelta(microseconds=1))


@holds(
    subject="person",
    category="study member",
    scope="identity",
    columns={
        "id": CODE,
        "study": LINK,
        "person": LINK,
        "named_at": CLOCK,
        "statement_at": CLOCK,
    },
    retain=None,
)
class StudyMember(models.Model):
    """A Researcher named in a Study; `statement_at` = when they signed confidentiality."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_members"
    )
    named_at = models.DateTimeField()
    statement_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "person"], name="research_studymember_once"),
        ]
