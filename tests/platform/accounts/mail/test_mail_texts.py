"""The texts of mails: in the reader's language, as HTML and plain text, with one link."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.mail.mail_texts import MAIL_TEXTS
from accounts.mail.models import KINDS, PAGES
from accounts.mfa import second_factor
from accounts.models import PendingMail
from accounts.site import site_facts
from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.accounts.sent_mail import ask, html, plain, send
from tests.fixtures.users import NAVIGATES, PASSWORD, make
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
SENSING = re.compile(r"camera|pulse|sens|consent|estimate|mark|grade|Kamera|Puls|Note", re.I)
ADDRESSES = {
    "due_dates": "/",
    "announcement": "/",
    "message": "/messages/",
    "week_summary": "/teach/",
    "guardian_asked": "/consents/",
    "consent_ends": "/consents/",
    "request_due": "/steward/requests/",
    "request_answered": "/my-data/",
    "guardian_added": "/my-data/looked/",
    "guardian_ended": "/my-data/looked/",
    "ward_added": "/my-data/looked/",
    "ward_ended": "/my-data/looked/",
}
# An end is final, so these mails have no reason to check again.
ASKED_ONCE = {"guardian_ended", "ward_ended"}
LINKS = re.compile(r'href="([^"]+)"')


def find_reason(_person, *, now):
    """Return a reason that always holds."""
    return ["A line"]


def kinds():
    return list(PendingMail.objects.order_by("pk").values_list("kind", flat=True))


def sign_in(client, login="mia"):
    return client.post("/accounts/login/", {"login": login, "password": PASSWORD})


def test_every_kind_has_its_words():
    assert set(MAIL_TEXTS) == {*KINDS, "course_invitation"}


@pytest.mark.parametrize("language", [code for code, _ in site.LANGUAGES])
@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_has_one_link_and_no_gap_left_open(inbox, mia, kind, language, settings):
    settings.MAIL_REASONS = dict.fromkeys(settings.MAIL_REASONS, f"{__name__}.find_reason")
    type(mia).objects.filter(pk=mia.pk).update(language=language)
    ask(mia, kind)
    assert send() == 1
    (mail,) = inbox.mails
    links = LINKS.findall(html(mail))
    assert len(links) == 1
    assert links[0] in plain(mail)
    assert links[0].startswith(f"http://localhost{ADDRESSES.get(kind, '/accounts/')}")
    assert f'lang="{language}"' in html(mail)
    for told in (mail["Subject"], plain(mail), html(mail).partition("<body")[2]):
        assert not re.search(r"[{}]|None", told)
    assert not SENSING.search(mail["Subject"])
    assert len(mail["Subject"].split()) <= 8
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Northfield School" in plain(mail)


@pytest.mark.parametrize("kind", [kind for kind in PAGES if kind not in ASKED_ONCE])
def test_a_mail_without_its_reason_is_not_sent(inbox, mia, kind):
    ask(mia, kind)
    assert send() == 0
    assert PendingMail.objects.get().state == "dropped"


def test_the_language_is_that_of_the_account_else_of_the_site(inbox, mia, noah):
    type(mia).objects.filter(pk=mia.pk).update(language="de")
    ask(mia)
    ask(noah)
    send()
    assert [mail["Subject"] for mail in inbox.mails] == [
        "Passwort zurücksetzen",
        "Reset your password",
    ]


def test_school_and_times_are_those_recorded_for_the_site(inbox, mia):
    site_facts.remember(replace(FACTS, name="Süderschule", time_zone="Asia/Tokyo"))
    at = datetime(2026, 7, 14, 18, 30, tzinfo=UTC)
    ask(mia, "new_browser", now=at)
    ask(mia, "reset", now=at)
    assert send(at) == 2
    notice, reset = (plain(mail) for mail in inbox.mails)
    assert "15 July 2026, 03:30 (Asia/Tokyo)" in notice
    assert "18 July 2026, 03:30 (Asia/Tokyo)" in reset
    assert "Süderschule" in reset
    assert "Northfield School" not in reset


@pytest.mark.parametrize(
    ("sender", "school"),
    [("Our School <us@school.example>", "Our School"), ("us@school.example", "attune.example")],
)
def test_without_a_recorded_name_the_school_is_the_sender_or_the_host(
    inbox, mia, settings, sender, school
):
    settings.DEFAULT_FROM_EMAIL, settings.SITE_ADDRESS = sender, "https://attune.example"
    ask(mia)
    send()
    assert f"your account at {school}." in plain(inbox.mails[0])
    assert " (UTC)" in plain(inbox.mails[0])


def test_a_name_is_escaped_in_html(inbox, settings, mia, give_email):
    settings.DEFAULT_FROM_EMAIL = '"A <b>School</b>" <attune@northfield.example>'
    ask(mia)
    send()
    assert "<b>" not in html(inbox.mails[0])
    assert "A <b>School</b>" in plain(inbox.mails[0])


def test_a_sign_in_with_a_new_browser_is_reported(inbox, mia):
    browser = Client(headers=NAVIGATES)
    sign_in(browser)
    assert kinds() == []
    browser.post("/accounts/logout/")
    sign_in(browser)
    assert kinds() == []
    sign_in(Client(headers=NAVIGATES))
    assert kinds() == ["new_browser"]


def test_people_who_share_a_computer_get_no_new_browser_notice(inbox, mia, noah):
    shared = Client(headers=NAVIGATES)
    for login in ("mia", "noah", "mia", "noah"):
        sign_in(shared, login)
        shared.post("/accounts/logout/")
    assert kinds() == []


def test_a_browser_keeps_the_last_eight_people(inbox, mia):
    shared = Client(headers=NAVIGATES)
    sign_in(shared)
    for number in range(8):
        make(f"name{number}")
        shared.post("/accounts/logout/")
        sign_in(shared, f"name{number}")
    assert len(shared.cookies["known"].value.split("|")) == 8
    assert len(shared.cookies["known"].OutputString()) < 2048
    shared.post("/accounts/logout/")
    sign_in(shared)
    assert kinds() == ["new_browser"]


def test_new_browsers_are_reported_once_a_day(inbox, mia):
    sign_in(Client(headers=NAVIGATES))
    for _ in range(3):
        sign_in(Client(headers=NAVIGATES))
    assert kinds() == ["new_browser"]
    PendingMail.objects.update(made_at=timezone.now() - timedelta(hours=25))
    sign_in(Client(headers=NAVIGATES))
    assert kinds() == ["new_browser"] * 2


def test_changes_of_password_and_factor_are_reported(inbox, mia, client_for):
    now = timezone.now()
    client = client_for(mia)
    new = "a new battery staple"
    assert (
        client.post("/accounts/password/", {"old": PASSWORD, "new": new, "again": new}).status_code
        == 302
    )
    with_factor(mia, now=now - timedelta(minutes=2))
    second_factor.remove(mia, actor=mia.code, now=now)
    assert kinds() == ["password_changed", "factor_added", "factor_removed"]
    assert send() == 3


def test_the_first_password_needs_no_notice(inbox, mia):
    mia.set_unusable_password()
    mia.save()
    ask(mia, "invitation")
    send()
    link = LINKS.findall(html(inbox.mails[0]))[0]
    fields = {"key": link.partition("key=")[2], "new": "a new battery", "again": "a new battery"}
    assert Client(headers=NAVIGATES).post("/accounts/start/", fields).status_code == 302
    assert kinds() == ["invitation"]
