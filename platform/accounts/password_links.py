"""One-time links with which a person sets the first password, or a new one."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts import nominations, people
from accounts.digests import digest_secret
from accounts.mail import queue
from accounts.models import PasswordLink, User
from accounts.password_rules import may_use_password, with_password_allowed
from accounts.person_records import CannotChange, is_in_use

LIFETIME: Final = timedelta(hours=72)
KEY_BYTES: Final = 16


@transaction.atomic
def make_link(user: User, *, by: UUID | None, now: datetime) -> str:
    """Return the path of a new link for this person; an older one stops working.

    `by` is None where the server makes it. Raises CannotChange where `find_obstacle` says why not.
    """
    if obstacle := find_obstacle(user, by=by):
        raise CannotChange(obstacle)
    key = secrets.token_urlsafe(KEY_BYTES)
    PasswordLink.objects.update_or_create(
        user=user, defaults={"key_digest": digest_secret(key), "made_at": now}
    )
    audit.record("person.link_make", actor=by, subject=user.code)
    # In the query, because Django logs the paths of refused requests.
    return f"{reverse('accounts:start')}?key={key}"


def find_obstacle(user: User, *, by: UUID | None) -> str:
    """Say why this person can get no link now; empty where they can.

    A closed account may be being erased. With a link to another Steward's account in use, one
    Steward could be two.
    """
    if not user.is_active:
        return _("This account is locked. Unlock it first.")
    if user.simulated:
        return _("A simulated person does not sign in.")
    if not may_use_password(user):
        return _("On this site only Stewards have passwords. Others sign in with their school.")
    if by not in (None, user.code) and user.has_role("steward") and is_in_use(user):
        return _("No Steward gets a link for another one. Use manage.py setup on the server.")
    return ""


def may_be_mailed(user: User) -> bool:
    """Say whether a link may go to the e-mail that is recorded; see `find_obstacle`.

    Another Steward can change a Steward's e-mail and remove the second factor, so a mail would
    make one Steward two. Where there is a second one, `manage.py setup` makes the link.
    """
    in_use = user.has_role("steward") and is_in_use(user)
    return not (in_use and nominations.needs_second_steward())


def load_person(key: str, *, now: datetime) -> User | None:
    """Return the person whose link this is; None for one that is used, replaced or too old."""
    link = _open_links(now).filter(key_digest=digest_secret(key)).select_related("user").first()
    return None if link is None else link.user


@transaction.atomic
def use_link(key: str, password: str, *, now: datetime) -> User | None:
    """Set the password, which ends what was open and the link; None where it opens nothing."""
    links = _open_links(now).filter(key_digest=digest_secret(key))
    link = links.select_for_update(of=("self", "user")).select_related("user").first()
    if link is None:
        return None
    user: User = link.user
    was_set = user.has_usable_password()
    people.set_password(user, password)
    if was_set:
        queue.ask(user, "password_changed", now=now)
    return user


def _open_links(now: datetime) -> QuerySet[PasswordLink]:
    links = PasswordLink.objects.filter(made_at__gt=now - LIFETIME, user__is_active=True)
    return links.filter(with_password_allowed("user"))
