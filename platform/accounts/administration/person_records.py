"""What is recorded of a person as a Steward may set it, and why a change of it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.identity import Identity, load_identity
from accounts.keyed_hash import keyed
from accounts.models import SingleSignOnLink, User

# Argon2 has no "!": Django writes it where no password was ever set. As `is_in_use`, for a query.
# The database looks all of them up once, and not one for each person of a list.
_CONNECTED: Final = Q(pk__in=SingleSignOnLink.objects.values("person"))
IN_USE: Final = ~Q(password__startswith="!") | _CONNECTED  # noqa: S106


class CannotChange(ValueError):
    """A change that is refused; the sentence can be shown as it is. `field` names an input."""

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
        """Return a keyed digest of the record, by which a form knows whether it is out of date."""
        return keyed("person-record", repr(self))

    def differs_in(self, other: PersonRecord) -> list[str]:
        """Return the names of the fields in which two records differ."""
        names = [field.name for field in fields(Identity)]
        changed = [
            name for name in names if getattr(self.identity, name) != getattr(other.identity, name)
        ]
        changed += ["roles"] if self.roles != other.roles else []
        return changed + (["age_band"] if self.age_band != other.age_band else [])


def load_record(person: User) -> PersonRecord:
    """Return what is recorded now. Raises KeyDestroyed once the person is erased."""
    return PersonRecord(load_identity(person), tuple(sorted(person.roles)), person.age_band)


def lock_row(code: UUID) -> User:
    """Return the person, locked against other transactions; 404 for an unknown code.

    All Stewards are locked too, in one order, so that acts on two of them wait for each other
    instead of in a ring, and the last one is counted surely.
    """
    person = _find_and_lock(code)
    if person is None:
        raise Http404
    return person


def lock_people(ids: Sequence[int]) -> None:
    """Lock people and all Stewards in one order, as `lock_row` does for each of them later."""
    list(_lock(Q(pk__in=ids)).values_list("pk"))


def _find_and_lock(code: UUID) -> User | None:
    return next((row for row in _lock(Q(code=code)) if row.code == code), None)


def _lock(wanted: Q) -> QuerySet[User]:
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    return rows.filter(wanted | Q(roles__contains=["steward"]))


def is_in_use(person: User) -> bool:
    """Say whether the account opens: with a password, or with a sign-in at a provider."""
    return person.has_usable_password() or person.single_sign_ons.exists()


def keep_a_steward(person: User) -> None:
    """Raise CannotChange where no other person could sign in as a Steward; see `lock_row`."""
    if not _has_other_steward(person):
        raise CannotChange(
            _(
                "This is the only data steward who can sign in. Make another person a data "
                "steward first."
            ),
            "roles",
        )


def lock_to_erase(code: UUID, *, by: UUID | None) -> None:
    """Lock a person as `lock_row` does. Raises CannotChange for the last Steward.

    An account that is locked already opens nothing, so it may go.
    """
    person = _find_and_lock(code)
    if person is None or not person.is_active or not person.has_role("steward"):
        return
    if by != code:
        keep_a_steward(person)
    elif not _has_other_steward(person):
        raise CannotChange(
            _("You are the only data steward who can sign in. Make another person a data "
"steward first. Then you can erase your account.")
        )  # fmt: skip


def _has_other_steward(person: User) -> bool:
    stewards = User.objects.filter(roles__contains=["steward"], is_active=True)
    return any(each.has_usable_password() for each in stewards.exclude(pk=person.pk))
