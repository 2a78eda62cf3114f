"""Language and time zone of pages: the account's, else what the browser asks for or the site's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from accounts import language
from accounts.models import User
from accounts.site import site_facts
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
ADDRESS = "/accounts/language/"
GERMAN = {"accept-language": "de-AT,de;q=0.9"}


def spoken(client, **more) -> str:
    response = client.get("/accounts/login/", follow=True, **more)
    assert f'<html lang="{response["Content-Language"].split("-")[0]}"' in response.content.decode()
    return response["Content-Language"]


def test_a_visitor_is_spoken_to_as_the_browser_asks_and_english_else():
    client = Client()
    assert spoken(client) == "en-gb"
    assert spoken(client, headers=GERMAN) == "de"
    assert spoken(client, headers={"accept-language": "tlh"}) == "en-gb"


def test_what_a_visitor_chooses_stays_in_the_browser():
    client = Client()
    response = client.post(ADDRESS, {"language": "de", "next": "/accounts/login/?next=/journey/"})
    assert response["Location"] == "/accounts/login/?next=/journey/"
    assert response.cookies["language"]["httponly"]
    assert spoken(client) == "de"


def test_the_language_of_the_account_rules_over_browser_and_cookie(client_for, mia):
    Client().post(ADDRESS, {"language": "de"})
    mine = client_for(mia)
    assert mine.post(ADDRESS, {"language": "de", "next": "/"})["Location"] == "/"
    assert User.objects.get(pk=mia.pk).language == "de"
    assert spoken(mine) == "de"
    mine.post(ADDRESS, {"language": "en-gb"})
    assert spoken(mine, headers=GERMAN) == "en-gb"


def test_as_my_browser_asks_resets_the_choice_also_for_visitors(client_for, mia):
    mine = client_for(mia)
    mine.cookies["language"] = "de"
    assert spoken(mine) == "de"
    mine.post(ADDRESS, {"language": ""})
    assert User.objects.get(pk=mia.pk).language == ""
    assert spoken(mine) == "en-gb"


@pytest.mark.parametrize("unknown", ["tlh", "en-xa", "<b>", "de\n"])
def test_a_language_that_is_not_offered_is_refused_and_changes_nothing(client_for, mia, unknown):
    assert client_for(mia).post(ADDRESS, {"language": unknown}).status_code == 400
    assert User.objects.get(pk=mia.pk).language == ""


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "journey", "e.php"])
def test_it_redirects_only_to_pages_of_this_site(to):
    assert Client().post(ADDRESS, {"language": "de", "next": to})["Location"] == "/"


def test_a_saved_language_that_is_no_longer_offered_is_ignored(mia, settings):
    mia.language = "de"
    assert language.language_for(mia) == "de"
    settings.LANGUAGES = [("en-gb", "English")]
    assert language.language_for(mia) == "en-gb"


def test_a_request_leaves_no_language_behind(client_for, mia):
    client_for(mia).get("/", headers=GERMAN)
    assert translation.get_language() == "en-gb"


def test_caches_are_told_that_pages_differ_by_language():
    assert "Accept-Language" in Client().get("/accounts/login/")["Vary"]


def test_the_database_holds_nothing_but_a_language_there(mia):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=mia.pk).update(language="Deutsch!")


@pytest.fixture
def in_berlin(now):
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)


@pytest.mark.parametrize(("chosen", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), ("", "Europe/Berlin")])
def test_pages_show_times_in_the_time_zone_of_the_account_or_else_of_the_site(
    client_for, mia, in_berlin, chosen, zone
):
    mine = client_for(mia)
    assert mine.post(ADDRESS, {"language": "", "time_zone": chosen}).status_code == 302
    assert User.objects.get(pk=mia.pk).time_zone == chosen
    assert f"Signed in ({zone})" in mine.get("/accounts/security/").content.decode()
    page = mine.get("/preferences/").content.decode()
    assert "Same as this site: Europe/Berlin" in page
    assert ('<option value="Asia/Tokyo" translate="no" selected>Tokyo</option>' in page) is bool(
        chosen
    )


@pytest.mark.parametrize("unknown", ["Europe/Narnia", "localtime", "../etc/passwd", "Europe"])
def test_a_time_zone_that_is_not_offered_is_refused_and_changes_nothing(client_for, mia, unknown):
    answer = client_for(mia).post(ADDRESS, {"language": "", "time_zone": unknown})
    assert answer.status_code == 400
    assert User.objects.get(pk=mia.pk).time_zone == ""


def test_a_time_zone_that_this_computer_does_not_know_counts_as_none(client_for, mia, in_berlin):
    User.objects.filter(pk=mia.pk).update(time_zone="Europe/Narnia")
    assert (
        "Signed in (Europe/Berlin)" in client_for(mia).get("/accounts/security/").content.decode()
    )


def test_the_database_holds_nothing_but_a_time_zone_there(mia):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=mia.pk).update(time_zone="No zone!")


def test_every_time_zone_to_choose_from_is_one_that_counts():
    names = [name for cities in site_facts.list_by_region().values() for name, _city in cities]
    assert len(names) > 300
    assert all(site_facts.find_zone(name) for name in names)
