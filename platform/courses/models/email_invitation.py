"""An e-mail invitation to a course, for a person who may have no account here.

The e-mail is sealed under the invitation's own key. The sweep destroys that key once the invitation
was accepted, declined or withdrawn, or has expired.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import models

from accounts.mail.models import STATES as MAIL_STATES
from accounts.mail.models import DueMail
from accounts.models import User
from accounts.sign_in.models import HEX_64
from courses.models.course import Course
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, SEALED, closed, holds, matches

# "shown": the site sends no mail, so the link was displayed to hand over. "ended": unreadable once
# the sweep has destroyed its key.
STATES: Final = (*MAIL_STATES, "shown", "ended")
LIFETIME: Final = timedelta(days=30)
# A visitor who typed an address has not proved that they own it.
JOIN_LIFETIME: Final = timedelta(hours=72)


def end_invitations(found: models.QuerySet[EmailInvitation]) -> int:
    """Make these invitations unusable; the sweep destroys their keys and deletes the rows."""
    return found.update(state="ended", email_sealed=None, email_digest=None, key_digest=None)


def forget_invited(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """End invitations to the person's e-mail, and remove the person from those they sent."""
    if scopes is not None:
        return 0
    forgotten = EmailInvitation.objects.filter(invited_by__code=subject).update(invited_by=None)
    for person in User.objects.filter(code=subject).exclude(email_digest=None):
        found = EmailInvitation.objects.filter(email_digest=person.email_digest)
        forgotten += end_invitations(found)
    return forgotten


@holds(
    subject=None,
    category="course invitation",
    scope=None,
    columns={
        "id": CODE,
        "course": LINK,
        "invited_by": LINK,
        "by_join_link": NUMBER,
        "email_sealed": SEALED,
        "email_digest": DIGEST,
        "key_digest": DIGEST,
        "sendings": NUMBER,
        "state": CODE,
        "made_at": CLOCK,
        "expires_at": CLOCK,
        "due_at": CLOCK,
        "done_at": CLOCK,
        "tries": NUMBER,
        "open_tries": NUMBER,
    },
    erase=forget_invited,
    retain="1d",
    clock="expires_at",
)
class EmailInvitation(DueMail):
    """One address that is invited to one course; its mail is sent like any other due mail.

    `made_at` is when it was last sent, and `key_digest` belongs to the newest link. `by_join_link`:
    a visitor with the course's join link typed the address. `course` is empty once it is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(
        Course, on_delete=models.SET_NULL, null=True, related_name="email_invitations"
    )
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_join_link = models.BooleanField(default=False)
    email_sealed = models.BinaryField(null=True)
    # NULL, not "", once the invitation has ended.
    email_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
    key_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    sendings = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="courses_emailinvitation_state"),
            matches("email_digest", HEX_64, name="courses_emailinvitation_email_digest"),
            matches("key_digest", HEX_64, name="courses_emailinvitation_key_digest"),
            models.UniqueConstraint(
                fields=["course", "email_digest", "by_join_link"],
                name="courses_emailinvitation_once",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="ended", email_sealed=None, email_digest=None, key_digest=None
                )
                | (~models.Q(state="ended") & models.Q(email_sealed__isnull=False)),
                name="courses_emailinvitation_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=("waiting", "ended")),
                name="courses_emailinvitation_due",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.made_at:%Y-%m-%d}, {self.state}"
