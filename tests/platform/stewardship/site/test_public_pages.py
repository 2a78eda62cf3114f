"""Public pages: the accessibility of the site, and where to report a vulnerability."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.site import site_facts
from accounts.site.site_facts import NO_FACTS
from stewardship.conformance.criteria import read_criteria
from stewardship.site.security_txt import ADDRESS, find_contact, write_text
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db


def lines(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_the_statement_names_each_limit_the_day_and_no_contact_that_is_not_recorded(client):
    page = client.get("/accessibility/").content.decode()
    for each in read_criteria().short:
        assert each.limit in page
        assert f"(WCAG {each.number})" in page
    assert f"{read_criteria().day:%Y}" in page
    assert "No contact has been recorded for this site yet" in page


def test_the_statement_names_who_is_responsible_and_how_to_reach_them(client, now):
    site_facts.record(FACTS, by=None, now=now)
    page = client.get("/accessibility/").content.decode()
    assert FACTS.controller in page
    assert FACTS.contact in page
    assert "No contact has been recorded for this site yet" not in page


def test_the_statement_is_read_in_german(client):
    page = client.get("/accessibility/", headers={"accept-language": "de"}).content.decode()
    assert "Barrierefreiheit" in page
    assert all(each.limit not in page for each in read_criteria().short)


def test_without_a_contact_there_is_no_security_text(client):
    assert client.get(ADDRESS).status_code == 404


def test_the_security_text_has_contact_languages_and_expiry(client, now, settings):
    settings.SITE_ADDRESS = "https://attune.northfield.example"
    site_facts.record(FACTS, by=None, now=now)
    answer = client.get(ADDRESS)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    said = lines(answer.content.decode())
    assert said.pop("Expires").endswith("T00:00:00Z")
    assert said == {
        "Contact": f"mailto:{FACTS.contact}",
        "Preferred-Languages": "en, de",
        "Canonical": f"https://attune.northfield.example{ADDRESS}",
    }


@pytest.mark.parametrize("hour", [0, 23])
def test_it_expires_within_a_year_at_the_end_of_a_day(hour):
    now = datetime(2026, 11, 26, hour, 59, tzinfo=UTC)
    ends = datetime.fromisoformat(lines(write_text(FACTS, now))["Expires"])
    assert timedelta(0) < ends - now < timedelta(days=365)


def test_without_a_site_address_none_is_invented(settings, now):
    settings.SITE_ADDRESS = ""
    assert "Canonical" not in lines(write_text(FACTS, now))


def test_the_sites_own_language_comes_first(now):
    only = replace(FACTS, languages=("de",))
    assert lines(write_text(only, now))["Preferred-Languages"] == "de"


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("privacy@northfield.example", "mailto:privacy@northfield.example"),
        ("Sara Lind, sara@x.example, +49 30 1234", "mailto:sara@x.example"),
        ("see https://x.example/help.", "https://x.example/help"),
        ("http://x.example/help", ""),
        ("+49 (30) 123-456", "tel:+4930123456"),
        ("01234 567890", ""),
        ("the office", ""),
        ("", ""),
    ],
)
def test_a_contact_is_an_address_or_none(typed, uri):
    assert find_contact(typed) == uri


def test_a_contact_that_is_no_address_makes_no_text(now):
    assert write_text(replace(FACTS, contact="the office"), now) == ""
    assert write_text(NO_FACTS, now) == ""
