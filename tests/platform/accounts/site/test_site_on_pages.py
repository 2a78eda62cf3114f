"""Facts about the site on its pages: the name, the time zone, the languages offered."""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone, translation

from accounts import language
from accounts.models import Session, User
from accounts.site import site_facts
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de-AT,de;q=0.9"}


@pytest.fixture
def record(now):
    """`record(languages=…)`: record facts, as every page then reads them."""

    def recorded(**changes):
        site_facts.record(replace(FACTS, **changes), by=None, now=now)

    return recorded


def test_the_name_is_in_title_and_header_also_for_visitors(record, client_for, mia):
    record()
    for client in (Client(), client_for(mia)):
        page = client.get("/accounts/login/", follow=True).content.decode()
        assert re.search(r"<title>[^<]*· Northfield School · Attune</title>", page)
        assert '<span class="site" dir="auto">Northfield School</span>' in page


def test_without_a_record_the_page_is_as_it_was(client_for, mia):
    page = client_for(mia).get("/preferences/").content.decode()
    assert "<title>Preferences · Attune</title>" in page
    assert 'class="site"' not in page


def test_times_are_in_the_time_zone_of_the_site_and_say_so(record, client_for, mia):
    mine = client_for(mia)
    mine.get("/accounts/security/")
    began = Session.objects.get().began_at
    for zone in ("UTC", "Asia/Tokyo"):
        record(time_zone=zone)
        page = mine.get("/accounts/security/").content.decode()
        assert f"Signed in ({zone})" in page
        assert f"{began.astimezone(ZoneInfo(zone)):%H:%M}</time>" in page


def test_a_request_leaves_no_time_zone_behind(record, client_for, mia):
    record()
    client_for(mia).get("/preferences/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_language_that_is_not_offered_is_not_chosen_by_a_browser_a_cookie_or_an_account(
    record, client_for, mia
):
    record(languages=("en-gb",))
    visitor, mine = Client(), client_for(mia)
    visitor.cookies["language"] = "de"
    User.objects.update(language="de")
    for client in (visitor, mine):
        answer = client.get("/accounts/login/", follow=True, headers=GERMAN)
        assert answer["Content-Language"] == "en-gb"
        assert "Deutsch" not in answer.content.decode()
    assert "Deutsch" not in mine.get("/preferences/").content.decode()
    assert mine.post("/accounts/language/", {"language": "de"}).status_code == 400


def test_a_site_only_in_german_answers_in_german(record, mia):
    record(languages=("de",))
    assert Client().get("/accounts/login/")["Content-Language"] == "de"
    mia.language = "en-gb"
    assert language.language_for(mia) == "de"


def test_the_browser_s_second_wish_counts_where_the_first_is_not_offered(record):
    record(languages=("en-gb", "de"))
    asked = {"accept-language": "tlh;q=1.0,de;q=0.5"}
    assert Client().get("/accounts/login/", headers=asked)["Content-Language"] == "de"


def test_a_socket_speaks_a_language_that_is_offered(record):
    scope = {"headers": [(b"accept-language", b"de")], "cookies": {}, "user": None}
    assert language.socket_language(scope, FACTS) == "de"
    assert language.socket_language(scope, replace(FACTS, languages=("en-gb",))) == "en-gb"
    assert translation.get_language() == "en-gb"


def test_liveness_is_reported_while_the_database_is_down(monkeypatch):
    def away():
        raise DatabaseError

    site_facts.remember(site_facts.NO_FACTS, seconds=0)
    monkeypatch.setattr(site_facts, "current", away)
    assert Client().get("/health/live").content == b"ok\n"
