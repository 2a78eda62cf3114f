"""A platform registers itself by a Steward's one-time link. Its side of this is by hand."""

from __future__ import annotations

import html
import re

import pytest

from courses.models import Enrolment
from lti.models import LearningPlatform, PlatformCourse
from lti.registration.self_registration import TOOL
from tests.fixtures.exams import make_test
from tests.fixtures.users import client_for_person, make
from tests.platform.lti.conftest import alert_of

REGISTRATION_KEYS = {
    "application_type", "response_types", "grant_types", "client_name", "initiate_login_uri",
    "redirect_uris", "jwks_uri", "token_endpoint_auth_method", "scope", TOOL,
}  # fmt: skip


@pytest.fixture
def link(outside):
    """Amir creates the link; return it as the platform calls it."""
    page = client_for_person(make("amir")).post("/steward/lti/link/").content.decode()
    found = html.unescape(re.search(r'readonly value="([^"]*)"', page)[1])
    return (
        found.partition("testserver")[2]
        + f"&openid_configuration={outside.address}/openid-configuration"
    )


def register(browser, link, **changes):
    page = browser.client.get(link)
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    form = {name: html.unescape(value) for name, value in fields}
    return browser.client.post("/lti/register/", data={**form, "age_band": "adult", **changes})


def test_a_registered_platform_launches_at_once(outside, visit, link):
    answer = register(visit(), link)
    assert (answer.status_code, "is registered" in answer.text) == (200, True), alert_of(answer)
    platform = LearningPlatform.objects.get()
    assert (platform.deployments, platform.age_band) == (["1"], "adult")
    (sent,) = outside.seen["registrations"]
    assert set(sent) == REGISTRATION_KEYS
    unit = make_test()
    assert visit().launch().status_code == 404
    PlatformCourse.objects.update(course=unit.course)
    assert visit().launch().status_code == 302
    assert Enrolment.objects.filter(course=unit.course).count() == 1


def test_a_link_registers_once(visit, link):
    register(visit(), link)
    again = visit().client.get(link)
    assert (again.status_code, "was used already" in alert_of(again)) == (403, True)
    assert LearningPlatform.objects.count() == 1


def test_without_a_valid_link_nothing_is_called(outside, visit, link):
    before = outside.seen["calls"]
    forged = re.sub(r"key=[^&]*", "key=x", link)
    assert visit().client.get(forged).status_code == 403
    address = f"{outside.address}/openid-configuration"
    posted = visit().client.post(
        "/lti/register/", data={"key": "x", "openid_configuration": address}
    )
    assert posted.status_code == 403
    assert outside.seen["calls"] == before
    assert not LearningPlatform.objects.exists()


def test_a_failing_platform_is_not_stored_and_the_page_says_what_to_do(outside, visit, link):
    outside.ask(down=500)
    answer = register(visit(), link)
    assert (answer.status_code, "register it by hand" in alert_of(answer)) == (400, True)
    assert not LearningPlatform.objects.exists()
