"""What the owner of an invitation link can do: join with an account, create one, or decline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import age_bands, people
from accounts.administration.person_records import CannotChange
from accounts.keyed_hash import digest_secret
from accounts.models import User
from accounts.site import site_facts
from courses import enrolment
from courses.email_invitations.records import find_open, open_email
from courses.models import Course, EmailInvitation, Enrolment
from courses.models.email_invitation import end_invitations
from vault.sealed_values import KeyDestroyed

LOGIN_TAKEN = _("This username is taken. Choose another one, or sign in if the account is yours.")


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What the page shows of an invitation, and whether it may create an account now."""

    course: Course
    email: str
    makes_account: bool


@dataclass(frozen=True, slots=True)
class NewLearner:
    """The data from which an account is created."""

    name: str
    login: str
    born: date
    password: str


def load_invitation(key: str, *, now: datetime) -> OpenInvitation | None:
    """Return the invitation of this link; None for one that is used, replaced or expired."""
    row = _find_row(key, now)
    if row is None or row.course is None:
        return None
    try:
        email = open_email(row)
    except KeyDestroyed:
        return None
    return OpenInvitation(row.course, email, _makes_account(row, email))


def may_be_accepted(row: EmailInvitation, now: datetime) -> bool:
    """Return whether it is still valid; an invitation from a join link ends with that link."""
    if row.course is None:
        return False
    until = row.course.invite_until
    return not row.by_join_link or (until is not None and until > now)


@transaction.atomic
def accept(key: str, person: User, *, now: datetime) -> Course | None:
    """Enrol a learner who is signed in; return None where the link is no longer valid."""
    row = _lock_row(key, now)
    return None if row is None else _enrol(row, person, now)


def accept_as_new(key: str, details: NewLearner, *, now: datetime) -> tuple[User, Course] | None:
    """Create an account and enrol it; return None where the link is no longer valid.

    Raises CannotChange where the username is taken, or the site no longer creates accounts by
    invitation.
    """
    if _find_row(key, now) is None:
        return None
    # Hashing is slow by design, so it is done before any row is locked.
    hashed = make_password(details.password)
    with transaction.atomic():
        row = _lock_row(key, now)
        if row is None:
            return None
        email = open_email(row)
        if not _makes_account(row, email):
            raise CannotChange(_("This site no longer creates accounts by invitation."))
        person = _make_learner(details, email, now)
        people.store_password(person, hashed)
        course = _enrol(row, person, now)
        return None if course is None else (person, course)


@transaction.atomic
def decline(key: str, *, now: datetime) -> bool:
    """End the invitation; return False where the link is no longer valid."""
    row = _lock_row(key, now)
    if row is not None:
        end_invitations(EmailInvitation.objects.filter(pk=row.pk))
    return row is not None


def _make_learner(details: NewLearner, email: str, now: datetime) -> User:
    """Create the account.

    The date of birth is stored for minors, to find when they become adults.
    """
    # Check before anything is sealed, or the key of a refused person would be left behind.
    if people.find_by_login(details.login) is not None:
        raise CannotChange(LOGIN_TAKEN, "login")
    band = age_bands.band_on(details.born, site_facts.site_day(now))
    try:
        with transaction.atomic():
            return people.make_person(
                details.login,
                name=details.name,
                roles=["learner"],
                password=None,
                age_band=band,
                email=email,
                born=None if band == "adult" else details.born,
                now=now,
            )
    except IntegrityError:
        # Another person took the username at the same moment.
        raise CannotChange(LOGIN_TAKEN, "login") from None


def _enrol(row: EmailInvitation, person: User, now: datetime) -> Course | None:
    """Enrol the person if they are not, and end all invitations of this address to the course."""
    course = row.course
    if course is None:
        return None
    if not Enrolment.objects.filter(course=course, user=person).exists():
        enrolment.enrol(course, [person], "learner", by=person, since=now)
    same = EmailInvitation.objects.filter(course=course, email_digest=row.email_digest)
    end_invitations(same)
    return course


def _makes_account(row: EmailInvitation, email: str) -> bool:
    # Read from the database, so that a Steward's change takes effect at once.
    facts = site_facts.load()
    return facts.admits(email) if row.by_join_link else facts.invites_by_email


def _find_row(key: str, now: datetime) -> EmailInvitation | None:
    rows = find_open(now).select_related("course")
    row = rows.filter(key_digest=digest_secret(key)).first()
    return row if row is not None and may_be_accepted(row, now) else None


def _lock_row(key: str, now: datetime) -> EmailInvitation | None:
    """Return the locked invitation, if this link is still its newest."""
    found = _find_row(key, now)
    if found is None:
        return None
    rows = EmailInvitation.objects.select_for_update(of=("self",)).select_related("course")
    return rows.filter(pk=found.pk, key_digest=digest_secret(key)).first()
