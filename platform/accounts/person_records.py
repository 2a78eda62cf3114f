"""What is recorded of a person as a Steward may set it, and why a change of it is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.identity import Identity, load_identity
from accounts.models import User


class CannotChange(ValueError):
    """A change that is refused; the sentence can be shown as it is. `field` names an input."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All that a Steward may set. `roles` is sorted."""

    identity: Identity
    roles: tuple[str, ...]
    age_band: str

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
    """Return the person, locked against other transactions; 404 for an unknown code."""
    person = User.objects.select_for_update().filter(code=code).first()
    if person is None:
        raise Http404
    return person


def keep_a_steward(person: User) -> None:
    """Raise CannotChange where no other person could sign in as a Steward."""
    stewards = User.objects.select_for_update().filter(roles__contains=["steward"], is_active=True)
    others = [each for each in stewards.order_by("pk") if each.pk != person.pk]
    if not any(each.has_usable_password() for each in others):
        raise CannotChange(
            _("This is the only Steward who can sign in. Make another one first."), "roles"
        )
