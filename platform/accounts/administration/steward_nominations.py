"""Nomination of Stewards: one Steward nominates, another one confirms within seven days.

Only `demo`, and a site with a single Steward, need no second Steward. Locked Stewards count:
otherwise one could lock the others and act alone.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts.administration.person_records import CannotChange, is_in_use, lock_person_row
from accounts.administration.two_steward_requests import OPEN_FOR
from accounts.mfa import second_factor
from accounts.models import StewardNomination, User
from accounts.sessions import revocation
from accounts.single_sign_on import link_removal


def needs_second_steward() -> bool:
    """Return whether another Steward has to confirm a new one."""
    if second_factor.is_demo_site():
        return False
    stewards = User.objects.filter(roles__contains=["steward"])
    return sum(is_in_use(each) for each in stewards) > 1


def load_nomination(person: User, *, now: datetime) -> StewardNomination | None:
    """Return the nomination that another Steward can confirm now, or None."""
    rows = StewardNomination.objects.filter(person=person, asked_at__gt=now - OPEN_FOR)
    return rows.select_related("asked_by").first()


@transaction.atomic
def make_steward(person: User, *, by: User, now: datetime) -> None:
    """Make the person a Steward, or nominate them if a second Steward has to confirm."""
    if person.simulated:
        raise CannotChange(_("A simulated person cannot be a data steward."), "roles")
    link_removal.refuse_without_password(person)
    if not needs_second_steward():
        _give_role(person, by)
        return
    if person == by:
        raise CannotChange(_("Another data steward has to nominate you."), "roles")
    StewardNomination.objects.update_or_create(
        person=person, defaults={"asked_by": by, "asked_at": now}
    )
    _record("ask", person, by)


@transaction.atomic
def confirm_nomination(code: UUID, *, by: User, now: datetime) -> None:
    """Make the person a Steward; `by` must not be the nominator. Raises CannotChange."""
    person = lock_person_row(code)
    nomination = _load_open(person, now)
    if nomination.asked_by == by:
        raise CannotChange(
            _("You nominated this person, so another data steward has to confirm the nomination.")
        )
    if not nomination.asked_by.is_active or not nomination.asked_by.has_role("steward"):
        raise CannotChange(
            _("The person who made this nomination is no longer a data steward. Nominate again.")
        )
    _record("confirm", person, by)
    _give_role(person, by)


@transaction.atomic
def end_nomination(code: UUID, *, by: User, now: datetime) -> None:
    """Withdraw one's own nomination, or decline another's. Raises CannotChange."""
    person = lock_person_row(code)
    nomination = _load_open(person, now)
    act = "cancel" if nomination.asked_by == by else "decline"
    nomination.delete()
    _record(act, person, by)


def _load_open(person: User, now: datetime) -> StewardNomination:
    found = load_nomination(person, now=now)
    if found is None:
        raise CannotChange(
            _("This nomination has already been answered or is more than seven days old.")
        )
    return found


def _give_role(person: User, by: User) -> None:
    """Make the person a Steward, and end one-time links, provider connections and sessions.

    A provider or a platform may have begun a session. Its operator could set up the second
    factor in it, and act as a Steward.
    """
    link_removal.refuse_without_password(person)
    revocation.end_links(person)
    link_removal.end_provider_sign_ins(person, by=by)
    revocation.end_all(person, by=by.code)
    StewardNomination.objects.filter(person=person).delete()
    roles = sorted({*person.roles, "steward"})
    User.objects.filter(pk=person.pk).update(roles=roles)
    public = {"roles": ",".join(roles)}
    audit.record("person.roles", actor=by.code, subject=person.code, public=public)


def _record(act: str, person: User, by: User) -> None:
    audit.record("person.nominate", actor=by.code, subject=person.code, public={"act": act})
