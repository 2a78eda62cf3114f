"""What the person behind a link can do: join with an account, make one, or decline."""

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
    """What the page says of an invitation, and whether it may make an account now."""

    course: Course
    email: str
    makes_account: bool


@dataclass(frozen=True, slots=True)
class NewLearner:
    """What a person says of themselves to get an account."""

    name: str
    login: str
    born: date
    password: str


def load_invitation(key: str, *, now: datetime) -> OpenInvitation | None:
    """Return the invitation of this link; None for one that is used, replaced or over."""
    row = _find_row(key, now)
    if row is None or row.course is None:
        return None
    try:
        email = open_email(row)
    except KeyDestroyed:
        return None
    return OpenInvitation(row.course, email, _makes_account(row, email))


def may_be_accepted(row: EmailInvitation, now: datetime) -> bool:
    """Say whether it still counts; one from a join link ends with that link."""
    if row.course is None:
        return False
    until = row.course.invite_until
    return not row.by_join_link or (until is not None and until > now)


@transaction.atomic
def accept(key: str, person: User, *, now: datetime) -> Course | None:
    """Enrol a learner who is signed in; None where the link opens nothing any more."""
    row = _lock_row(key, now)
    return None if row is None else _enrol(row, person, now)


def accept_as_new(key: str, told: NewLearner, *, now: datetime) -> tuple[User, Course] | None:
    """Make an account and enrol it; None where the link opens nothing any more.

    Raises CannotChange where the username is taken, or the site makes no account this way now.
    """
    if _find_row(key, now) is None:
        return None
    # Slow on purpose, so it is done before any row is locked.
    hashed = make_password(told.password)
    with transaction.atomic():
        row = _lock_row(key, now)
        if row is None:
            return None
        email = open_email(row)
        if not _makes_account(row, email):
            raise CannotChange(_("This site no longer creates accounts by invitation."))
        person = _make_learner(told, email, now)
        people.store_password(person, hashed)
        course = _enrol(row, person, now)
        return None if course is None else (person, course)


@transaction.atomic
def decline(key: str, *, now: datetime) -> bool:
    """End the invitation; False where the link opens nothing any more."""
    row = _lock_row(key, now)
    if row is not None:
        end_invitations(EmailInvitation.objects.filter(pk=row.pk))
    return row is not None


def _make_learner(told: NewLearner, email: str, now: datetime) -> User:
    """Make the account. The date of birth is kept for minors, who become adults by it."""
    # Before anything is sealed: else the key of a person who is refused stays behind.
    if people.find_by_login(told.login) is not None:
        raise CannotChange(LOGIN_TAKEN, "login")
    band = age_bands.band_on(told.born, site_facts.site_day(now))
    try:
        with transaction.atomic():
            return people.make_person(
                told.login,
                name=told.name,
                roles=["learner"],
                password=None,
                age_band=band,
                email=email,
                born=None if band == "adult" else told.born,
                now=now,
            )
    except IntegrityError:
        # Another person took the username at this moment.
        raise CannotChange(LOGIN_TAKEN, "login") from None


def _enrol(row: EmailInvitation, person: User, now: datetime) -> Course | None:
    """Put the person in, unless they are, and end all that invited this address to the course."""
    course = row.course
    if course is None:
        return None
    if not Enrolment.objects.filter(course=course, user=person).exists():
        enrolment.put_in(course, [person], "learner", by=person, since=now)
    same = EmailInvitation.objects.filter(course=course, email_digest=row.email_digest)
    end_invitations(same)
    return course


def _makes_account(row: EmailInvitation, email: str) -> bool:
    # Read from the database: what a Steward switched off a moment ago makes no account.
    facts = site_facts.load()
    return facts.admits(email) if row.by_join_link else facts.invites_by_email


def _find_row(key: str, now: datetime) -> EmailInvitation | None:
    rows = find_open(now).select_related("course")
    row = rows.filter(key_digest=digest_secret(key)).first()
    return row if row is not None and may_be_accepted(row, now) else None


def _lock_row(key: str, now: datetime) -> EmailInvitation | None:
    """Return the invitation, locked, while this link is still its newest."""
    found = _find_row(key, now)
    if found is None:
        return None
    rows = EmailInvitation.objects.select_for_update(of=("self",)).select_related("course")
    return rows.filter(pk=found.pk, key_digest=digest_secret(key)).first()
