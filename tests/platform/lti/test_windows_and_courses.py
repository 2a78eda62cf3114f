"""A launch in a frame opens a window by a ticket; a Teacher connects a course."""

from __future__ import annotations

import html

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from courses.models import Enrolment
from lti import addresses, tool_keys
from lti.launch import tickets
from lti.models import LearningPlatform, PlatformAccount, PlatformCourse, PlatformMember, ToolKey
from tests.fixtures import factories
from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.lti.registrations import (
    make_platform,
    make_platform_account,
    make_platform_course,
    make_platform_member,
)
from tests.fixtures.users import client_for_person, make
from tests.platform.lti.conftest import FRAMED, SAME, ticket_of


def test_a_frame_gets_a_button_that_signs_in_once_in_a_window(lesson, outside, visit):
    outside.ask(custom={"unit": str(lesson.code)})
    visit().launch()
    framed = visit()
    page = framed.launch(**FRAMED)
    assert 'target="_blank"' in page.text
    assert "sessionid" not in page.headers.get("Set-Cookie", "")
    assert f"frame-ancestors {outside.address};" in page.headers["Content-Security-Policy"]
    window = visit()
    opened = window.client.post("/lti/open/", data={"ticket": ticket_of(page)}, headers=SAME)
    assert opened.headers["Location"] == f"/units/{lesson.code}/"
    assert window.signed_in
    again = visit().client.post("/lti/open/", data={"ticket": ticket_of(page)}, headers=SAME)
    assert again.status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_cannot_sign_a_visitor_in_with_a_ticket(db, now, site):
    account = make_platform_account(make("mia"), make_platform(now=now), now=now)
    ticket = tickets.write_ticket(account, "/")
    client = Client()
    answer = client.post("/lti/open/", {"ticket": ticket}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 400
    assert "sessionid" not in answer.cookies


def test_no_page_outside_lti_may_be_framed(client):
    for path in ("/accounts/login/", "/accessibility/"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_the_launch_cookie_is_for_lti_alone_and_works_in_frames(db, client, now, settings):
    settings.SESSION_COOKIE_SECURE = True
    platform = make_platform(now=now)
    answer = client.get(
        "/lti/login/",
        {
            "iss": platform.issuer,
            "client_id": platform.client_id,
            "login_hint": "x",
            "target_link_uri": "http://testserver/lti/launch/",
        },
    )
    (cookie,) = [each for name, each in answer.cookies.items() if "lti-" in name]
    assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("None", True, True)
    assert cookie["path"] == "/lti/"


def test_a_teacher_on_both_sides_connects_a_course_and_later_a_second_one(db, now):
    ines = make("ines")
    course = factories.make_course()
    factories.make_enrolment(ines, course, role="teacher")
    platform = make_platform(now=now)
    for context in ("context-1", "context-2"):
        within = make_platform_course(platform, context=context, now=now)
        if context == "context-1":
            account = make_platform_member(ines, within, teaches=True, now=now).account
        else:
            PlatformMember.objects.create(account=account, within=within, teaches=True, seen_at=now)
        client_for_person(ines).post(f"/lti/courses/{within.id}/", {"course": course.slug})
    assert PlatformCourse.objects.filter(course=course).count() == 2


def test_a_teacher_cannot_connect_a_course_of_others_nor_one_they_do_not_teach_there(db, now):
    ines, mallory = make("ines"), make("mallory")
    foreign = factories.make_course()
    within = make_platform_course(make_platform(now=now), now=now)
    make_platform_member(ines, within, teaches=True, now=now)
    make_platform_member(mallory, within, now=now)
    client_for_person(ines).post(f"/lti/courses/{within.id}/", {"course": foreign.slug})
    mallory.roles = ["learner", "teacher"]
    mallory.save()
    assert client_for_person(mallory).get(f"/lti/courses/{within.id}/").status_code == 404
    assert PlatformCourse.objects.get().course is None


def test_a_link_cannot_open_a_unit_of_a_course_that_is_not_connected(lesson, outside, visit):
    other = factories.make_quiz_unit(factories.make_course())
    outside.ask(custom={"unit": str(other.code)})
    assert visit().launch().status_code == 404
    assert not Enrolment.objects.filter(course=other.course).exists()


def test_a_teacher_there_teaches_here_and_their_second_factor_is_asked(lesson, outside, visit):
    outside.ask(roles=["Instructor"], user="teacher-1", name="Tom Example")
    assert visit().launch().headers["Location"] == f"/teach/{lesson.course.slug}/"
    assert Enrolment.objects.filter(course=lesson.course, role="teacher").count() == 2
    with_factor(PlatformAccount.objects.get().person, now=timezone.now())
    browser = visit()
    assert browser.launch().headers["Location"].startswith("/accounts/factor/")
    assert not browser.signed_in


def test_an_administrator_gets_nothing(lesson, outside, visit):
    role = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
    outside.ask(roles=[role])
    answer = visit().launch()
    assert answer.status_code == 403
    assert "neither a learner nor a teacher" in html.unescape(answer.text)


def test_a_steward_registers_once_and_a_wrong_address_is_explained(db):
    client = client_for_person(make("amir"))
    facts = {
        "name": "Moodle", "issuer": "https://m.example", "client_id": "c", "deployments": "1\n2",
        "login_url": "https://m.example/a", "token_url": "https://m.example/t",
        "keys_url": "http://m.example/k", "active": "on",
    }  # fmt: skip
    refused = client.post("/steward/lti/", facts)
    assert (refused.status_code, b"begins with https://" in refused.content) == (422, True)
    facts["keys_url"] = "https://m.example/k"
    assert client.post("/steward/lti/", facts).status_code == 302
    assert LearningPlatform.objects.get().deployments == ["1", "2"]
    again = client.post("/steward/lti/", facts)
    assert (again.status_code, b"already registered" in again.content) == (422, True)


@pytest.mark.parametrize(
    ("url", "callable_on_internet"),
    [
        ("https://moodle.example/x", True),
        ("https://8.8.8.8/x", True),
        ("http://moodle.example/x", False),
        ("https://10.0.0.1/x", False),
        ("https://127.0.0.1/x", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/x", False),
        ("https://localhost/x", False),
        ("https://database.internal/x", False),
        ("https://moodle/x", False),
        ("https://mia@moodle.example/x", False),
        ("https://moodle.example:x/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_public_addresses_with_tls_are_called(url, callable_on_internet):
    with override_settings(LOCAL_ONLY=False):
        assert addresses.is_callable(url) is callable_on_internet


def test_a_demo_calls_other_programs_on_its_own_computer_only():
    with override_settings(LOCAL_ONLY=True):
        assert addresses.is_callable("http://127.0.0.1:8001/keys")
        assert not addresses.is_callable("http://10.0.0.1/keys")


def test_the_key_pair_is_made_once_and_its_private_part_is_sealed(db, client):
    first, second = client.get("/lti/keys/").json(), client.get("/lti/keys/").json()
    assert first == second
    (key,) = first["keys"]
    assert (key["alg"], key["use"]) == ("RS256", "sig")
    assert not {"d", "p", "q"} & set(key)
    assert b"PRIVATE KEY" not in bytes(ToolKey.objects.get().private_sealed)
    assert tool_keys.sign({"iss": "a"}, now=timezone.now()).count(".") == 2
