"""Roles that a provider's claim grants and revokes; never that of a Steward."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

import audit
from accounts.administration.person_changes import end_wardships
from accounts.administration.person_records import lock_person_row
from accounts.mfa import second_factor
from accounts.models import User
from accounts.single_sign_on.oidc.claims import ProviderIdentity
from accounts.single_sign_on.providers import Provider


def read_roles(provider: Provider, identity: ProviderIdentity) -> set[str]:
    """Return the roles that the claim grants; the claim is absent if a person has no group."""
    return {role for group, role in provider.roles.items() if group in identity.groups}


@transaction.atomic
def update_roles(
    provider: Provider, identity: ProviderIdentity, person: User, *, now: datetime
) -> User:
    """Grant and revoke the roles that the file maps; return the person.

    Every other role stays. A person without any role becomes a learner.
    """
    if _combine(provider, identity, person) == sorted(person.roles):
        return person
    current = lock_person_row(person.code)
    roles = _combine(provider, identity, current)
    if "guardian" in current.roles and "guardian" not in roles:
        end_wardships(current, by=None, now=now)
    second_factor.end_earlier_sessions(current, before=current.roles, after=roles)
    current.roles = roles
    current.save(update_fields=["roles"])
    changed = {"fields": "roles"}
    audit.record("person.change", actor=None, subject=current.code, public=changed)
    public = {"roles": ",".join(roles)}
    audit.record("person.roles", actor=None, subject=current.code, public=public)
    return current


def _combine(provider: Provider, identity: ProviderIdentity, person: User) -> list[str]:
    others = set(person.roles) - set(provider.roles.values())
    return sorted(others | read_roles(provider, identity)) or ["learner"]
