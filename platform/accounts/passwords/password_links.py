"""One-time links to set a first or a new password."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts import people
from accounts.administration import steward_nominations
from accounts.administration.person_records import CannotChange, is_in_use
from accounts.keyed_hash import digest_secret
from accounts.mail import queue
from accounts.models import PasswordLink, User
from accounts.passwords.password_rules import may_use_password, with_password_allowed
from accounts.sessions import revocation

LIFETIME: Final = timedelta(hours=72)
KEY_BYTES: Final = 16


@transaction.atomic
def make_link(user: User, *, by: UUID | None, now: datetime) -> str:
    """Return the path of a new link to hand over; every older link ends, queued ones included.

    `by` is None if the server makes it. Raises CannotChange with the sentence of `find_obstacle`.
    """
    if obstacle := find_obstacle(user, by=by):
        raise CannotChange(obstacle)
    lock_user(user.pk)
    revocation.end_links(user)
    audit.record("person.link_make", actor=by, subject=user.code)
    return _create_link(user, mailed=False, now=now)


@transaction.atomic
def make_mailed_link(user: User, *, asked_at: datetime, now: datetime) -> str:
    """Return the path of a new link for a mail; only links of older mails end.

    Anyone can request the mail, so it ends no link that a Steward handed over. A second attempt at
    one mail, requested at `asked_at`, records no second leaf. Raises CannotChange.
    """
    if obstacle := find_obstacle(user, by=None):
        raise CannotChange(obstacle)
    lock_user(user.pk)
    older = PasswordLink.objects.filter(user=user, mailed=True)
    if not older.filter(made_at__gte=asked_at).exists():
        audit.record("person.link_make", actor=None, subject=user.code, public={"by": "mail"})
    older.delete()
    return _create_link(user, mailed=True, now=now)


def find_obstacle(user: User, *, by: UUID | None) -> str:
    """Return the reason why this person can get no link now, or "".

    A closed account may be in the middle of an erasure. With a link to another Steward's account,
    one Steward could act as two.
    """
    if not user.is_active:
        return _("This account is locked. Unlock it first.")
    if user.simulated:
        return _("A simulated person cannot sign in.")
    if not may_use_password(user):
        return _(
            "On this site, only data stewards have passwords. Everyone else signs in through "
            "their school."
        )
    if by not in (None, user.code) and user.has_role("steward") and is_in_use(user):
        return _(
            "You cannot create a link for another data steward. Use manage.py setup on the server."
        )
    return ""


def may_be_mailed(user: User) -> bool:
    """Return whether a link may go to the recorded e-mail; see `find_obstacle`.

    Another Steward can change a Steward's e-mail and remove the second factor, so with a mail one
    Steward could act as two. If there is a second one, `manage.py setup` makes the link.
    """
    in_use = user.has_role("steward") and is_in_use(user)
    return not (in_use and steward_nominations.needs_second_steward())


def load_person(key: str, *, now: datetime) -> User | None:
    """Return the owner of this link; None if it is used, replaced or too old."""
    link = _open_links(now).filter(key_digest=digest_secret(key)).select_related("user").first()
    return None if link is None else link.user


def use_link(key: str, password: str, *, now: datetime) -> User | None:
    """Set the password, which ends all sessions and the link; None if the link is invalid."""
    found = load_person(key, now=now)
    if found is None:
        return None
    # Hashing is slow by design, so it runs before any row is locked.
    hashed = make_password(password)
    with transaction.atomic():
        # Lock the person before the link, as everywhere, so that no two transactions deadlock.
        user = lock_user(found.pk)
        links = _open_links(now).filter(key_digest=digest_secret(key), user=user)
        if user is None or not links.select_for_update(of=("self",)).exists():
            return None
        if user.has_usable_password():
            queue.queue_mail(user, "password_changed", now=now)
        people.store_password(user, hashed)
    return user


def lock_user(pk: int) -> User | None:
    """Return the person, locked; None if the account no longer exists."""
    return User.objects.select_for_update(no_key=True).filter(pk=pk).first()


def _create_link(user: User, *, mailed: bool, now: datetime) -> str:
    """Store the digest of a new key, and return the path that contains the key."""
    key = secrets.token_urlsafe(KEY_BYTES)
    PasswordLink.objects.create(
        user=user, key_digest=digest_secret(key), made_at=now, mailed=mailed
    )
    # In the query string, because Django logs the paths of refused requests.
    return f"{reverse('accounts:start')}?key={key}"


def _open_links(now: datetime) -> QuerySet[PasswordLink]:
    links = PasswordLink.objects.filter(made_at__gt=now - LIFETIME, user__is_active=True)
    return links.filter(with_password_allowed("user"))
