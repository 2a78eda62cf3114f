"""Writing one mail at the moment at which it is sent, in the reader's language.

The one-time link is made here, because only its digest is stored.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import language, password_links
from accounts.identity import Identity, load_identity
from accounts.mail.letters import LETTERS
from accounts.models import PendingMail, User
from accounts.pending_mail_model import WITH_PASSWORD_LINK
from accounts.person_records import CannotChange
from accounts.site_address import site_address
from vault.values import KeyDestroyed


@transaction.atomic
def write_message(mail: PendingMail, *, now: datetime) -> EmailMultiAlternatives | None:
    """Return the mail; None where this person may get none, or none of this kind, any more."""
    people = User.objects.select_for_update(no_key=True).filter(mails=mail)
    person = people.first()
    if person is None or not person.is_active or person.simulated:
        return None
    try:
        identity = load_identity(person)
        if not identity.email:
            return None
        with translation.override(language.of(person)):
            return _compose(mail, identity, _make_address(mail, person, now), now)
    except (KeyDestroyed, CannotChange):
        return None


def sender_name() -> str:
    """Return who sends: the name in MAIL_FROM, such as that of the school."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or "Attune"


def _make_address(mail: PendingMail, person: User, now: datetime) -> str:
    """Return where the button leads. Raises CannotChange where the person can get no link."""
    if mail.kind in WITH_PASSWORD_LINK:
        if not password_links.may_be_mailed(person):
            raise CannotChange("")
        return site_address() + password_links.make_link(person, by=None, now=now)
    return site_address() + reverse("accounts:security")


def _compose(
    mail: PendingMail, identity: Identity, address: str, now: datetime
) -> EmailMultiAlternatives:
    context = _load_context(mail, identity, address, now)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string("accounts/mail/letter.txt", context),
        to=[identity.email],
        headers={"Message-ID": make_msgid(domain=domain), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("accounts/mail/letter.html", context), "text/html")
    return message


def _load_context(
    mail: PendingMail, identity: Identity, address: str, now: datetime
) -> dict[str, Any]:
    letter = LETTERS[mail.kind]
    gaps = {
        "school": sender_name(),
        "login": identity.login,
        "until": date_format(now + password_links.LIFETIME, _("j F Y, H:i")),
        "at": date_format(mail.made_at, _("j F Y, H:i")),
    }
    words = {
        name: str(getattr(letter, name)).format(**gaps)
        for name in ("subject", "heading", "button", "limit", "otherwise")
    }
    says = [str(line).format(**gaps) for line in letter.says]
    code = translation.get_language() or settings.LANGUAGE_CODE
    return {
        **words,
        "says": says,
        "school": gaps["school"],
        "name": identity.name,
        "address": address,
        "language": code,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }
