"""A launch that waits: who may forget it, and what changes under it while it waits."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.models import SingleSignOnLink, User
from lti.account_links import links, pending_launch
from lti.models import LearningPlatform, PlatformAccount, PlatformCourse
from tests.fixtures import factories
from tests.fixtures.lti.registrations import make_platform, make_platform_account
from tests.fixtures.users import make
from tests.platform.lti.conftest import FIRST, alert_of

ACCOUNT = f"{FIRST}account/"
COOKIE = "lti-first"


@pytest.fixture
def mia(lesson):
    return make("mia", now=timezone.now())


@pytest.fixture
def arrived(mia, visit):
    browser = visit()
    assert browser.arrive().headers["Location"] == FIRST
    return browser


def is_stale(answer):
    return (answer.status_code, "used already" in alert_of(answer)) == (400, True)


def test_a_person_who_did_not_begin_it_has_the_browser_forget_it(arrived):
    page, cookie = arrived.client.get(FIRST), arrived.client.cookies[COOKIE]
    assert "This is not me" in page.text
    answer = arrived.press("leave", page)
    assert (answer.status_code, "Nothing was opened" in answer.text) == (200, True)
    assert COOKIE not in arrived.client.cookies
    arrived.client.cookies.set(COOKIE, cookie)
    assert is_stale(arrived.client.get(FIRST))
    assert is_stale(arrived.press("new", page))


def test_signing_out_forgets_it(arrived):
    arrived.sign_in("mia")
    assert COOKIE in arrived.client.cookies
    form = arrived.fields_of(arrived.client.get(ACCOUNT))
    assert arrived.client.post("/accounts/logout/", data=form).status_code == 302
    assert COOKIE not in arrived.client.cookies
    assert is_stale(arrived.client.get(FIRST))


def test_a_second_press_opens_the_page_too(arrived, visit):
    arrived.sign_in("mia")
    page, cookie = arrived.client.get(ACCOUNT), arrived.client.cookies[COOKIE]
    first = arrived.press("account", page)
    arrived.client.cookies.set(COOKIE, cookie)
    again = arrived.press("account", page)
    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert PlatformAccount.objects.count() == 1
    other = visit()
    other.client.cookies.set(COOKIE, cookie)
    assert is_stale(other.client.get(ACCOUNT))


def test_a_second_launch_that_waited_asks_nothing_once_the_first_was_completed(arrived, visit):
    """A learner would be asked whether they teach there."""
    second = visit()
    assert second.arrive().headers["Location"] == FIRST
    page = second.client.get(FIRST)
    assert arrived.continue_as_new().status_code == 302
    assert is_stale(second.client.get(FIRST))
    assert second.press("new", page).status_code == 302
    assert PlatformAccount.objects.count() == 1


def test_a_refusal_that_is_over_meanwhile_is_still_explained(arrived, monkeypatch):
    """The page about it checks again, and would show the button without a reason."""
    arrived.sign_in("mia")
    page = arrived.client.get(ACCOUNT)
    checked = []

    def refuse_once(platform, who, person):
        checked.append(person)
        if len(checked) == 1:
            raise links.NoAccount("Refused for a moment.")

    monkeypatch.setattr(links, "check_link", refuse_once)
    answer = arrived.press("account", page)
    assert (answer.status_code, alert_of(answer)) == (403, "Refused for a moment.")


def test_a_course_that_was_connected_anew_meanwhile_is_not_entered(arrived):
    arrived.sign_in("mia")
    page = arrived.client.get(ACCOUNT)
    PlatformCourse.objects.update(course=factories.make_course())
    assert is_stale(arrived.press("account", page))
    assert not PlatformAccount.objects.exists()


def test_a_deployment_that_was_removed_meanwhile_is_not_entered(arrived):
    arrived.sign_in("mia")
    page = arrived.client.get(ACCOUNT)
    LearningPlatform.objects.update(deployments=["other"])
    assert is_stale(arrived.press("account", page))
    assert not PlatformAccount.objects.exists()


def test_a_launch_that_another_version_sealed_is_none(db):
    plain = json.dumps({"number": "1", "began": 1.0}).encode()
    sealed = pending_launch.seal_file(
        plain, place=pending_launch.PLACE, keys=[pending_launch.site_keys.tool_key()]
    )
    text = pending_launch.signing.b64_encode(sealed).decode()
    assert pending_launch.read_pending(text, now=timezone.now()) is None


@pytest.mark.parametrize("configured", [True, False])
def test_a_provider_that_is_not_configured_any_more_is_no_way_to_sign_in(
    db, now, settings, configured
):
    mia = make("mia")
    User.objects.filter(pk=mia.pk).update(password="!none")
    account = make_platform_account(mia, make_platform(now=now), now=now)
    SingleSignOnLink.objects.create(
        person=mia, provider="school", subject_digest="0" * 64, made_at=now, used_at=now
    )
    if configured:
        settings.SIGN_IN_RULES = rules_with("school")
        links.remove_link(account)
    else:
        with pytest.raises(links.OnlyWayIn):
            links.remove_link(account)
    assert PlatformAccount.objects.exists() is not configured


def rules_with(key):
    from types import SimpleNamespace

    return SimpleNamespace(providers=(SimpleNamespace(key=key),))
