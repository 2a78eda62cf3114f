"""docs/permissions.md is compared with every URL of the site, requested as every person."""

from __future__ import annotations

import json
import re
from copy import copy
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import get_resolver
from django.utils import timezone

from courses.models import Unit
from telemetry import sittings
from tests.fixtures.accounts import openid_provider
from tests.fixtures.consent import give_consent
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.site.address_samples import samples
from tests.fixtures.users import client_for_person

PAGE = Path(__file__).resolve().parents[3] / "docs" / "permissions.md"
PEOPLE = ("visitor", "mia", "noah", "greta", "ines", "amir", "sara", "ravi", "mallory")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WORDS = {"in", "sign-in", "401", "403", "404"}
REFUSALS = {"sign-in", "401", "403", "404", "405"}
FAR_AWAY = "203.0.113.9"
API = "/api/"


def table() -> dict[tuple[str, str], dict[str, str]]:
    """Return (method, URL) -> person -> word."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if re.match(r"\| (GET|POST|PUT|PATCH|DELETE) \|", line)
    ]
    found = {(row[0], row[1]): dict(zip(PEOPLE, row[2:], strict=True)) for row in rows}
    assert len(found) == len(rows), "two lines for the same method and address"
    return found


def addresses(resolver=None, before="/") -> list[str]:
    """Return every URL pattern of the site."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            found += addresses(pattern, address)
        else:
            found.append(address)
    return found


TABLE = table()


def test_the_page_lists_exactly_the_urls():
    assert sorted(set(addresses())) == sorted({address for _, address in TABLE})


def test_the_table_uses_only_known_words():
    assert {word for row in TABLE.values() for word in row.values()} <= WORDS


def test_visitors_reach_only_public_and_secret_urls():
    open_to_all = {address for (_, address), row in TABLE.items() if row["visitor"] == "in"}
    assert open_to_all == {
        settings.LOGIN_URL,
        "/accessibility/",
        "/evidence/",
        "/evidence/figures.json",
        "/accounts/forgotten/",
        "/accounts/language/",
        "/accounts/sso/<slug:key>/",
        "/accounts/sso/<slug:key>/callback/",
        "/accounts/sso/<slug:key>/log-out/",
        "/accounts/start/",
        "/calendar/due.ics",
        "/csp-reports/",
        "/invited/",
        "/lti/choose/",
        "/lti/first/",
        "/lti/first/account/",
        "/lti/first/leave/",
        "/lti/first/new/",
        "/lti/first/sign-in/",
        "/lti/first/window/",
        "/lti/keys/",
        "/lti/launch/",
        "/lti/open/",
    }


def word(response) -> str:
    if response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL):
        return "sign-in"
    return str(response.status_code) if str(response.status_code) in REFUSALS else "in"


@pytest.fixture
def clients(request, db):
    people = {name: request.getfixturevalue(name) for name in PEOPLE[1:]}
    return {"visitor": client_for_person(None)} | {
        name: client_for_person(person) for name, person in people.items()
    }


@pytest.fixture
def world(mia, noah, ines, clients, settings, tmp_path, now):
    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path
    settings.SIGN_IN_RULES = openid_provider.rules("http://127.0.0.1:1")
    found = samples(mia, noah, ines, tmp_path, now)
    guess = {"in": {"id": guess_of(mia)}}
    said = {**guess, "post": {"said": "NONE"}}
    return found | {
        "/journey/guesses/<uuid:id>/why/": guess,
        "/api/v1/me/estimates/<uuid:id>/dispute/": said,
    }


def guess_of(mia):
    """Return an estimate of mia made a moment ago."""
    now = timezone.now()
    unit = Unit.objects.filter(course__slug="algebra").first()
    sitting = sittings.open(mia, unit, scenario="course", page=uuid4(), now=now)
    give_consent(mia, "pointer:adapt", now=now, by=mia)
    return store_estimate(sitting, 1, make_predictor_row("affect", "e"), now, CONFUSION=0.6).id


def address_of(pattern, world) -> str:
    """Return the URL with codes of the world filled in, and its query."""
    known = world.get(pattern, {})
    gaps, query = known.get("in", {}), known.get("query", "")
    return re.sub(r"<\w+:(\w+)>", lambda found: str(gaps[found[1]]), pattern) + query


def send(client, method, url, fields, **options):
    """Send the fields as a form, or as JSON to the API; none with a GET."""
    if url.startswith(API) and method in {"POST", "PUT"}:
        options |= {"data": json.dumps(fields), "content_type": "application/json"}
    elif method == "POST":
        options |= {"data": fields}
    return getattr(client, method.lower())(url, **options)


def ask(client, method, address, world) -> str:
    """Send the request, return its answer, and undo its effects."""
    sent = world.get(address, {}).get("post", {})
    kept = copy(client.cookies)
    with transaction.atomic():
        url = address_of(address, world)
        response = send(client, method, url, sent, REMOTE_ADDR=FAR_AWAY)
        transaction.set_rollback(True)
    client.cookies = kept
    return word(response)


def wrong_at(address, clients, world):
    """Return where a URL answers a person differently than the page says."""
    for method in METHODS:
        expected = TABLE.get((method, address))
        for name in PEOPLE if expected or method == "POST" else ("visitor", "ines", "amir"):
            said = ask(clients[name], method, address, world)
            if expected is None and said not in REFUSALS:
                yield f"{method} {address} as {name}: no line, but {said}"
            elif expected is not None and said != expected[name]:
                yield f"{method} {address} as {name}: {said}, not {expected[name]}"


@pytest.mark.parametrize("part", sorted({address.split("/")[1] for _, address in TABLE}))
def test_every_person_gets_the_listed_answer(part, clients, world):
    here = sorted({address for _, address in TABLE if address.split("/")[1] == part})
    assert [line for address in here for line in wrong_at(address, clients, world)] == []
