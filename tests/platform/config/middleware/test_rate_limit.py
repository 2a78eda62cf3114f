"""Requests are limited a minute, then get 429 with the wait; the count names no person."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.remote_call import store_remote_answer
from config.middleware import rate_limit
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
SITTINGS = "api/v1/sittings/"


@pytest.fixture
def unit(mia):
    unit = factories.make_unit()
    factories.make_enrolment(mia, unit.course)
    return unit


def begin(client, unit, **headers):
    body = json.dumps({"unit": str(unit.code), "page": str(uuid.uuid4())})
    return client.post(f"/{SITTINGS}", body, content_type="application/json", headers=headers)


def test_the_api_says_429_with_a_code_and_when_to_come_back(client_for, mia, unit, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, SITTINGS, 2)
    client = client_for(mia)
    assert [begin(client, unit).status_code for _ in range(2)] == [201, 201]
    refused = begin(client, unit)
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_a_page_says_it_in_words(client_for, mia, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, "journey/correct/", 0)
    refused = client_for(mia).post("/journey/correct/", {})
    assert refused.status_code == 429
    assert b"was not saved" in refused.content
    assert refused["Retry-After"]


def test_what_was_refused_did_nothing(client_for, mia, unit, monkeypatch):
    from telemetry.models import Sitting

    monkeypatch.setitem(rate_limit.LIMITS, SITTINGS, 0)
    begin(client_for(mia), unit)
    assert not Sitting.objects.exists()


def test_after_the_minute_the_count_restarts(mia, now, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, SITTINGS, 1)
    end = now + rate_limit.MINUTE
    assert [rate_limit.count_request(mia, SITTINGS, now=now) for _ in range(3)] == [None, end, end]
    assert rate_limit.count_request(mia, SITTINGS, now=end - timedelta(seconds=1)) == end
    assert rate_limit.count_request(mia, SITTINGS, now=end) is None


def test_people_and_addresses_are_counted_apart(mia, noah, now, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, SITTINGS, 1)
    monkeypatch.setitem(rate_limit.LIMITS, "consents/", 1)
    assert rate_limit.count_request(mia, SITTINGS, now=now) is None
    assert rate_limit.count_request(mia, "consents/", now=now) is None
    assert rate_limit.count_request(noah, SITTINGS, now=now) is None
    assert rate_limit.count_request(mia, SITTINGS, now=now) is not None


def test_reading_is_not_counted(client_for, mia):
    client_for(mia).get("/journey/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_signinthrottle")
        assert cursor.fetchone() == (0,)


def test_withdrawing_and_erasing_are_never_slowed(client_for, mia, monkeypatch):
    monkeypatch.setattr(rate_limit, "DEFAULT_LIMIT", 0)
    for route in rate_limit.UNLIMITED:
        path = re.sub(r"<uuid:\w+>", str(mia.code), route)
        assert client_for(mia).post(f"/{path}", {}).status_code != 429


def test_the_listed_addresses_exist():
    from tests.site.pages.test_permission_matrix import addresses

    named = {f"/{route}" for route in (*rate_limit.LIMITS, *rate_limit.UNLIMITED)}
    assert named <= set(addresses())


def test_a_forged_request_of_another_site_uses_nothing_up(mia, monkeypatch):
    from django.test import Client

    from tests.fixtures.users import BACKEND

    monkeypatch.setattr(rate_limit, "count_request", lambda *_, **__: pytest.fail("was counted"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(mia, backend=BACKEND)
    assert client.post("/journey/correct/", {}).status_code == 403


def test_simulated_people_are_not_limited(client_for, mia, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, "journey/correct/", 0)
    type(mia).objects.filter(pk=mia.pk).update(simulated=True)
    assert client_for(mia).post("/journey/correct/", {}).status_code != 429


def test_the_factor_raises_every_limit(settings, mia, now, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, SITTINGS, 1)
    settings.RATE_FACTOR = 3
    assert [rate_limit.count_request(mia, SITTINGS, now=now) is None for _ in range(4)] == [
        True,
        True,
        True,
        False,
    ]


def test_the_row_names_no_person(mia, now):
    rate_limit.count_request(mia, SITTINGS, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_signinthrottle t")
        row = cursor.fetchone()[0]
    assert str(mia.code) not in row
    assert "sittings" not in row


def test_a_request_that_runs_again_after_a_remote_call_counts_once(mia, rf, monkeypatch):
    monkeypatch.setitem(rate_limit.LIMITS, "far/", 1)
    request = rf.post("/far/")
    request.user, request.resolver_match = mia, SimpleNamespace(route="far/")
    limit = rate_limit.RateLimitMiddleware(None)
    assert limit.process_view(request) is None
    store_remote_answer(request, "an answer")
    request.user = mia
    assert limit.process_view(request) is None
    again = rf.post("/far/")
    again.user, again.resolver_match = mia, request.resolver_match
    assert limit.process_view(again).status_code == 429
