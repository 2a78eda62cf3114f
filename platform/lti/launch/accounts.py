"""The person behind a launch: found by a keyed digest of issuer and subject, or created."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts import people
from accounts.administration.person_records import is_in_use, lock_person_row
from accounts.identity import SCOPES
from accounts.keyed_hash import keyed_digest
from accounts.mfa import second_factor
from accounts.models import StewardNomination, User
from accounts.single_sign_on.account_links import NoAccount
from lti.launch.claims import Launch
from lti.models import LearningPlatform, PlatformAccount
from vault.sealed_values import Place, seal_value, unseal_value
from work_queue.turns import wait_for_turn

LOGIN_BYTES: Final = 4
# Every role of an account that a platform may open: it could act with each of them.
OPENED_ROLES: Final = frozenset({"learner", "teacher", "author"})


@dataclass(frozen=True, slots=True)
class PlatformIdentity:
    """Who a platform says has come: its own id of the person, their name, and their role there."""

    subject: str
    name: str
    teaches: bool


def read_identity(launch: Launch) -> PlatformIdentity:
    """Return who launches. Raises NoAccount for people without a role in the course."""
    if not (launch.teaches or launch.learns):
        raise NoAccount(
            _(
                "You are neither a learner nor a teacher of this course there, so there is "
                "nothing to open here. The connection itself works."
            )
        )
    return PlatformIdentity(launch.subject, launch.name, launch.teaches)


@transaction.atomic
def find_known_account(
    platform: LearningPlatform, who: PlatformIdentity, *, now: datetime
) -> PlatformAccount | None:
    """Return the account at the platform with its person here. Raises NoAccount.

    None for an unknown person, and for one who has to agree to a role first.
    """
    account = find_account(platform, who.subject)
    if account is None:
        return None
    refuse_launch(account)
    if needs_agreement(account, who):
        return None
    account.used_at = now
    account.save(update_fields=["used_at"])
    add_role(account, who)
    return account


@transaction.atomic
def find_or_make_account(
    platform: LearningPlatform, who: PlatformIdentity, *, now: datetime
) -> PlatformAccount:
    """Return the account at the platform; an unknown person gets a new one. Raises NoAccount."""
    known = find_known_account(platform, who, now=now)
    if known is None and find_account(platform, who.subject) is not None:
        text = _("Your account at {platform} already opens an account here. Sign in to it.")
        raise NoAccount(text.format(platform=platform.name))
    return known or _make_account(platform, who, now)


def digest_subject(issuer: str, subject: str) -> str:
    return keyed_digest("lti-subject", f"{issuer}\x00{subject}")


def subject_of(account: PlatformAccount) -> str:
    """Return the id of the person at the platform. Raises KeyDestroyed after erasure."""
    place = _place(account.id, account.person.code)
    return str(unseal_value(bytes(account.subject_sealed), place=place))


def find_account(platform: LearningPlatform, subject: str) -> PlatformAccount | None:
    """Return the account, or None. Concurrent launches of the same one wait for each other.

    So does its removal, until the caller's transaction ends.
    """
    digest = digest_subject(platform.issuer, subject)
    wait_for_turn(f"lti {digest}")
    rows = platform.accounts.filter(subject_digest=digest).select_related("person")
    return rows.select_for_update(of=["self"]).first()


def refuse_closed(person: User) -> None:
    """Refuse locked accounts, nominees, and people with a role that no platform may open.

    Otherwise the people who run the platform could act with that role.
    """
    if not person.is_active or person.simulated:
        raise NoAccount(_("This account is locked. Ask your school to unlock it."))
    if person.has_role("steward"):
        raise NoAccount(
            _("Data stewards cannot be signed in by a learning platform. Sign in with a password.")
        )
    if not OPENED_ROLES.issuperset(person.roles):
        raise NoAccount(
            _("No learning platform can sign you in, because of your role here. Sign in here.")
        )
    if StewardNomination.objects.filter(person=person).exists():
        raise NoAccount(
            _(
                "You are nominated as a data steward, so no learning platform can sign you in. "
                "Sign in with a password."
            )
        )


def refuse_launch(account: PlatformAccount) -> None:
    """Refuse what `refuse_closed` does, and an account that still has to set up a second factor.

    A launch would begin a session that waits for it, and in which anyone could set it up.
    """
    person = account.person
    refuse_closed(person)
    if not second_factor.is_required(person.roles) or not _has_own_sign_in(account):
        return
    if second_factor.find_factor(person) is None:
        raise NoAccount(_("Sign in here first, and set up two-step verification."))


def needs_agreement(account: PlatformAccount, who: PlatformIdentity) -> bool:
    """Return whether the person has to agree to the role of the launch. Raises NoAccount.

    One who can sign in by launches alone could not be asked.
    """
    return gains_teacher(account.person, who) and _has_own_sign_in(account)


def gains_teacher(person: User, who: PlatformIdentity) -> bool:
    """Return whether the launch would make the person a teacher. Raises NoAccount for minors."""
    gains = who.teaches and not person.has_role("teacher")
    if gains and person.age_band != "adult":
        raise NoAccount(
            _(
                "The platform says that you teach, but your account here belongs to a person under "
                "18. If that is wrong, ask your school to correct your age."
            )
        )
    return gains


def store_account(
    platform: LearningPlatform, person: User, subject: str, *, linked: bool, now: datetime
) -> PlatformAccount:
    """Store which account here belongs to the platform's person; the subject is sealed."""
    id = uuid.uuid4()
    sealed = seal_value(subject, place=_place(id, person.code), scopes=SCOPES, now=now)
    return PlatformAccount.objects.create(
        id=id,
        person=person,
        platform=platform,
        subject_digest=digest_subject(platform.issuer, subject),
        subject_sealed=sealed,
        linked=linked,
        made_at=now,
        used_at=now,
    )


def add_role(account: PlatformAccount, who: PlatformIdentity, *, by: UUID | None = None) -> None:
    """Give the person the role that the platform states, if they do not have it yet.

    `by`: the person, if they agreed to it.
    """
    role = "teacher" if who.teaches else "learner"
    if account.person.has_role(role):
        return
    current = lock_person_row(account.person.code)
    current.roles = sorted({*current.roles, role})
    current.save(update_fields=["roles"])
    public = {"roles": ",".join(current.roles)}
    audit.record("person.roles", actor=by, subject=current.code, public=public)
    account.person = current
    if who.teaches:
        _note_given(account)


def _has_own_sign_in(account: PlatformAccount) -> bool:
    """Return whether the person can sign in without a launch, and so prove who they are."""
    return account.linked or is_in_use(account.person)


def _make_account(
    platform: LearningPlatform, who: PlatformIdentity, now: datetime
) -> PlatformAccount:
    """Create a person with the platform's age band.

    No e-mail is stored, because LTI does not say whether anyone verified it.
    """
    if not platform.age_band:
        raise NoAccount(
            _(
                "No account was created, because your school did not send us your age. Ask your "
                "school."
            )
        )
    login = f"lti-{secrets.token_hex(LOGIN_BYTES)}"
    person = people.make_person(
        login,
        name=who.name or login,
        roles=["teacher" if who.teaches else "learner"],
        password=None,
        age_band=platform.age_band,
        now=now,
    )
    account = store_account(platform, person, who.subject, linked=False, now=now)
    if who.teaches:
        _note_given(account)
    public = {"platform": platform.id}
    audit.record("person.lti_link", actor=None, subject=person.code, public=public)
    return account


def _note_given(account: PlatformAccount) -> None:
    """Note that the role teacher comes from this account, and ends with it."""
    account.gave_teacher = True
    account.save(update_fields=["gave_teacher"])


def _place(row: UUID, subject: UUID) -> Place:
    return Place("lti_platformaccount", "subject_sealed", str(row), subject)
