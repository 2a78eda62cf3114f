"""Which role a linked account gains: only one that its person agreed to, and not for ever."""

from __future__ import annotations

import html

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Leaf
from courses.models import Enrolment
from lti.account_links import links
from lti.launch.accounts import PlatformIdentity
from lti.models import LearningPlatform, PlatformAccount, PlatformMember
from tests.fixtures import factories
from tests.fixtures.lti.registrations import (
    make_platform,
    make_platform_account,
    make_platform_course,
)
from tests.fixtures.users import make
from tests.platform.lti.conftest import FIRST, alert_of

ACCOUNT = f"{FIRST}account/"
UNDER_18 = "belongs to a person under 18"


@pytest.fixture
def mia(lesson):
    return make("mia", now=timezone.now())


@pytest.fixture
def linked(mia, outside, visit):
    """Mia, whom user-7 opens since she linked them as a learner."""
    browser = visit()
    browser.arrive()
    browser.sign_in("mia")
    assert browser.link().status_code == 302
    outside.ask(roles=["Instructor"])
    return mia


def roles_of(person):
    return sorted(User.objects.get(pk=person.pk).roles)


def teaches(person):
    return Enrolment.objects.filter(user=person, role="teacher").exists()


def test_the_page_names_the_role_that_the_account_gains(mia, outside, visit):
    outside.ask(roles=["Instructor"])
    browser = visit()
    browser.arrive()
    browser.sign_in("mia")
    page = html.unescape(browser.client.get(ACCOUNT).text)
    assert "Your account gets the role teacher here" in page
    assert browser.link().status_code == 302
    assert (roles_of(mia), teaches(mia)) == (["learner", "teacher"], True)
    assert PlatformAccount.objects.get().gave_teacher
    assert Leaf.objects.filter(verb="person.roles").count() == 1


def test_the_page_names_no_role_to_a_teacher(lesson, outside, visit):
    outside.ask(roles=["Instructor"])
    browser = visit()
    browser.arrive()
    browser.sign_in("ines")
    assert "gets the role teacher" not in browser.client.get(ACCOUNT).text
    browser.link()
    assert not PlatformAccount.objects.get().gave_teacher


def test_a_later_launch_as_a_teacher_gives_no_role_by_itself(linked, visit):
    browser = visit()
    assert browser.arrive().headers["Location"] == FIRST
    page = browser.client.get(FIRST)
    assert "does not have the role teacher" in page.text
    assert "Continue as new" not in page.text
    answer = browser.press("new", page)
    assert (answer.status_code, "already opens an account here" in alert_of(answer)) == (403, True)
    assert not browser.signed_in
    assert (roles_of(linked), teaches(linked)) == (["learner"], False)


def test_the_person_agrees_to_the_role_with_a_sign_in_of_their_own(linked, lesson, visit):
    browser = visit()
    browser.arrive()
    assert browser.sign_in("mia").headers["Location"] == ACCOUNT
    page = html.unescape(browser.client.get(ACCOUNT).text)
    assert all(each in page for each in ("Teach with this account?", "gets the role teacher here"))
    assert browser.link().headers["Location"] == f"/teach/{lesson.course.slug}/"
    assert (roles_of(linked), teaches(linked)) == (["learner", "teacher"], True)
    assert PlatformAccount.objects.get().gave_teacher
    assert visit().arrive().headers["Location"] != FIRST


def test_a_session_that_a_launch_began_ends_when_the_person_agrees_to_the_role(
    linked, outside, visit
):
    """Otherwise the platform's operator could set up the second factor in it."""
    outside.ask(roles=["Learner"])
    earlier = visit()
    earlier.arrive()
    assert earlier.signed_in
    outside.ask(roles=["Instructor"])
    browser = visit()
    browser.arrive()
    browser.sign_in("mia")
    assert browser.link().status_code == 302
    assert (browser.signed_in, earlier.signed_in) == (True, False)


def test_another_person_cannot_agree_to_it(linked, visit):
    make("noah", now=timezone.now())
    browser = visit()
    browser.arrive()
    browser.sign_in("noah")
    page = browser.client.get(ACCOUNT)
    assert (page.status_code, "already opens another account" in alert_of(page)) == (403, True)
    assert browser.press("account", page).status_code == 403
    assert (roles_of(linked), PlatformAccount.objects.count()) == (["learner"], 1)


def test_linking_a_second_launch_as_a_teacher_gives_the_role_too(mia, outside, visit):
    """Two first launches wait in two browsers, one as a learner and one as a teacher."""
    learner, teacher = visit(), visit()
    learner.arrive()
    outside.ask(roles=["Instructor"])
    teacher.arrive()
    for browser in (learner, teacher):
        browser.sign_in("mia")
        assert browser.link().status_code == 302
    assert (roles_of(mia), teaches(mia)) == (["learner", "teacher"], True)


@pytest.mark.parametrize("band", ["teen", "child"])
def test_an_account_of_a_minor_is_not_linked_as_a_teacher(mia, outside, visit, band):
    User.objects.filter(pk=mia.pk).update(age_band=band)
    outside.ask(roles=["Instructor"])
    browser = visit()
    browser.arrive()
    browser.sign_in("mia")
    page = browser.client.get(ACCOUNT)
    assert (page.status_code, UNDER_18 in alert_of(page)) == (403, True)
    assert browser.press("account", page).status_code == 403
    assert (roles_of(mia), PlatformAccount.objects.exists()) == (["learner"], False)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_later_launch_makes_no_minor_a_teacher(linked, visit, by_hand):
    """Neither one who linked an account, nor one whose account a launch created."""
    PlatformAccount.objects.update(linked=by_hand)
    User.objects.filter(pk=linked.pk).update(age_band="teen")
    answer = visit().arrive()
    assert (answer.status_code, UNDER_18 in alert_of(answer)) == (403, True)
    assert (roles_of(linked), teaches(linked)) == (["learner"], False)


def test_an_account_that_a_launch_created_asks_for_agreement_once_it_has_a_password(linked, visit):
    PlatformAccount.objects.update(linked=False)
    assert visit().arrive().headers["Location"] == FIRST
    assert roles_of(linked) == ["learner"]


def test_an_account_that_a_launch_created_gains_the_role_by_a_later_one(linked, visit):
    """It has no sign-in of its own, so its person could not be asked."""
    PlatformAccount.objects.update(linked=False)
    linked.set_unusable_password()
    linked.save(update_fields=["password"])
    assert visit().arrive().headers["Location"].startswith("/teach/")
    assert roles_of(linked) == ["learner", "teacher"]


@pytest.fixture
def given(db, now):
    """Mia's link, which gave her the role teacher."""
    return link(make("mia"), now)


def link(mia, now):
    who = PlatformIdentity("user-7", "", True)
    return links.link_account(make_platform(now=now), who, mia, now=now)


def test_the_role_ends_with_the_link_that_gave_it(given):
    assert roles_of(given.person) == ["learner", "teacher"]
    links.remove_link(given)
    assert roles_of(given.person) == ["learner"]
    assert Leaf.objects.filter(verb="person.roles").count() == 2


def test_a_role_from_before_the_link_stays(db, now):
    ines = make("ines")
    links.remove_link(link(ines, now))
    assert roles_of(ines) == ["author", "teacher"]


def test_the_role_stays_while_the_person_teaches_a_course_here(given):
    factories.make_enrolment(given.person, factories.make_course(), role="teacher")
    links.remove_link(given)
    assert roles_of(given.person) == ["learner", "teacher"]


def test_the_role_ends_with_the_last_link_that_needs_it(given, now):
    other = make_platform_account(given.person, make_platform(now=now), now=now, linked=True)
    within = make_platform_course(other.platform, now=now)
    PlatformMember.objects.create(account=other, within=within, teaches=True, seen_at=now)
    links.remove_link(given)
    assert roles_of(given.person) == ["learner", "teacher"]
    links.remove_link(PlatformAccount.objects.get())
    assert roles_of(given.person) == ["learner"]
    assert not LearningPlatform.objects.filter(accounts__isnull=False).exists()
