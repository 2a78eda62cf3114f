"""Queued mails.

A row stores no address, no text and no link: all of these are made when the mail is sent, and only
if the person may still get it.
"""

from __future__ import annotations

from typing import ClassVar, Final, Self

from django.db import models

from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, closed, holds

# Each carries a one-time link; a newer one replaces an older one that still waits.
WITH_PASSWORD_LINK: Final = ("invitation", "reset", "link")
NOTICES: Final = (
    "password_changed", "factor_added", "factor_removed", "new_browser", "sso_connected",
    "lti_linked",
)  # fmt: skip
# Pages that the button of each other mail links to, by URL name. Each of these mails has a reason
# that is checked again when it is sent (settings.MAIL_REASONS), except those about something that
# ended.
PAGES: Final = {
    "due_dates": "classroom:home",
    "announcement": "classroom:home",
    "message": "messaging:inbox",
    "week_summary": "teaching:weeks",
    "guardian_asked": "classroom:consents",
    "consent_ends": "classroom:consents",
    "request_due": "stewardship:requests",
    "request_answered": "classroom:my_data",
    "guardian_added": "classroom:looked",
    "guardian_ended": "classroom:looked",
    "ward_added": "classroom:looked",
    "ward_ended": "classroom:looked",
}
KINDS: Final = (*WITH_PASSWORD_LINK, *NOTICES, *PAGES)
# "dropped": it may no longer be sent; "given_up": no attempt of a whole day succeeded.
STATES: Final = ("waiting", "sent", "bounced", "dropped", "given_up")


class DueMail(models.Model):
    """One mail for a sweep to send, and its outcome.

    `open_tries` counts attempts without a known end: the worker was killed, or the mail server did
    not answer after it had the whole mail.
    """

    state = models.CharField(max_length=8, default="waiting")
    made_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    open_tries = models.PositiveSmallIntegerField(default=0)
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True


@holds(
    subject="person",
    category="identity",
    scope="identity",
    columns={
        "id": NUMBER,
        "person": LINK,
        "kind": CODE,
        "state": CODE,
        "made_at": CLOCK,
        "due_at": CLOCK,
        "done_at": CLOCK,
        "tries": NUMBER,
        "open_tries": NUMBER,
    },
    erase=DELETE,
    retain="14d",
    clock="made_at",
)
class PendingMail(DueMail):
    """One mail to one person; `person` is empty if the typed name is unknown."""

    person = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="mails"
    )
    kind = models.CharField(max_length=16)

    class Meta:
        constraints = [
            closed("kind", KINDS, name="accounts_pendingmail_kind"),
            closed("state", STATES, name="accounts_pendingmail_state"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="waiting"),
                name="accounts_pendingmail_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.made_at:%Y-%m-%d %H:%M}, {self.state}"
