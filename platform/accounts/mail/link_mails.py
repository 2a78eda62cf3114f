"""Mails with a one-time link, sent by a Steward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts import people
from accounts.administration.person_records import CannotChange
from accounts.mail import queue
from accounts.models import User
from accounts.passwords import password_links


@transaction.atomic
def send_link(person: User, *, by: User, now: datetime) -> None:
    """Queue the mail: an invitation if no password is set yet. Raises CannotChange."""
    if obstacle := password_links.find_obstacle(person, by=by.code):
        raise CannotChange(obstacle)
    if not password_links.may_be_mailed(person):
        raise CannotChange(
            _(
                "A link cannot be emailed to a data steward while there is another data steward. "
                "Show the link instead."
            )
        )
    if not can_mail(person):
        raise CannotChange(
            _("This site does not send email, or no email address is recorded for this person.")
        )
    queue.drop_links(person)
    queue.queue_mail(person, "link" if person.has_usable_password() else "invitation", now=now)
    audit.record("person.link_send", actor=by.code, subject=person.code)


@transaction.atomic
def mail_invitations(people: Sequence[User], *, by: User, now: datetime) -> None:
    """Queue an invitation for each of these new people who can get one."""
    invited = [
        person
        for person in people
        if can_mail(person) and not password_links.find_obstacle(person, by=by.code)
    ]
    queue.queue_mails(invited, "invitation", now=now)
    no_details: dict[str, object] = {}
    publics = {person.code: no_details for person in invited}
    audit.record_about_each("person.link_send", actor=by.code, publics=publics)


def can_mail(person: User) -> bool:
    """Return whether this site sends mail and has an address for this person."""
    return queue.has_server() and bool(people.email_of(person))
