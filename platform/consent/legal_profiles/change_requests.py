"""Changes of the legal profile need two Stewards: one requests with a reason, another confirms.

From the commit of the confirmation, the gate uses the stricter of the setting and the new profile.
This holds in every process, because it reads the row each time.
`privacy.retention.legal_profile_purge` then deletes what is no longer allowed.
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
from consent.legal_profiles.disallowed_data import count_disallowed
from consent.legal_profiles.models import ProfileChange
from consent.legal_profiles.profiles import NAMES
from consent.notices import notices
from vault.sealed_values import KeyDestroyed, Place, seal_value, unseal_value

OPEN_FOR = timedelta(days=7)
LONGEST_REASON = 2000
ONE_AT_A_TIME = "request legal profile changes one at a time"


class InvalidChange(ValueError):
    """A refused change; the sentence can be shown to the user."""


@transaction.atomic
def request_change(asker: User, wanted: str, reason: str, *, now: datetime) -> ProfileChange:
    """Request another profile, or the one in force if it left data behind. Raises InvalidChange."""
    _require_steward(asker)
    reason = reason.strip()
    before = profiles.load_chosen() or profiles.read_setting()
    if wanted not in NAMES:
        raise InvalidChange(_("Select one of the profiles in the list."))
    if wanted == before and not count_disallowed(now=now):
        raise InvalidChange(_("This profile is already in force."))
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidChange(
            _("Enter a reason of at most {n} characters.").format(
                n=number_format(LONGEST_REASON, force_grouping=True)
            )
        )
    _take_turn()
    _expire_old(now)
    if ProfileChange.objects.filter(state="asked").exists():
        raise InvalidChange(
            _("Another change is waiting for an answer. Answer it or withdraw it first.")
        )
    change = ProfileChange(id=uuid4(), wanted=wanted, before=before, asked_by=asker, asked_at=now)
    change.reason = seal_value(
        reason, place=_place(change.id, asker.code), scopes={"identity": 0}, now=now
    )
    change.save(force_insert=True)
    _record("ask", change, asker)
    return change


@transaction.atomic
def confirm_change(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Put the profile in force; `decider` must be another Steward. Raises InvalidChange."""
    _require_steward(decider)
    change = _load_open(change_id, now)
    if change.asked_by is None or not change.asked_by.is_active:
        raise InvalidChange(
            _("The person who requested this has left. Start a new request: two people must agree.")
        )
    _require_steward(change.asked_by)
    if change.asked_by == decider:
        raise InvalidChange(_("You requested this, so another data steward has to confirm it."))
    notices.wait_for_turn()
    before, after = profiles.current(now=now), profiles.in_force(change.wanted, now=now)
    renews = notices.changes_retention(site_facts.load(), before, after)
    confirmed = _decide(change, "confirmed", decider, now)
    if renews:
        notices.publish(now)
    return confirmed


@transaction.atomic
def end_request(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Withdraw one's own request, or decline another's. Raises InvalidChange."""
    _require_steward(decider)
    change = _load_open(change_id, now)
    own = change.asked_by == decider
    return _decide(change, "cancelled" if own else "declined", decider, now)


def find_waiting(now: datetime) -> ProfileChange | None:
    """Return the open request, or None."""
    rows = ProfileChange.objects.filter(state="asked", asked_at__gt=now - OPEN_FOR)
    return rows.select_related("asked_by").first()


def read_reason(change: ProfileChange) -> str | None:
    """Return the reason of a request; None once the requester's account is deleted."""
    if change.asked_by is None or not change.reason:
        return None
    try:
        return str(unseal_value(change.reason, place=_place(change.id, change.asked_by.code)))
    except KeyDestroyed:
        return None


def find_unpurged() -> ProfileChange | None:
    """Return the change in force while data that it forbids may still be stored, else None."""
    newest = ProfileChange.confirmed().first()
    return newest if newest is not None and newest.purged_at is None else None


def mark_purged(change: ProfileChange, *, now: datetime) -> None:
    """Record that no data that this change forbids was found any more."""
    ProfileChange.objects.filter(pk=change.pk).update(purged_at=now)


def _load_open(change_id: UUID, now: datetime) -> ProfileChange:
    change = ProfileChange.objects.select_for_update().filter(id=change_id, state="asked").first()
    if change is None:
        raise InvalidChange(_("This request has already been answered."))
    if change.asked_at <= now - OPEN_FOR:
        raise InvalidChange(_("This request is more than seven days old. Start a new one."))
    return change


def _decide(change: ProfileChange, state: str, decider: User, now: datetime) -> ProfileChange:
    change.state, change.decided_by, change.decided_at = state, decider, now
    change.save(update_fields=["state", "decided_by", "decided_at"])
    _record(state, change, decider)
    return change


def _expire_old(now: datetime) -> None:
    old = ProfileChange.objects.filter(state="asked", asked_at__lte=now - OPEN_FOR)
    old.update(state="lapsed", decided_at=now)


def _take_turn() -> None:
    """Take a lock, so that of two concurrent requests the second one sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [ONE_AT_A_TIME])


def _require_steward(person: User) -> None:
    if not person.is_active or not person.has_role("steward"):
        raise PermissionDenied("only a Steward changes the legal profile")


def _record(act: str, change: ProfileChange, actor: User) -> None:
    public = {"act": act, "change": change.id, "wanted": change.wanted, "before": change.before}
    audit.record("profile.change", actor=actor.code, subject=None, public=public)


def _place(change: UUID, asker: UUID) -> Place:
    return Place("consent_profilechange", "reason", str(change), asker)
