"""A person's record as a Steward may edit it, and the rules that refuse a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.identity import Identity, load_identity
from accounts.keyed_hash import keyed_digest
from accounts.models import SingleSignOnLink, User

# The query form of `is_in_use`. Argon2 hashes have no "!": Django writes it where no password was
# set. The subquery runs once, not once for each person of a list.
_CONNECTED: Final = Q(pk__in=SingleSignOnLink.objects.values("person"))
IN_USE: Final = ~Q(password__startswith="!") | _CONNECTED  # noqa: S106


class CannotChange(ValueError):
    """A refused change; its sentence can be shown to the user. `field` names a form input."""

    def __init__(self, sentence: object, field: str | None = None) -> None:
        super().__init__(str(sentence))
        self.field = field


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All that a Steward may set. `roles` is sorted."""

    identity: Identity
    roles: tuple[str, ...]
    age_band: str

    def mark(self) -> str:
        """Return a keyed digest of the record, by which a form detects that it is out of date."""
        return keyed_digest("person-record", repr(self))

    def differs_in(self, other: PersonRecord) -> list[str]:
        """Return the names of the fields in which two records differ."""
        names = [field.name for field in fields(Identity)]
        changed = [
            name for name in names if getattr(self.identity, name) != getattr(other.identity, name)
        ]
        changed += ["roles"] if self.roles != other.roles else []
        return changed + (["age_band"] if self.age_band != other.age_band else [])


def load_record(person: User) -> PersonRecord:
    """Return the current record. Raises KeyDestroyed after erasure."""
    return PersonRecord(load_identity(person), tuple(sorted(person.roles)), person.age_band)


def lock_person_row(code: UUID) -> User:
    """Return the person, locked against other transactions; raise 404 for an unknown code.

    All Stewards are locked too, in a fixed order. So changes of two Stewards cannot deadlock, and
    the last Steward is counted reliably.
    """
    person = _find_and_lock(code)
    if person is None:
        raise Http404
    return person


def lock_people(ids: Sequence[int]) -> None:
    """Lock people and all Stewards in the order in which `lock_person_row` locks each."""
    list(_lock(Q(pk__in=ids)).values_list("pk"))


def _find_and_lock(code: UUID) -> User | None:
    return next((row for row in _lock(Q(code=code)) if row.code == code), None)


def _lock(wanted: Q) -> QuerySet[User]:
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    return rows.filter(wanted | Q(roles__contains=["steward"]))


def is_in_use(person: User) -> bool:
    """Return whether the account can sign in, with a password or through a provider."""
    return person.has_usable_password() or person.single_sign_ons.exists()


def require_other_steward(person: User) -> None:
    """Raise CannotChange if no other person could sign in as a Steward; see `lock_person_row`."""
    if not _has_other_steward(person):
        raise CannotChange(
            _(
                "This is the only data steward who can sign in. Make another person a data "
                "steward first."
            ),
            "roles",
        )


def lock_for_erasure(code: UUID, *, by: UUID | None) -> None:
    """Lock a person as `lock_person_row` does. Raises CannotChange for the last Steward.

    An account that is locked already cannot sign in, so it may be erased.
    """
    person = _find_and_lock(code)
    if person is None or not person.is_active or not person.has_role("steward"):
        return
    if by != code:
        require_other_steward(person)
    elif not _has_other_steward(person):
        raise CannotChange(
            _("You are the only data steward who can sign in. Make another person a data "
"steward first. Then you can erase your account.")
        )  # fmt: skip


def _has_other_steward(person: User) -> bool:
    stewards = User.objects.filter(roles__contains=["steward"], is_active=True)
    return any(each.has_usable_password() for each in stewards.exclude(pk=person.pk))
