"""The end of a first launch: an account, a membership, and the launch counts as used."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.mfa import second_factor
from accounts.models import User
from accounts.sign_in import single_use
from lti.account_links.links import link_account
from lti.account_links.pending_launch import PendingLaunch
from lti.launch.accounts import find_account, find_or_make_account
from lti.launch.destinations import follow_grade
from lti.memberships import note_member
from lti.models import PlatformAccount, PlatformCourse


class UsedLaunch(Exception):
    """The launch was completed before, or its platform was switched off meanwhile."""


@transaction.atomic
def continue_as_new(pending: PendingLaunch, *, now: datetime) -> PlatformAccount:
    """Return the link to a new account. Raises NoAccount, UsedLaunch."""
    within = _use(pending, now)
    account = find_or_make_account(within.platform, pending.identity, now=now)
    _enter(account, within, pending, now)
    return account


@transaction.atomic
def link_to(pending: PendingLaunch, person: User, *, session_key: str, now: datetime) -> None:
    """Link the launch's person with this account. Raises NoAccount, UsedLaunch.

    If the person gains a role, only the session in which they agreed to it stays.
    """
    within = _use(pending, now)
    account = link_account(within.platform, pending.identity, person, now=now)
    after = account.person.roles
    second_factor.end_earlier_sessions(person, before=person.roles, after=after, but=session_key)
    _enter(account, within, pending, now)


def drop(pending: PendingLaunch, *, now: datetime) -> None:
    """Use the launch up without completing it."""
    single_use.spend("lti-pending", pending.number, now=now)


def is_linked(pending: PendingLaunch, person: User) -> bool:
    """Return whether the launch's person opens this account."""
    within = pending.load_course()
    if within is None:
        return False
    account = find_account(within.platform, pending.subject)
    return account is not None and account.person == person


def is_used(pending: PendingLaunch) -> bool:
    return single_use.is_spent("lti-pending", pending.number)


def _use(pending: PendingLaunch, now: datetime) -> PlatformCourse:
    """Use the launch up; a refusal afterwards rolls this back, so that another choice is open."""
    within = pending.load_course()
    if within is None or not single_use.spend("lti-pending", pending.number, now=now):
        raise UsedLaunch
    return within


def _enter(
    account: PlatformAccount, within: PlatformCourse, pending: PendingLaunch, now: datetime
) -> None:
    note_member(account, within, teaches=pending.teaches, now=now)
    follow_grade(account, pending.load_link(), now=now)
