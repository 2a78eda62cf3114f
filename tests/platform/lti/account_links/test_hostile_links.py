"""Attempts to link an account here with a platform's person against the will of either."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, StewardNomination, User
from lti.account_links import pending_launch
from lti.models import LearningPlatform, PlatformAccount
from tests.fixtures.lti.registrations import make_platform_account
from tests.fixtures.users import PASSWORD, make
from tests.platform.lti.conftest import FIRST, FRAMED, alert_of, ticket_of

ACCOUNT = f"{FIRST}account/"
STALE = "opened too long ago or has been used already"


@pytest.fixture
def mia(lesson):
    return make("mia", now=timezone.now())


def arrive(visit):
    browser = visit()
    assert browser.arrive().headers["Location"] == FIRST
    return browser


@pytest.fixture
def arrived(mia, visit):
    return arrive(visit)


@pytest.fixture
def signed_in(arrived):
    """Mia's browser on the page that asks whether to link."""
    assert arrived.sign_in("mia").headers["Location"] == ACCOUNT
    return arrived


def log_in(browser, login):
    form = browser.fields_of(browser.client.get("/accounts/login/"))
    data = {**form, "login": login, "password": PASSWORD}
    assert browser.client.post("/accounts/login/", data=data).status_code == 302


def is_stale(answer):
    return (answer.status_code, STALE in alert_of(answer)) == (400, True)


def test_a_launch_of_mallory_in_the_browser_of_mia_links_nothing_by_itself(
    mia, lesson, outside, visit
):
    browser = visit()
    log_in(browser, "mia")
    outside.ask(user="mallory-9", name="Mallory There")
    assert browser.arrive().headers["Location"] == FIRST
    answer = browser.client.get(ACCOUNT)
    assert answer.headers["Location"].startswith("/accounts/confirm/")
    form = browser.fields_of(browser.client.get(FIRST))
    assert browser.client.post(ACCOUNT, data=form).status_code == 403
    assert not PlatformAccount.objects.exists()
    browser.sign_in("mia")
    page = browser.client.get(ACCOUNT).text
    assert all(each in page for each in ("School Moodle", "Physics 7b", "Mallory There", ">mia<"))


@pytest.mark.parametrize("button", ["new", "sign-in", "account"])
def test_a_form_of_another_site_does_nothing(signed_in, button):
    form = signed_in.fields_of(signed_in.client.get(ACCOUNT))
    del form["csrfmiddlewaretoken"]
    assert signed_in.client.post(f"{FIRST}{button}/", data=form).status_code == 403
    assert not PlatformAccount.objects.exists()
    assert signed_in.signed_in


def test_a_page_about_one_launch_never_links_a_later_one(signed_in, outside):
    """Mallory has a second launch run in another tab while mia reads the first page."""
    page = signed_in.client.get(ACCOUNT)
    outside.ask(user="mallory-9", name="Mallory There")
    signed_in.arrive()
    assert is_stale(signed_in.press("account", page))
    assert is_stale(signed_in.press("new", page))
    assert not PlatformAccount.objects.exists()


def test_a_launch_counts_once(signed_in):
    page, cookies = signed_in.client.get(ACCOUNT), dict(signed_in.client.cookies)
    assert signed_in.press("account", page).status_code == 302
    assert pending_launch.read_pending(cookies["lti-first"], now=timezone.now()) is not None
    PlatformAccount.objects.all().delete()
    signed_in.client.cookies.set("lti-first", cookies["lti-first"])
    for button in ("account", "new"):
        assert is_stale(signed_in.press(button, page))
    assert is_stale(signed_in.client.get(FIRST))
    assert not PlatformAccount.objects.exists()


def test_another_browser_cannot_complete_a_launch(signed_in, visit):
    page, other = signed_in.client.get(ACCOUNT), visit()
    log_in(other, "mia")
    form = other.fields_of(other.client.get("/accounts/security/"))
    mark = signed_in.fields_of(page)["launch"]
    for button in ("account", "new", "sign-in"):
        assert is_stale(other.client.post(f"{FIRST}{button}/", data={**form, "launch": mark}))
    assert is_stale(other.client.get(FIRST))
    assert not PlatformAccount.objects.exists()


def test_a_launch_expires(signed_in, monkeypatch):
    page, late = signed_in.client.get(ACCOUNT), timezone.now() + timedelta(minutes=10)
    cookie = signed_in.client.cookies["lti-first"]
    assert pending_launch.read_pending(cookie, now=timezone.now()) is not None
    assert pending_launch.read_pending(cookie, now=late) is None
    monkeypatch.setattr(pending_launch.read_pending, "__kwdefaults__", {"within": timedelta(0)})
    for button in ("account", "new", "sign-in"):
        assert is_stale(signed_in.press(button, page))
    assert not PlatformAccount.objects.exists()


def test_an_altered_launch_is_refused(arrived, visit):
    cookie, other = arrived.client.cookies["lti-first"], visit()
    other.client.cookies.set("lti-first", cookie)
    assert other.client.get(FIRST).status_code == 200
    for altered in ("B" + cookie[1:], cookie[:40], cookie[:-9] + "A" * 9, "x", ""):
        other.client.cookies.set("lti-first", altered)
        assert is_stale(other.client.get(FIRST)), altered
    assert pending_launch.read_pending("é☃", now=timezone.now()) is None


def test_the_cookie_and_the_form_in_a_frame_are_encrypted(arrived, visit):
    text = ticket_of(visit().arrive(**FRAMED), "pending")
    for sealed in (arrived.client.cookies["lti-first"], text):
        raw = pending_launch.signing.b64_decode(sealed.encode())
        assert not any(each in raw for each in (b"user-7", b"Eve", b"units"))


def test_an_earlier_sign_in_is_not_enough(arrived):
    log_in(arrived, "mia")
    assert arrived.client.get(ACCOUNT).status_code == 200
    Session.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))
    assert arrived.client.get(ACCOUNT).headers["Location"].startswith("/accounts/confirm/")


def test_a_wrong_password_links_nothing(arrived):
    assert arrived.sign_in("mia", "wrong password").status_code == 401
    assert arrived.client.get(ACCOUNT).headers["Location"].startswith("/accounts/login/")
    assert not PlatformAccount.objects.exists()


def test_a_suspended_account_is_not_linked(mia, arrived, signed_in):
    page = signed_in.client.get(ACCOUNT)
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert signed_in.press("account", page).headers["Location"].startswith("/accounts/login/")
    assert signed_in.sign_in("mia").status_code == 401
    assert not PlatformAccount.objects.exists()


def refused(browser, sentence):
    """Return whether the page refuses the link, and so does the form of an older page."""
    page = browser.client.get(ACCOUNT)
    answers = [page, browser.press("account", page)]
    return all((each.status_code, sentence in alert_of(each)) == (403, True) for each in answers)


def test_a_second_identity_of_the_same_platform_is_refused(mia, signed_in):
    platform = LearningPlatform.objects.get()
    make_platform_account(mia, platform, now=timezone.now(), subject="user-3")
    assert refused(signed_in, "already linked with another account at School Moodle")
    assert PlatformAccount.objects.count() == 1


def test_an_identity_that_opens_another_account_is_refused(signed_in):
    platform, noah = LearningPlatform.objects.get(), make("noah", now=timezone.now())
    make_platform_account(noah, platform, now=timezone.now(), subject="user-7")
    assert refused(signed_in, "already opens another account here")
    assert PlatformAccount.objects.get().person == noah


def test_a_refused_link_leaves_the_other_choice_open(mia, signed_in):
    make_platform_account(mia, LearningPlatform.objects.get(), now=timezone.now(), subject="u")
    assert refused(signed_in, "already linked")
    assert signed_in.continue_as_new().status_code == 302
    assert PlatformAccount.objects.exclude(person=mia).count() == 1


@pytest.mark.parametrize(
    ("roles", "as_learner", "as_teacher"),
    [
        (["learner"], True, True),
        (["learner", "teacher"], False, True),
        (["author", "teacher"], False, True),
        (["author"], False, True),
        (["researcher"], False, False),
        (["guardian", "learner"], False, False),
        (["steward"], False, False),
        (["steward", "teacher"], False, False),
    ],
)
@pytest.mark.parametrize("teaches", [False, True])
def test_which_roles_a_launch_may_be_linked_with(
    mia, outside, visit, roles, as_learner, as_teacher, teaches
):
    User.objects.filter(pk=mia.pk).update(roles=roles)
    outside.ask(roles=["Instructor" if teaches else "Learner"])
    browser = arrive(visit)
    browser.sign_in("mia")
    browser.press("account", browser.client.get(ACCOUNT))
    allowed = as_teacher if teaches else as_learner
    assert PlatformAccount.objects.filter(person=mia).exists() is allowed


def test_a_nominated_steward_is_not_linked(mia, signed_in):
    amir = User.objects.get(roles=["steward"])
    StewardNomination.objects.create(person=mia, asked_by=amir, asked_at=timezone.now())
    assert refused(signed_in, "nominated as a data steward")


def test_an_equal_email_or_name_links_nothing(mia, outside, visit):
    outside.ask(name="mia", changes={"email": "mia@school.example", "email_verified": True})
    browser = arrive(visit)
    browser.continue_as_new()
    assert PlatformAccount.objects.get().person != mia


def test_a_platform_that_was_switched_off_meanwhile_completes_nothing(signed_in):
    page = signed_in.client.get(ACCOUNT)
    LearningPlatform.objects.update(active=False)
    assert is_stale(signed_in.press("account", page))
    assert not PlatformAccount.objects.exists()


@pytest.mark.parametrize("sender", ["cross-site", "same-site", "none"])
def test_another_site_cannot_put_a_launch_into_a_browser(arrived, visit, sender):
    text = ticket_of(visit().arrive(**FRAMED), "pending")
    answer = visit().client.post(
        f"{FIRST}window/", data={"pending": text}, headers={"Sec-Fetch-Site": sender}
    )
    assert is_stale(answer)
    assert "lti-first" not in answer.headers.get("Set-Cookie", "")


def test_the_cookie_is_for_this_host_alone_where_there_is_tls(arrived, settings, rf):
    from django.http import HttpResponse

    waiting = arrived.client.cookies["lti-first"]
    settings.SESSION_COOKIE_SECURE = True
    settings.HOST_ONLY = "__Host-"
    pending = pending_launch.read_pending(waiting, now=timezone.now())
    response = HttpResponse()
    pending_launch.remember(response, pending)
    cookie = response.cookies["__Host-lti-first"]
    assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("Lax", True, True)
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 600)
