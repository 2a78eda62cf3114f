"""A person who already has an account here links it at their first launch."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import PendingMail, User
from accounts.sessions.session_store import Session
from audit.models import Leaf
from courses.models import Enrolment
from lti.launch.accounts import subject_of
from lti.models import LearningPlatform, LinkedGrade, PlatformAccount, SentGrade
from lti.services import grades
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.exams import take
from tests.fixtures.lti.registrations import make_platform, make_platform_account
from tests.fixtures.users import make
from tests.platform.lti.conftest import FRAMED, SAME, ticket_of
from tests.platform.lti.test_rosters import member, read


@pytest.fixture
def mia(lesson):
    return make("mia", now=timezone.now())


@pytest.fixture
def arrived(lesson, outside, visit):
    """A browser in which the platform's user-7 came for the first time."""
    outside.ask(custom={"unit": str(lesson.code)})
    browser = visit()
    assert browser.arrive().headers["Location"] == "/lti/first/"
    return browser


def test_nothing_is_stored_about_a_person_before_they_decide(arrived):
    page = arrived.client.get("/lti/first/").text
    assert "School Moodle sent you here from “Physics 7b”. There, you are Eve Example." in page
    assert "two accounts cannot be merged" in page
    assert not PlatformAccount.objects.exists()
    assert not User.objects.filter(roles=["learner"]).exists()


def test_a_linked_account_opens_the_lesson_and_its_grade_goes_back(
    mia, lesson, outside, arrived, visit
):
    answer = arrived.sign_in("mia")
    assert answer.headers["Location"] == "/lti/first/account/"
    page = arrived.client.get("/lti/first/account/").text
    assert all(each in page for each in ("School Moodle", "Physics 7b", "Eve Example", "mia"))
    assert not PlatformAccount.objects.exists()
    assert arrived.link().headers["Location"] == f"/units/{lesson.code}/"
    account = PlatformAccount.objects.get()
    assert (account.person, subject_of(account)) == (mia, "user-7")
    assert Enrolment.objects.get(user=mia).role == "learner"
    take(mia, lesson, "5", "5", "4")
    assert grades.send_due(clock=timezone.now) == 1
    (score,) = outside.seen["scores"]
    assert (score["userId"], score["scoreGiven"]) == ("user-7", 67)
    assert SentGrade.objects.get().person == mia
    assert visit().arrive().headers["Location"] == f"/units/{lesson.code}/"
    assert User.objects.filter(roles=["learner"]).count() == 1


def test_the_person_is_told_by_mail_and_in_the_audit_log(mia, arrived, settings):
    settings.EMAIL_HOST = "mail.example"
    arrived.sign_in("mia")
    arrived.link()
    assert PendingMail.objects.filter(person=mia, kind="lti_linked").exists()
    assert Leaf.objects.filter(verb="person.lti_link").count() == 1


def test_a_member_known_from_the_list_is_enrolled_by_the_link(mia, lesson, outside, arrived):
    outside.ask(members=[member("user-7"), member("user-8")])
    assert read() == 1
    assert not Enrolment.objects.filter(user=mia).exists()
    arrived.sign_in("mia")
    arrived.link()
    assert Enrolment.objects.filter(user=mia).exists()
    outside.ask(members=[member("user-8")])
    assert read() == 1
    assert not Enrolment.objects.filter(user=mia).exists()


def test_a_second_factor_is_asked_before_the_link(mia, arrived):
    with_factor(mia, now=timezone.now())
    there = arrived.sign_in("mia").headers["Location"]
    assert there.startswith("/accounts/factor/")
    assert (
        arrived.client.get("/lti/first/account/")
        .headers["Location"]
        .startswith("/accounts/factor/")
    )
    form = arrived.fields_of(arrived.client.get(there))
    code = app_of(mia).at(timezone.now() + timedelta(seconds=30))
    data = {**form, "proof": code, "next": "/lti/first/account/"}
    assert arrived.client.post(there, data=data).status_code == 302
    assert arrived.link().status_code == 302
    assert PlatformAccount.objects.get().person == mia


def test_a_frame_opens_a_window_in_which_the_account_is_linked(mia, lesson, outside, visit):
    outside.ask(custom={"unit": str(lesson.code)})
    text = ticket_of(visit().arrive(**FRAMED), "pending")
    window = visit()
    opened = window.client.post("/lti/first/window/", data={"pending": text}, headers=SAME)
    assert opened.headers["Location"] == "/lti/first/"
    window.sign_in("mia")
    assert window.link().headers["Location"] == f"/units/{lesson.code}/"
    again = visit().client.post("/lti/first/window/", data={"pending": text}, headers=SAME)
    assert again.status_code == 400


def test_a_platform_that_names_no_age_can_still_be_linked(mia, arrived):
    LearningPlatform.objects.update(age_band="")
    arrived.sign_in("mia")
    assert arrived.link().status_code == 302
    assert PlatformAccount.objects.get().person == mia


def test_a_teacher_links_the_account_with_which_they_already_teach(lesson, outside, visit):
    outside.ask(roles=["Instructor"], user="teacher-1", name="Ines There")
    browser = visit()
    browser.arrive()
    browser.sign_in("ines")
    assert browser.link().headers["Location"] == f"/teach/{lesson.course.slug}/"
    assert sorted(PlatformAccount.objects.get().person.roles) == ["author", "teacher"]
    assert Enrolment.objects.filter(course=lesson.course, role="teacher").count() == 1


def test_the_database_keeps_one_identity_per_platform_and_account(db, now):
    mia, platform = make("mia"), make_platform(now=now)
    make_platform_account(mia, platform, now=now, subject="a")
    for person, subject in ((mia, "b"), (make("noah"), "a")):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_platform_account(person, platform, now=now, subject=subject)
    make_platform_account(mia, make_platform(now=now), now=now, subject=uuid.uuid4().hex)


def remove(browser):
    row, page = PlatformAccount.objects.get(), browser.client.get("/accounts/security/")
    data = browser.fields_of(page)
    return page, browser.client.post(f"/lti/links/{row.id}/remove/", data=data)


def test_a_person_removes_the_link_and_its_grades_stay_counted(mia, lesson, arrived, visit):
    arrived.sign_in("mia")
    arrived.link()
    take(mia, lesson, "5", "5", "4")
    grades.send_due(clock=timezone.now)
    page, answer = remove(arrived)
    assert all(each in page.text for each in ("Linked platforms", "Remove School Moodle"))
    assert answer.headers["Location"] == "/accounts/security/?done=unlinked"
    assert not PlatformAccount.objects.exists()
    assert not LinkedGrade.objects.exists()
    assert not Enrolment.objects.filter(user=mia).exists()
    assert (SentGrade.objects.get().person, SentGrade.objects.get().account) == (mia, None)
    assert Leaf.objects.filter(verb="person.lti_unlink").count() == 1
    assert visit().arrive().headers["Location"] == "/lti/first/"


def test_the_only_way_to_sign_in_is_not_removed(lesson, visit):
    browser = visit()
    browser.launch()
    row = PlatformAccount.objects.get()
    page = browser.client.get("/accounts/security/").text
    assert "you cannot remove your only way to sign in" in page
    Session.objects.update(confirmed_at=timezone.now())
    form = browser.fields_of(browser.client.get("/accounts/security/"))
    assert browser.client.post(f"/lti/links/{row.id}/remove/", data=form).status_code == 403
    assert PlatformAccount.objects.exists()


def test_nobody_removes_the_link_of_another_person(mia, arrived, visit):
    arrived.sign_in("mia")
    arrived.link()
    make("mallory", now=timezone.now())
    other = visit()
    form = other.fields_of(other.client.get("/accounts/login/"))
    other.client.post(
        "/accounts/login/", data={**form, "login": "mallory", "password": "correct horse battery"}
    )
    assert remove(other)[1].status_code == 404
    assert PlatformAccount.objects.exists()
