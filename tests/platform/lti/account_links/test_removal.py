"""The removal of a link: which enrolments and roles end with it, and who waits for it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from accounts.models import User
from courses.models import Enrolment
from lti import memberships
from lti.account_links import links
from lti.launch.accounts import PlatformIdentity, find_known_account
from lti.models import PlatformAccount, PlatformMember
from tests.fixtures import factories
from tests.fixtures.lti.registrations import (
    make_platform,
    make_platform_account,
    make_platform_course,
)
from tests.fixtures.users import make


@pytest.fixture
def platform(db, now):
    return make_platform(now=now)


@pytest.fixture
def mia(db):
    return make("mia")


@pytest.fixture
def course(db):
    """A course of ines."""
    course = factories.make_course()
    factories.make_enrolment(make("ines"), course, role="teacher")
    return course


@pytest.mark.parametrize("teaches", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_the_enrolment_ends_that_two_courses_there_needed(
    platform, mia, course, now, first, teaches
):
    account = make_platform_account(mia, platform, now=now)
    there = [
        make_platform_course(platform, course=course, context=f"context-{n}", now=now)
        for n in (1, 2)
    ]
    for within in there:
        memberships.note_member(account, within, teaches=teaches, now=now)
    # Either of them may be the one that made the enrolment.
    PlatformMember.objects.update(enrolled=False)
    pks = sorted(PlatformMember.objects.values_list("pk", flat=True))
    PlatformMember.objects.filter(pk=pks[first]).update(enrolled=True)
    links.remove_link(account)
    assert not PlatformMember.objects.exists()
    assert not Enrolment.objects.filter(user=mia).exists()


@pytest.mark.django_db(transaction=True)
def test_a_removal_waits_for_a_launch_by_another_link_that_needs_the_role(
    platform, mia, course, now, settings
):
    """Otherwise the person would teach the course without the role."""
    settings.LEGAL_PROFILE = "demo"
    account = make_platform_account(mia, platform, now=now, gave_teacher=True)
    User.objects.filter(pk=mia.pk).update(roles=["learner", "teacher"])
    other = make_platform(issuer="https://canvas.example", now=now)
    make_platform_account(mia, other, now=now, subject="user-7")
    within = make_platform_course(other, course=course, now=now)

    def remove():
        links.remove_link(account)
        connection.close()

    thread = threading.Thread(target=remove)
    with transaction.atomic():
        known = find_known_account(other, PlatformIdentity("user-7", "", True), now=now)
        memberships.note_member(known, within, teaches=True, now=now)
        thread.start()
        thread.join(1)
    thread.join(20)
    assert PlatformAccount.objects.get().gave_teacher
    assert User.objects.get(pk=mia.pk).has_role("teacher")
    assert Enrolment.objects.filter(user=mia, role="teacher").exists()


@pytest.mark.django_db(transaction=True)
def test_a_removal_waits_for_a_launch_that_is_at_work(platform, mia, course, now):
    """Otherwise the launch would enrol the person without a link, or fail."""
    account = make_platform_account(mia, platform, now=now, subject="user-7")
    within = make_platform_course(platform, course=course, now=now)

    def remove():
        links.remove_link(account)
        connection.close()

    other = threading.Thread(target=remove)
    with transaction.atomic():
        known = find_known_account(platform, PlatformIdentity("user-7", "", False), now=now)
        other.start()
        other.join(1)
        memberships.note_member(known, within, teaches=False, now=now)
    other.join(20)
    assert not PlatformAccount.objects.exists()
    assert not Enrolment.objects.filter(user=mia).exists()
