"""What a Steward does to an account: create, change, lock and unlock it, and assign Guardians.

Each act is one transaction with its audit leaf, which names the changed fields but never their
values.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

import audit
from accounts import people
from accounts.administration import guardianship_mails, steward_nominations
from accounts.administration.person_records import (
    CannotChange,
    PersonRecord,
    load_record,
    lock_person_row,
    require_other_steward,
)
from accounts.identity import seal_identity
from accounts.mfa import second_factor
from accounts.models import Guardianship, PasswordLink, User
from accounts.sessions import revocation, session_store

SAME_LOGIN = lazy("Another person already has this username.")


@transaction.atomic
def add_person(record: PersonRecord, *, code: UUID | None = None, by: User, now: datetime) -> User:
    """Create an account without a password. Raises CannotChange if username or number is in use."""
    identity = record.identity
    # Before anything is sealed: otherwise the key of a refused person would stay behind.
    if people.find_by_login(identity.login) is not None:
        raise CannotChange(SAME_LOGIN, "login")
    with _refuse_duplicates():
        person = people.make_person(
            **asdict(identity),
            roles=[role for role in record.roles if role != "steward"],
            password=None,
            age_band=record.age_band,
            actor=by.code,
            code=code,
            now=now,
        )
    if "steward" in record.roles:
        steward_nominations.make_steward(person, by=by, now=now)
    return person


@transaction.atomic
def change_person(
    code: UUID, record: PersonRecord, *, seen: str = "", by: User, now: datetime
) -> list[str]:
    """Replace the record of a person; return the names of the fields that changed.

    `seen` is the mark of the record that was edited. A new Steward may need a second Steward's
    confirmation. Only Stewards themselves can give up that role: otherwise one could remove the
    others and act alone. Adults have no Guardians, so a person who becomes one loses theirs.
    One-time links end when the e-mail or username that they were made for changes. Raises
    CannotChange.
    """
    person = lock_person_row(code)
    before = load_record(person)
    if seen and seen != before.mark():
        raise CannotChange(
            _(
                "This person was changed in the meantime. Open the page again, then repeat your "
                "change."
            )
        )
    becomes_steward = "steward" in record.roles and "steward" not in before.roles
    if "steward" in before.roles and "steward" not in record.roles:
        if person != by:
            raise CannotChange(
                _("Only this person can give up the data steward role. You can lock the account."),
                "roles",
            )
        require_other_steward(person)
    if "guardian" in before.roles and "guardian" not in record.roles:
        end_wardships(person, by=by, now=now)
    if becomes_steward:
        others = tuple(role for role in record.roles if role != "steward")
        record = replace(record, roles=others)
    changed = before.differs_in(record)
    _write(person, record, now)
    if person != by:
        second_factor.end_earlier_sessions(person, before=before.roles, after=record.roles)
    _record_change(person, record, changed, by)
    if not {"email", "login"}.isdisjoint(changed):
        # A mail may have taken the link to the wrong person. A queued mail uses the new address.
        PasswordLink.objects.filter(user=person).delete()
    if record.age_band == "adult":
        end_guardianships(person, by=by, now=now)
    if becomes_steward:
        person.roles = list(record.roles)
        steward_nominations.make_steward(person, by=by, now=now)
    return changed


@transaction.atomic
def lock_person(code: UUID, *, by: User) -> None:
    """Lock an account and end all its sessions and credentials. Raises CannotChange."""
    person = lock_person_row(code)
    if person == by:
        raise CannotChange(_("This is your own account. Another data steward can lock it."))
    if not person.is_active:
        return
    if person.has_role("steward"):
        require_other_steward(person)
    people.lock_account(code, by=by.code)
    audit.record("person.lock", actor=by.code, subject=code)


@transaction.atomic
def unlock_person(code: UUID, *, by: User) -> None:
    """Unlock an account; ended sessions and credentials are not restored."""
    person = lock_person_row(code)
    if not person.is_active:
        User.objects.filter(pk=person.pk).update(is_active=True)
        audit.record("person.unlock", actor=by.code, subject=code)


@transaction.atomic
def sign_out_everywhere(code: UUID, *, by: User) -> int:
    """End every session, token, key and one-time link, queued mails with links included.

    Return the number of sessions.
    """
    person = lock_person_row(code)
    revocation.end_links(person)
    ended = session_store.sign_out_everywhere(person, by=by.code)
    audit.record("person.sign_out", actor=by.code, subject=code, public={"log_ins": ended})
    return ended


@transaction.atomic
def add_guardian(code: UUID, login: str, *, by: User, now: datetime) -> None:
    """Make the person with this username a Guardian of a minor. Raises CannotChange."""
    ward = lock_person_row(code)
    if ward.age_band == "adult":
        raise CannotChange(_("An adult decides on their own and has no guardian."))
    guardian = people.find_by_login(login)
    if guardian is None or not guardian.has_role("guardian") or not guardian.is_active:
        raise CannotChange(
            _("No active guardian account has this username. Add the guardian first.")
        )
    if guardian == ward:
        raise CannotChange(_("A person cannot be their own guardian."))
    if not Guardianship.objects.filter(guardian=guardian, ward=ward).exists():
        people.make_guardian(guardian, ward, actor=by.code, now=now)


@transaction.atomic
def end_guardianships(
    ward: User, *, by: User | None, now: datetime, guardian: UUID | None = None
) -> int:
    """End all guardianships of a ward, or the one with this Guardian; return how many.

    `by` is None if no person acts, as on an 18th birthday.
    """
    bonds = Guardianship.objects.filter(ward=ward)
    if guardian is not None:
        bonds = bonds.filter(guardian__code=guardian)
    ended = _delete_bonds(bonds)
    guardianship_mails.notify_ended(ended, by=by.code if by else None, now=now)
    return len(ended)


@transaction.atomic
def end_wardships(guardian: User, *, by: User | None, now: datetime) -> None:
    """End everything a person was a Guardian of, together with the role."""
    ended = _delete_bonds(Guardianship.objects.filter(guardian=guardian))
    guardianship_mails.notify_ended(ended, by=by.code if by else None, now=now)


@transaction.atomic
def end_guardianships_for_erasure(code: UUID, *, by: UUID | None, now: datetime) -> dict[str, int]:
    """End the guardianships of a person to be erased; return the number of rows by table.

    Only the other side is notified, and no leaf names the erased person as the actor.
    """
    ended = _delete_bonds(Guardianship.objects.filter(Q(ward__code=code) | Q(guardian__code=code)))
    actor = None if by == code else by
    guardianship_mails.notify_ended(ended, by=actor, now=now, erased=code)
    return {Guardianship._meta.db_table: len(ended)} if ended else {}


def _delete_bonds(bonds: QuerySet[Guardianship]) -> list[Guardianship]:
    """Delete these guardianships and return them. Of two concurrent calls, one deletes each row."""
    rows = bonds.select_related("guardian", "ward").select_for_update(of=("self",))
    ended = list(rows.order_by("pk"))
    Guardianship.objects.filter(pk__in=[bond.pk for bond in ended]).delete()
    return ended


def _write(person: User, record: PersonRecord, now: datetime) -> None:
    people.check_roles(record.roles, record.age_band)
    columns = seal_identity(record.identity, person.code, now=now)
    with _refuse_duplicates():
        User.objects.filter(pk=person.pk).update(
            **columns, roles=list(record.roles), age_band=record.age_band
        )


def _record_change(person: User, record: PersonRecord, changed: list[str], by: User) -> None:
    if not changed:
        return
    public = {"fields": ",".join(changed)}
    audit.record("person.change", actor=by.code, subject=person.code, public=public)
    if "roles" in changed:
        public = {"roles": ",".join(record.roles)}
        audit.record("person.roles", actor=by.code, subject=person.code, public=public)


@contextmanager
def _refuse_duplicates() -> Iterator[None]:
    """Turn the database's refusal of a duplicate username or number into CannotChange."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "accounts_user_login_digest_key":
            raise CannotChange(SAME_LOGIN, "login") from error
        if name == "accounts_user_number_digest_key":
            raise CannotChange(_("Another person already has this number."), "number") from error
        raise
