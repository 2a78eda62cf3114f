"""Sending of e-mail invitations: Teachers invite, resend and withdraw; visitors request one.

This module never looks up whether an address has an account. So neither a reply nor its timing
reveals that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

import audit
from accounts.administration.person_records import CannotChange
from accounts.identity import make_keys
from accounts.keyed_hash import digest_email
from accounts.mail import queue
from accounts.models import User
from accounts.sign_in import lookup_limits
from courses.email_invitations.records import find_open, make_link, open_email, seal_email
from courses.models import Course, EmailInvitation
from courses.models.email_invitation import JOIN_LIFETIME, LIFETIME, end_invitations

SENT_COLUMNS: Final = (
    "state",
    "made_at",
    "due_at",
    "expires_at",
    "done_at",
    "tries",
    "open_tries",
    "sendings",
    "invited_by",
    "key_digest",
)
# After this many mails an invitation is not sent again.
MOST_SENDINGS: Final = 5


@dataclass(frozen=True, slots=True)
class LinkToHandOver:
    """A link that a site without mail shows once, because only its digest is stored."""

    email: str
    path: str


@transaction.atomic
def invite(
    course: Course, emails: Sequence[str], *, by: User, now: datetime
) -> list[LinkToHandOver]:
    """Invite each address, or send a waiting invitation again.

    Returns the links to hand over where this site sends no mail. Raises CannotChange after too many
    invitations in a day, or to one address.
    """
    if not lookup_limits.count_invitations(by, len(emails), now=now):
        raise CannotChange(
            _(
                "Not sent. These are more invitations than one person can send in a day. Try "
                "again tomorrow."
            )
        )
    rows = _lock_or_make(course, emails, by_join_link=False, now=now)
    if any(row.sendings >= MOST_SENDINGS for row in rows):
        raise CannotChange(
            _(
                "Not sent. One of these addresses has already been sent five invitations. Remove "
                "the address, or withdraw its invitation."
            )
        )
    for invitation in rows:
        invitation.invited_by = by
    links = _send(rows, now)
    audit.record_each(
        "enrolment.change", [_leaf_values(course, "email_invited")] * len(rows), actor=by.code
    )
    return [LinkToHandOver(*each) for each in zip(emails, links, strict=True)] if links else []


@transaction.atomic
def send_again(course: Course, id: UUID, *, by: User, now: datetime) -> LinkToHandOver | None:
    """Send one of the course's invitations once more; its 30 days begin again.

    Returns the link to hand over where this site sends no mail. Raises CannotChange.
    """
    invitation = _lock(course, id, now)
    if invitation.sendings >= MOST_SENDINGS:
        raise CannotChange(
            _("Not sent. This invitation has already been sent five times. Withdraw it, or wait.")
        )
    if not lookup_limits.count_invitations(by, 1, now=now):
        raise CannotChange(
            _("Not sent. You have reached today’s limit for invitations. Try again tomorrow.")
        )
    links = _send([invitation], now)
    _record(course, "email_invited", by)
    if not links:
        return None
    (link,) = links
    if invitation.invited_by_id != by.pk:
        return LinkToHandOver("", link)
    return LinkToHandOver(open_email(invitation), link)


@transaction.atomic
def withdraw(course: Course, id: UUID, *, by: User, now: datetime) -> None:
    """End an invitation of the course; its link stops working."""
    invitation = _lock(course, id, now)
    end_invitations(EmailInvitation.objects.filter(pk=invitation.pk))
    _record(course, "email_withdrawn", by)


@transaction.atomic
def ask_by_join_link(course: Course, email: str, *, now: datetime) -> None:
    """Send an invitation to the address of a visitor with the join link, a few times at most."""
    (invitation,) = _lock_or_make(course, [email], by_join_link=True, now=now)
    if invitation.sendings < MOST_SENDINGS and queue.has_server():
        _send([invitation], now)


def _lock_or_make(
    course: Course, emails: Sequence[str], *, by_join_link: bool, now: datetime
) -> list[EmailInvitation]:
    """Return the locked invitation of each address; create those that are missing."""
    # Lock, so that two requests that invite one address run one after the other.
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    wanted = {digest_email(email): email for email in emails}
    rows = EmailInvitation.objects.filter(
        course=course, email_digest__in=wanted, by_join_link=by_join_link
    )
    # An expired invitation that is not yet deleted would block a new one.
    end_invitations(rows.filter(expires_at__lte=now))
    found = {row.email_digest: row for row in rows.select_for_update().order_by("pk")}
    missing = {digest: uuid4() for digest in wanted if digest not in found}
    make_keys(list(missing.values()), now=now)
    made = [
        EmailInvitation(
            id=id,
            course=course,
            by_join_link=by_join_link,
            email_sealed=seal_email(wanted[digest], id, now=now),
            email_digest=digest,
            made_at=now,
            due_at=now,
            expires_at=now + LIFETIME,
        )
        for digest, id in missing.items()
    ]
    found |= {row.email_digest: row for row in EmailInvitation.objects.bulk_create(made)}
    return [found[digest_email(email)] for email in emails]


def _send(invitations: Sequence[EmailInvitation], now: datetime) -> list[str]:
    """Queue the mails; without a mail server, return the paths of the links instead."""
    has_mail = queue.has_server()
    for invitation in invitations:
        invitation.state = "waiting" if has_mail else "shown"
        invitation.made_at = invitation.due_at = now
        invitation.expires_at = now + (JOIN_LIFETIME if invitation.by_join_link else LIFETIME)
        invitation.done_at, invitation.tries, invitation.open_tries = None, 0, 0
        invitation.sendings += 1
    links = [] if has_mail else [make_link(invitation) for invitation in invitations]
    EmailInvitation.objects.bulk_update(invitations, SENT_COLUMNS)
    return links


def _lock(course: Course, id: UUID, now: datetime) -> EmailInvitation:
    """Return and lock an invitation that a Teacher of this course can see; 404 for another one."""
    rows = find_open(now).filter(pk=id, course=course, by_join_link=False)
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise Http404
    return row


def _record(course: Course, what: str, by: User) -> None:
    """Record a leaf about the course alone: the person behind the address is not known yet."""
    audit.record("enrolment.change", actor=by.code, subject=None, public=_leaf_values(course, what))


def _leaf_values(course: Course, what: str) -> dict[str, object]:
    return {"course": course.slug, "what": what}
