"""Removal of provider connections: by the person, by a Steward, or when the person becomes one."""

from __future__ import annotations

from django.utils.translation import gettext as _

import audit
from accounts.administration.person_records import CannotChange
from accounts.models import SingleSignOnLink, User


def remove_link(link: SingleSignOnLink, *, by: User) -> None:
    """Delete the connection, with an audit leaf."""
    person: User = link.person
    link.delete()
    public = {"provider": link.provider, "by": "self" if by == person else "steward"}
    audit.record("person.sso_unlink", actor=by.code, subject=person.code, public=public)


def refuse_without_password(person: User) -> None:
    """Raise CannotChange if the new Steward can sign in only through a provider."""
    if person.single_sign_ons.exists() and not person.has_usable_password():
        raise CannotChange(
            _("This person has no password, only single sign-on. Disconnect that first. Once "
"they are a data steward, they get a link to choose a password."), "roles"
        )  # fmt: skip


def end_provider_sign_ins(person: User, *, by: User) -> None:
    """Remove every connection. The caller ends the sessions, which may have begun there."""
    for link in person.single_sign_ons.select_related("person").order_by("pk"):
        remove_link(link, by=by)
