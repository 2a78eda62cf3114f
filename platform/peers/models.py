"""Help between classmates: who offers it and who would take it, and the pairs that a Teacher made.

Nothing here is free text or estimated. Leaving the course deletes a person's rows, and with them
their pairs: every row hangs on an enrolment.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from courses.models import Enrolment, Skill
from data_inventory import CLOCK, CODE, DELETE, LINK, closed, holds
from peers.erasure import forget_pairs

# A pair goes from one to the next, or to an end: "declined" or "ended".
SUGGESTED, WANTED, PAIRED, DECLINED, ENDED = "suggested", "wanted", "paired", "declined", "ended"
OPEN = (SUGGESTED, WANTED, PAIRED)
STATES = (*OPEN, DECLINED, ENDED)


@holds(
    subject="enrolment__user",
    category="peer help",
    scope="course",
    columns={"id": CODE, "enrolment": LINK, "skill": LINK, "since": CLOCK},
    erase=DELETE,
    retain=None,
)
class HelperSkill(models.Model):
    """A skill that a Learner offers to help classmates with, until they untick it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="helps_with")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="helpers")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "skill"], name="peers_helperskill_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="enrolment__user",
    category="peer help",
    scope="course",
    columns={"id": CODE, "enrolment": LINK, "since": CLOCK},
    erase=DELETE,
    retain=None,
)
class PeerHelpWish(models.Model):
    """A Learner's "A classmate may help me" in a course, until they untick it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.OneToOneField(Enrolment, on_delete=models.CASCADE, related_name="help_wish")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="learner",
    category="peer help",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "helper": LINK,
        "skill": LINK,
        "wish": LINK,
        "offer": LINK,
        "state": CODE,
        "suggested_at": CLOCK,
        "due_at": CLOCK,
    },
    erase=forget_pairs,
    retain="60d",
    clock="suggested_at",
)
class PeerPair(models.Model):
    """A helper suggested to a Learner for one skill; who of them said no is not stored.

    `due_at`: when an open pair expires. The pair goes with the wish or the offer that it is made
    from.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    helper = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="peer_pairs")
    wish = models.ForeignKey(PeerHelpWish, on_delete=models.CASCADE, related_name="pairs")
    offer = models.ForeignKey(HelperSkill, on_delete=models.CASCADE, related_name="pairs")
    state = models.CharField(max_length=9, default=SUGGESTED)
    suggested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="peers_peerpair_state"),
            models.UniqueConstraint(
                fields=["learner", "skill"],
                condition=models.Q(state__in=OPEN),
                name="peers_peerpair_one_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(learner=models.F("helper")), name="peers_peerpair_self"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN, due_at__isnull=False)
                | models.Q(state__in=(DECLINED, ENDED), due_at=None),
                name="peers_peerpair_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="peers_peerpair_due_at",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="wish__enrolment__user",
    category="peer help",
    scope="course",
    columns={"id": CODE, "wish": LINK, "skill": LINK, "at": CLOCK},
    erase=DELETE,
    retain="8d",
)
class DismissedRequest(models.Model):
    """A Teacher took a request off the list; a newer request brings it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wish = models.ForeignKey(PeerHelpWish, on_delete=models.CASCADE, related_name="dismissed")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wish", "skill"], name="peers_dismissedrequest_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)
