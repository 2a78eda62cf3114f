"""Changes of the legal profile need two Stewards: one requests with a reason, another confirms.

From the commit of the confirmation, the gate uses the stricter of the setting and the new profile.
This holds in every process, because it reads the row each time.
`privacy.retention.legal_profile_purge` then deletes what is no longer allowed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts.administration.two_steward_requests import (
    InvalidRequest,
    check_reason,
    find_lapsed,
    find_open,
    lock_request,
    require_steward,
)
from accounts.models import User
from accounts.site import site_facts
from consent.legal_profiles import profiles
from consent.legal_profiles.disallowed_data import count_disallowed
from consent.legal_profiles.models import ProfileChange
from consent.legal_profiles.profiles import NAMES
from consent.notices import notices
from work_queue.turns import wait_for_turn

ONE_AT_A_TIME = "request legal profile changes one at a time"


@transaction.atomic
def request_change(asker: User, wanted: str, reason: str, *, now: datetime) -> ProfileChange:
    """Request another profile, or the same if it left data behind. Raises InvalidRequest."""
    require_steward(asker)
    before = profiles.load_chosen() or profiles.read_setting()
    if wanted not in NAMES:
        raise InvalidRequest(_("Select one of the profiles in the list."))
    if wanted == before and not count_disallowed(now=now):
        raise InvalidRequest(_("This profile is already in force."))
    reason = check_reason(reason)
    # Of two concurrent requests the second one sees the first.
    wait_for_turn(ONE_AT_A_TIME)
    find_lapsed(ProfileChange.objects.all(), now).update(state="lapsed", decided_at=now)
    if ProfileChange.objects.filter(state="asked").exists():
        raise InvalidRequest(
            _("Another change is waiting for an answer. Answer it or withdraw it first.")
        )
    change = ProfileChange(wanted=wanted, before=before, asked_by=asker, asked_at=now)
    change.store(reason, now=now)
    _record("ask", change, asker)
    return change


@transaction.atomic
def confirm_change(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Put the profile in force; `decider` must be another Steward. Raises InvalidRequest."""
    require_steward(decider)
    change = _load_open(change_id, now)
    change.require_second_steward(decider)
    wait_for_turn(notices.ONE_AT_A_TIME)
    before, after = profiles.current(now=now), profiles.in_force(change.wanted, now=now)
    renews = notices.changes_retention(site_facts.load(), before, after)
    confirmed = _decide(change, "confirmed", decider, now)
    if renews:
        notices.publish(now)
    return confirmed


@transaction.atomic
def end_request(decider: User, change_id: UUID, *, now: datetime) -> ProfileChange:
    """Withdraw one's own request, or decline another's. Raises InvalidRequest."""
    require_steward(decider)
    change = _load_open(change_id, now)
    return _decide(change, change.state_without_confirmation(decider), decider, now)


def find_waiting(now: datetime) -> ProfileChange | None:
    """Return the open request, or None."""
    return find_open(ProfileChange.objects.select_related("asked_by"), now).first()


def find_unpurged() -> ProfileChange | None:
    """Return the change in force while data that it forbids may still be stored, else None."""
    newest = ProfileChange.confirmed().first()
    return newest if newest is not None and newest.purged_at is None else None


def mark_purged(change: ProfileChange, *, now: datetime) -> None:
    """Record that no data that this change forbids was found any more."""
    ProfileChange.objects.filter(pk=change.pk).update(purged_at=now)


def _load_open(change_id: UUID, now: datetime) -> ProfileChange:
    change = lock_request(ProfileChange.objects.all(), change_id, ["asked"])
    if change is None:
        raise InvalidRequest(_("This request has already been answered."))
    change.require_open(now)
    return change


def _decide(change: ProfileChange, state: str, decider: User, now: datetime) -> ProfileChange:
    change.decide(state, decider, now)
    _record(state, change, decider)
    return change


def _record(act: str, change: ProfileChange, actor: User) -> None:
    public = {"act": act, "change": change.id, "wanted": change.wanted, "before": change.before}
    audit.record("profile.change", actor=actor.code, subject=None, public=public)
