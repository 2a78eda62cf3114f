"""Memberships at a platform: a role or a course that changes takes its enrolment along."""

from __future__ import annotations

import pytest

from courses.models import Enrolment
from lti import memberships
from lti.registration import platforms
from lti.registration.platforms import CannotRegister, PlatformFacts
from tests.fixtures import factories
from tests.fixtures.lti.registrations import (
    make_platform,
    make_platform_account,
    make_platform_course,
)
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    """A course of ines."""
    unit = factories.make_quiz_unit()
    factories.make_enrolment(make("ines"), unit.course, role="teacher")
    return unit.course


@pytest.fixture
def platform(now):
    return make_platform(now=now)


@pytest.fixture
def account(platform, now):
    """The account of mia at the platform."""
    return make_platform_account(make("mia"), platform, now=now)


def roles(account, course):
    rows = Enrolment.objects.filter(course=course, user=account.person)
    return sorted(rows.values_list("role", flat=True))


@pytest.mark.parametrize(("first", "then"), [(True, "learner"), (False, "teacher")])
def test_another_role_there_replaces_the_one_here(account, platform, course, now, first, then):
    within = make_platform_course(platform, course=course, now=now)
    memberships.note_member(account, within, teaches=first, now=now)
    memberships.note_member(account, within, teaches=not first, now=now)
    assert roles(account, course) == [then]
    memberships.end_member(within.members.get())
    assert roles(account, course) == []


def test_a_former_teacher_whom_a_teacher_here_enrolled_as_a_learner_stays(
    account, platform, course, now
):
    within = make_platform_course(platform, course=course, now=now)
    memberships.note_member(account, within, teaches=True, now=now)
    factories.make_enrolment(account.person, course)
    memberships.note_member(account, within, teaches=False, now=now)
    memberships.end_member(within.members.get())
    assert roles(account, course) == ["learner"]


@pytest.mark.parametrize("left_first", [0, 1])
def test_a_person_in_two_courses_there_stays_until_the_last_one_ends(
    account, platform, course, now, left_first
):
    rows = [make_platform_course(platform, course=course, now=now, context=c) for c in ("a", "b")]
    for within in rows:
        memberships.note_member(account, within, teaches=False, now=now)
    memberships.end_member(rows[left_first].members.get())
    assert roles(account, course) == ["learner"]
    memberships.end_member(rows[1 - left_first].members.get())
    assert roles(account, course) == []


@pytest.mark.parametrize("elsewhere", [True, False])
def test_another_connection_ends_the_enrolments_of_the_former_one(
    account, platform, course, now, elsewhere
):
    within = make_platform_course(platform, course=course, now=now)
    memberships.note_member(account, within, teaches=True, now=now)
    other = factories.make_quiz_unit().course if elsewhere else None
    platforms.connect_course(within, other, by=make("amir"))
    assert roles(account, course) == []
    assert not within.members.get().enrolled


def test_the_issuer_of_people_who_came_cannot_change(account, platform):
    columns = {name: getattr(platform, name) for name in PlatformFacts.__slots__}
    moved = PlatformFacts(**{**columns, "issuer": "https://other.example"})
    with pytest.raises(CannotRegister, match="another platform"):
        platforms.change(platform, moved, by=make("amir"))
    platform.accounts.all().delete()
    platforms.change(platform, moved, by=make("greta"))
    platform.refresh_from_db()
    assert platform.issuer == "https://other.example"
