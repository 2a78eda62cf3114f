"""Changing the legal profile takes two Stewards: one asks with a reason, another one confirms.

From the commit of the confirmation the gate answers under the stricter of the setting and the new
profile, in every process, because it reads the row each time.
`privacy.retention.legal_profile_purge` then removes what is no longer allowed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from accounts.site import site_facts
from consent.legal_profiles import profiles
from consent.legal_profiles.disallowed_data import left_over
from consent.legal_profiles.models import ProfileChange
from consent.legal_profiles.profiles import NAMES
from consent.notices import notices
from vault.sealed_values import KeyDestroyed, Place, seal_value, unseal_value

OPEN_FOR = timedelta(days=7)
LONGEST_REASON = 2000
ONE_AT_A_TIME = "expect one question about the legal profile at a time"


class BadChange(ValueError):
    """Not to be done; the sentence says why and can be shown as it is."""


@transaction.atomic
def ask(asker: User, wanted: str, reason: str, *, now: datetime) -> ProfileChange:
    """Ask for another profile, or for the one in force where it left something behind. Raises
    BadChange."""
    _steward(asker)
    reason = reason.strip()
    before = profiles.chosen() or profiles.setting()
    if wanted not in NAMES:
        raise BadChange(_("Select one of the profiles in the list."))
    if wanted == before and not left_over(now=now):
        raise BadChange(_("This profile is already in force."))
    if not 0 < len(reason) <= LONGEST_REASON:
        raise BadChange(
            _("Enter a reason of at most {n} characters.").format(
                n=number_format(LONGEST_REASON, force_grouping=True)
            )
        )
    _one_at_a_time()
    _lapse(now)
    if ProfileChange.objects.filter(state="asked").exists():
        raise BadChange(
            _("Another change is waiting for an answer. Answer it or withdraw it first.")
        )
    change = ProfileChange(id=uuid4(), wanted=wanted, before=before, asked_by=asker, asked_at=now)
    change.reason = seal_value(
        reason, place=_place(change.id, asker.code), scopes={"identity": 0}, now=now
    )
    change.save(force_insert=True)
    _leaf("ask", change, asker)
    return change


@transaction.atomic
def confirm(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Put the profile in force, by another Steward than the one who asked. Raises BadChange."""
    _steward(decider)
    change = _open(change_id, now)
    if change.asked_by is None or not change.asked_by.is_active:
        raise BadChange(
            _("The person who requested this has left. Start a new request: two people must agree.")
        )
    _steward(change.asked_by)
    if change.asked_by == decider:
        raise BadChange(_("You requested this, so another data steward has to confirm it."))
    notices.wait_for_turn()
    before, after = profiles.current(now=now), profiles.in_force(change.wanted, now=now)
    renews = notices.name_other_days(site_facts.load(), before, after)
    confirmed = _decide(change, "confirmed", decider, now)
    if renews:
        notices.publish(now)
    return confirmed


@transaction.atomic
def end(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Take one's own question back, or decline another's. Raises BadChange."""
    _steward(decider)
    change = _open(change_id, now)
    own = change.asked_by == decider
    return _decide(change, "cancelled" if own else "declined", decider, now)


def waiting(now: datetime) -> ProfileChange | None:
    """The question that waits for an answer, if any."""
    rows = ProfileChange.objects.filter(state="asked", asked_at__gt=now - OPEN_FOR)
    return rows.select_related("asked_by").first()


def reason_of(change: ProfileChange) -> str | None:
    """Why somebody asked; None once their account is gone."""
    if change.asked_by is None or not change.reason:
        return None
    try:
        return str(unseal_value(change.reason, place=_place(change.id, change.asked_by.code)))
    except KeyDestroyed:
        return None


def to_purge() -> ProfileChange | None:
    """The change in force, while what it forbids may still stand."""
    newest = ProfileChange.confirmed().first()
    return newest if newest is not None and newest.purged_at is None else None


def purged(change: ProfileChange, *, now: datetime) -> None:
    """Nothing of what this change forbids was found any more."""
    ProfileChange.objects.filter(pk=change.pk).update(purged_at=now)


def _open(change_id: UUID, now: datetime) -> ProfileChange:
    change = ProfileChange.objects.select_for_update().filter(id=change_id, state="asked").first()
    if change is None:
        raise BadChange(_("This request has already been answered."))
    if change.asked_at <= now - OPEN_FOR:
        raise BadChange(_("This request is more than seven days old. Start a new one."))
    return change


def _decide(change: ProfileChange, state: str, decider: User, now: datetime) -> ProfileChange:
    change.state, change.decided_by, change.decided_at = state, decider, now
    change.save(update_fields=["state", "decided_by", "decided_at"])
    _leaf(state, change, decider)
    return change


def _lapse(now: datetime) -> None:
    old = ProfileChange.objects.filter(state="asked", asked_at__lte=now - OPEN_FOR)
    old.update(state="lapsed", decided_at=now)


def _one_at_a_time() -> None:
    """Two questions at once wait for each other, so the second one sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [ONE_AT_A_TIME])


def _steward(person: User) -> None:
    if not person.is_active or not person.has_role("steward"):
        raise PermissionDenied("only a Steward changes the legal profile")


def _leaf(act: str, change: ProfileChange, actor: User) -> None:
    public = {"act": act, "change": change.id, "wanted": change.wanted, "before": change.before}
    audit.record("profile.change", actor=actor.code, subject=None, public=public)


def _place(change: UUID, asker: UUID) -> Place:
    return Place("consent_profilechange", "reason", str(change), asker)
