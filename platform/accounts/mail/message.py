"""Rendering of one mail, in the reader's language, when it is sent.

A one-time link is made here, because only its digest is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import language
from accounts.administration.person_records import CannotChange
from accounts.identity import Identity, load_identity
from accounts.mail import queue
from accounts.mail.mail_texts import MAIL_TEXTS
from accounts.mail.models import PAGES, WITH_PASSWORD_LINK
from accounts.models import PendingMail, User
from accounts.passwords import password_links
from accounts.site import site_facts
from accounts.site.site_address import site_address
from vault.sealed_values import KeyDestroyed


class UnusableEmail(ValueError):
    """The recorded e-mail address cannot be used in a message."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The address of a mail; `name` is empty if it is unknown."""

    email: str
    name: str = ""


@transaction.atomic
def write_message(mail: PendingMail, *, now: datetime) -> EmailMultiAlternatives | None:
    """Return the message; None if this person may no longer get it.

    Raises UnusableEmail, KeystoreBusy or Tampered.
    """
    person = password_links.lock_user(mail.person_id) if mail.person_id else None
    # Checked under the lock: ending a person's links also deletes queued mails with one.
    if person is None or not PendingMail.objects.filter(pk=mail.pk).exists():
        return None
    if not person.is_active or person.simulated:
        return None
    try:
        identity = load_identity(person)
        if not identity.email:
            return None
        check_email(identity.email)
        facts = site_facts.current()
        zone = language.find_time_zone(person, facts)
        with translation.override(language.language_for(person)), timezone.override(zone):
            items = _write_items(mail, person, now)
            return _compose(mail, identity, _make_address(mail, person, now), items, now)
    except (KeyDestroyed, CannotChange):
        return None


def sender_name() -> str:
    """Return the sender's name: the site's recorded name, that in MAIL_FROM, or the host."""
    named = site_facts.current().name or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    return named or urlsplit(site_address()).netloc


def check_email(email: str) -> None:
    """Raise UnusableEmail unless this is one address in characters that every server accepts."""
    try:
        sanitize_address(email, "utf-8")
    except ValueError:
        raise UnusableEmail from None
    if not email.rpartition("@")[0].isascii():
        raise UnusableEmail


def _write_items(mail: PendingMail, person: User, now: datetime) -> list[str]:
    """Return the lines that the mail lists. Raises CannotChange if its reason no longer holds."""
    if mail.kind not in settings.MAIL_REASONS:
        return []
    find_reason = import_string(settings.MAIL_REASONS[mail.kind])
    items: list[str] | None = find_reason(person, now=now)
    if items is None:
        raise CannotChange("")
    return items


def _make_address(mail: PendingMail, person: User, now: datetime) -> str:
    """Return the address of the button. Raises CannotChange if the person can get no link."""
    if mail.kind in WITH_PASSWORD_LINK:
        if not password_links.may_be_mailed(person):
            raise CannotChange("")
        # Checked again under the lock: another worker may have sent the newer link.
        if queue.is_replaced(mail):
            raise CannotChange("")
        path = password_links.make_mailed_link(person, asked_at=mail.made_at, now=now)
        return site_address() + path
    return site_address() + reverse(PAGES.get(mail.kind, "accounts:security"))


def _compose(
    mail: PendingMail, identity: Identity, address: str, items: list[str], now: datetime
) -> EmailMultiAlternatives:
    gaps = {
        "login": identity.login,
        "until": format_date_time(now + password_links.LIFETIME),
        "at": format_date_time(mail.made_at),
    }
    to = Addressee(identity.email, identity.name)
    return compose_message(mail.kind, to, gaps, address, items)


def compose_message(
    kind: str,
    to: Addressee,
    gaps: Mapping[str, str],
    address: str,
    items: Sequence[str] = (),
) -> EmailMultiAlternatives:
    """Return the mail of this kind in the active language and time zone.

    `gaps` maps the placeholders beyond {school} and {zone} to their text. `address` is the target
    of the button.
    """
    context = {**_load_context(kind, to, gaps, address), "items": items}
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string("accounts/mail/letter.txt", context),
        to=[to.email],
        headers={"Message-ID": make_msgid(domain=domain), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("accounts/mail/letter.html", context), "text/html")
    return message


def _load_context(
    kind: str, to: Addressee, gaps: Mapping[str, str], address: str
) -> dict[str, Any]:
    text, school = MAIL_TEXTS[kind], sender_name()
    zone = timezone.get_current_timezone_name()
    words = {
        name: str(getattr(text, name)).format(school=school, zone=zone, **gaps)
        for name in ("subject", "heading", "button", "limit", "otherwise")
    }
    says = [str(line).format(school=school, zone=zone, **gaps) for line in text.says]
    code = translation.get_language() or settings.LANGUAGE_CODE
    return {
        **words,
        "says": says,
        "school": school,
        "name": to.name,
        "address": address,
        "language": code,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }


def format_date_time(at: datetime) -> str:
    """Return date and time in the active time zone."""
    return date_format(timezone.localtime(at), _("j F Y, H:i"))
