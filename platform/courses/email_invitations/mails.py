"""The mail of an invitation: the course, the site and the link. It names no person."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from accounts.mail.delivery import MailTable
from accounts.mail.message import Addressee, check_email, compose_message, format_date_time
from accounts.site import site_facts
from accounts.site.site_address import site_address
from courses.email_invitations.acceptance import may_be_accepted
from courses.email_invitations.records import draw_link, open_email
from courses.models import EmailInvitation
from vault.sealed_values import KeyDestroyed


@transaction.atomic
def write_invitation(mail: EmailInvitation, now: datetime) -> EmailMultiAlternatives | None:
    """Return the mail with a new link; None where the invitation has ended."""
    rows = EmailInvitation.objects.select_for_update(of=("self",)).select_related("course")
    row = rows.filter(pk=mail.pk, state="waiting", made_at=mail.made_at).first()
    if row is None or row.course is None or not may_be_accepted(row, now):
        return None
    try:
        email = open_email(row)
    except KeyDestroyed:
        return None
    check_email(email)
    facts = site_facts.current()
    with translation.override(facts.language), timezone.override(facts.zone):
        gaps = {"course": row.course.title, "until": format_date_time(row.expires_at)}
        address = site_address() + draw_link(row)
        return compose_message("course_invitation", Addressee(email), gaps, address)


def _with_course() -> QuerySet[EmailInvitation]:
    return EmailInvitation.objects.filter(course__isnull=False)


INVITATION_MAILS: Final = MailTable(waiting=_with_course, write=write_invitation)
