"""What a Steward does to an account: make it, change its record, lock it, name its Guardians.

Each act is one transaction with its leaf, which names the fields and never their values.
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
    keep_a_steward,
    load_record,
    lock_row,
)
from accounts.identity import seal_identity
from accounts.models import Guardianship, PasswordLink, User
from accounts.sessions import revocation, session_store

SAME_LOGIN = lazy("Another person already has this username.")


@transaction.atomic
def add_person(record: PersonRecord, *, code: UUID | None = None, by: User, now: datetime) -> User:
    """Make an account without a password. Raises CannotChange for a log-in or number in use."""
    identity = record.identity
    # Before anything is sealed: else the key of a person who is refused stays behind.
    if people.by_login(identity.login) is not None:
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
    """Record this in place of what was there; return the names of the fields that changed.

    `seen` is the mark of the record that was edited. A new Steward may need a second Steward's yes,
    and a Steward gives the role up alone: else one could remove the others and need no second. An
    adult has no Guardians, so those of a person who becomes one end here. One-time links end with
    the e-mail or username that they were made for. Raises CannotChange.
    """
    person = lock_row(code)
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
        keep_a_steward(person)
    if "guardian" in before.roles and "guardian" not in record.roles:
        end_wardships(person, by=by, now=now)
    if becomes_steward:
        others = tuple(role for role in record.roles if role != "steward")
        record = replace(record, roles=others)
    changed = before.differs_in(record)
    _write(person, record, now)
    _record_change(person, record, changed, by)
    if not {"email", "login"}.isdisjoint(changed):
        # A mail may have taken the link to the wrong person. What waits goes to the new address.
        PasswordLink.objects.filter(user=person).delete()
    if record.age_band == "adult":
        end_guardianships(person, by=by, now=now)
    if becomes_steward:
        person.roles = list(record.roles)
        steward_nominations.make_steward(person, by=by, now=now)
    return changed


@transaction.atomic
def lock_person(code: UUID, *, by: User) -> None:
    """Close an account to sign-in and end all that is open with it. Raises CannotChange."""
    person = lock_row(code)
    if person == by:
        raise CannotChange(_("This is your own account. Another data steward can lock it."))
    if not person.is_active:
        return
    if person.has_role("steward"):
        keep_a_steward(person)
    people.lock(code, by=by.code)
    audit.record("person.lock", actor=by.code, subject=code)


@transaction.atomic
def unlock_person(code: UUID, *, by: User) -> None:
    """Open a locked account again; what had ended does not come back."""
    person = lock_row(code)
    if not person.is_active:
        User.objects.filter(pk=person.pk).update(is_active=True)
        audit.record("person.unlock", actor=by.code, subject=code)


@transaction.atomic
def sign_out_everywhere(code: UUID, *, by: User) -> int:
    """End every log-in, token, key and one-time link, also those that wait to be mailed.

    Return the number of log-ins.
    """
    person = lock_row(code)
    revocation.end_links(person)
    ended = session_store.sign_out_everywhere(person, by=by.code)
    audit.record("person.sign_out", actor=by.code, subject=code, public={"log_ins": ended})
    return ended


@transaction.atomic
def add_guardian(code: UUID, login: str, *, by: User, now: datetime) -> None:
    """Let the person with this log-in consent for a minor. Raises CannotChange."""
    ward = lock_row(code)
    if ward.age_band == "adult":
        raise CannotChange(_("An adult decides on their own and has no guardian."))
    guardian = people.by_login(login)
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
    """End those of a person, or the one with this Guardian; return how many ended.

    `by` is None where no person acts, as on an 18th birthday.
    """
    bonds = Guardianship.objects.filter(ward=ward)
    if guardian is not None:
        bonds = bonds.filter(guardian__code=guardian)
    ended = _take_away(bonds)
    guardianship_mails.tell_ended(ended, by=by.code if by else None, now=now)
    return len(ended)


@transaction.atomic
def end_wardships(guardian: User, *, by: User | None, now: datetime) -> None:
    """End what a person was a Guardian of, with the role."""
    ended = _take_away(Guardianship.objects.filter(guardian=guardian))
    guardianship_mails.tell_ended(ended, by=by.code if by else None, now=now)


@transaction.atomic
def end_bonds_to_erase(code: UUID, *, by: UUID | None, now: datetime) -> dict[str, int]:
    """End what a person to be erased is Guardian or ward in; return the rows, by table.

    Only the other side learns it, and no leaf names the erased person as the actor.
    """
    ended = _take_away(Guardianship.objects.filter(Q(ward__code=code) | Q(guardian__code=code)))
    actor = None if by == code else by
    guardianship_mails.tell_ended(ended, by=actor, now=now, erased=code)
    return {Guardianship._meta.db_table: len(ended)} if ended else {}


def _take_away(bonds: QuerySet[Guardianship]) -> list[Guardianship]:
    """Delete these guardianships and return them. Of two acts at once, one ends each and tells."""
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
    """Turn the database's refusal of a second such log-in or number into CannotChange."""
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
