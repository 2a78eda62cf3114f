"""Notices about consents on the start page: one expires, has changed or needs agreement."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from consent.grants.grant_expiry import REMIND
from consent.models import Grant
from consent.notices.notices import has_newer


def list_reminders(person: User, now: datetime) -> list[str]:
    """Return the sentences for this user now, the most urgent first."""
    rows = Grant.objects.filter(learner=person, expires_at__gt=now).annotate(
        replaced=has_newer(now)
    )
    live = rows.filter(live=True)
    grown = ~Q(notice__age_band=F("learner__age_band"))
    current = rows.exclude(replaced=True).exclude(grown)
    ends = current.filter(live=True, expires_at__lte=now + REMIND).order_by("expires_at").first()
    waits = current.filter(live=False, guardian_at__isnull=False, assent_at=None)
    found = []
    if live.filter(Q(replaced=True) | grown).exists():
        found.append(
            _(
                "The text about something you switched on has changed. It stays off until you "
                "read the new text."
            )
        )
    if ends is not None:
        found.append(_expiry_sentence(ends.expires_at))
    if waits.exists():
        found.append(
            _("Your parent or guardian agreed to something. It stays off unless you agree too.")
        )
    return found


def _expiry_sentence(at: datetime) -> str:
    sentence = _(
        "Your consent for something you switched on expires on {day}. It then switches "
        "off, and the data collected is deleted."
    )
    return sentence.format(day=date_format(timezone.localtime(at), "MONTH_DAY_FORMAT"))
