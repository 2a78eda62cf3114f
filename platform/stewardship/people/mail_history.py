"""The last emails to one person, as listed on the account page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as lazy

from accounts.models import User

RECENT: Final = 6
KIND_WORDS: Final = {
    "invitation": lazy("Invitation"),
    "reset": lazy("Password reset"),
    "link": lazy("Sign-in link"),
    "password_changed": lazy("Password changed"),
    "factor_added": lazy("Two-step verification turned on"),
    "factor_removed": lazy("Two-step verification turned off"),
    "new_browser": lazy("New sign-in"),
    "due_dates": lazy("Due this week"),
    "week_summary": lazy("Weekly summary for teachers"),
    "announcement": lazy("New announcement"),
    "message": lazy("New message from a teacher"),
    "guardian_asked": lazy("Decision needed from a guardian"),
    "consent_ends": lazy("Consent expires soon"),
    "request_due": lazy("Request due soon"),
    "request_answered": lazy("Request answered"),
    "guardian_added": lazy("A guardian was added"),
    "guardian_ended": lazy("A guardian was removed"),
    "ward_added": lazy("Became a guardian"),
    "ward_ended": lazy("Is no longer a guardian"),
    "sso_connected": lazy("Single sign-on connected"),
    "lti_linked": lazy("Learning platform linked"),
}
STATE_WORDS: Final = {
    "waiting": lazy("waiting"),
    "sent": lazy("sent"),
    "bounced": lazy("bounced: the mail server refused this address"),
    "dropped": lazy("not sent: no longer needed or not possible"),
    "given_up": lazy("gave up: the mail server did not confirm it"),
}


@dataclass(frozen=True, slots=True)
class Mail:
    what: str
    at: datetime
    state: str
    bounced: bool


def load_mails(person: User) -> tuple[Mail, ...]:
    """Return the last emails, newest first."""
    return tuple(
        Mail(
            str(KIND_WORDS[row.kind]),
            row.done_at or row.made_at,
            str(STATE_WORDS[row.state]),
            row.state == "bounced",
        )
        for row in person.mails.order_by("-made_at", "-pk")[:RECENT]
    )
