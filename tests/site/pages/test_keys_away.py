"""Every page while the keystore does not answer: it works without keys, or says so with 503."""

from __future__ import annotations

from copy import copy

import pytest
from django.db import transaction

from accounts.models import User
from accounts.sessions.page_owner import HEADER, page_mark
from config.middleware import rate_limit
from consent.models import Grant
from tests.site.pages.test_permission_matrix import PEOPLE, TABLE, address_of, clients, send, world
from vault import site_keys
from vault.errors import KeystoreBusy
from vault.master_keys import Generations
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db
assert clients
assert world
# These say by their own 503 or by a metric that the site is not ready.
OWN_WORDS = ("/health/", "/metrics")
TEXT = "This site cannot reach the keys of personal data."
# What ADR 0093 leaves out: these acts are recorded with their leaf, or not at all. And My data
# shows a guardian the names of their wards.
EXCLUDED = {
    ("accounts/logout/", None),
    ("consents/devices/<uuid:code>/back/", None),
    ("my-data/shares/<uuid:id>/close/", None),
    ("my-data/erase/", "greta"),
}
NAVIGATES = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.fixture
def cut_off(world, clients, monkeypatch):
    """The world, in which no master key can be opened any more."""

    def fail(*_):
        raise KeystoreBusy("the transit service did not answer (NoReply)")

    monkeypatch.setattr(Generations, "_open", fail)
    forget_all()
    for client in clients.values():
        client.raise_request_exception = False
    return world


@pytest.fixture
def pepper_alone(world, monkeypatch, request):
    """The same, but the pepper can be read, so that no request stops at the rate limit."""
    pepper = site_keys.pepper()
    monkeypatch.setattr(site_keys, "pepper", lambda: pepper)
    return request.getfixturevalue("cut_off")


def ask(client, method, address, world, **options):
    """Return the answer, and undo what the request did."""
    fields = world.get(address, {}).get("post", {})
    kept = copy(client.cookies)
    with transaction.atomic():
        response = send(client, method, address_of(address, world), fields, **options)
        transaction.set_rollback(True)
    client.cookies = kept
    return response


def wrong_answer(client, method, address, world):
    """Return what is wrong with an answer: an error page of no known cause."""
    response = ask(client, method, address, world)
    if response.status_code < 500:
        return ""
    content = response.content.decode() if not response.streaming else ""
    if response.status_code != 503 or not ("keys_unavailable" in content or TEXT in content):
        cause = response.exc_info[1] if response.exc_info else ""
        return f"{method} {address}: {response.status_code} {cause!r}"
    return "" if "Retry-After" in response else f"{method} {address}: no Retry-After"


def wrong_answers(method, clients, world):
    """Return what is wrong with the answers to this method at every address, for every person."""
    asked = [
        (name, address)
        for each, address in TABLE
        for name in PEOPLE
        if each == method and not address.startswith(OWN_WORDS)
    ]
    assert len(asked) > 500
    return {wrong_answer(clients[name], method, address, world) for name, address in asked} - {""}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_ends_in_an_error_of_no_known_cause(method, cut_off, clients):
    assert sorted(wrong_answers(method, clients, cut_off)) == []


def test_no_form_ends_in_one_either_if_it_is_not_stopped_by_the_rate_limit(pepper_alone, clients):
    assert sorted(wrong_answers("POST", clients, pepper_alone)) == []


def test_withdrawing_with_the_mark_of_the_page_works(cut_off, clients, mia):
    assert Grant.objects.filter(learner=mia, live=True).exists()
    answer = clients["mia"].post(
        "/consents/withdraw/", headers={HEADER: page_mark(mia), "accept": "application/json"}
    )
    assert answer.status_code == 200
    assert not Grant.objects.filter(learner=mia, live=True).exists()


def test_a_mark_of_another_person_is_refused_as_ever(cut_off, clients, noah):
    answer = clients["mia"].post("/consents/withdraw/", headers={HEADER: page_mark(noah)})
    assert (answer.status_code, answer.json()["code"]) == (409, "another_person")


def test_what_must_work_without_keys_does(cut_off, clients):
    """Routes without a rate limit, sent by a script of the person's page (ADR 0093)."""
    answers = {}
    for route in rate_limit.UNLIMITED:
        address = f"/{route}"
        for name in PEOPLE[1:]:
            if TABLE["POST", address][name] not in ("in", "sign-in"):
                continue
            mark = page_mark(User.objects.get(pk=clients[name].session["_auth_user_id"]))
            answers[route, name] = ask(
                clients[name], "POST", address, cut_off, headers={HEADER: mark}
            ).status_code
    assert {route for route, _ in answers} == set(rate_limit.UNLIMITED)
    failed = {asked for asked, status in answers.items() if status >= 500}
    assert {(r, n) for r, n in failed if not {(r, n), (r, None)} & EXCLUDED} == set()
    assert failed | {(route, None) for route, _ in failed} >= EXCLUDED


@pytest.mark.parametrize(
    "address", ["/consents/", "/my-data/", "/accounts/confirm/", "/accounts/session/"]
)
def test_a_page_from_which_a_person_switches_off_or_erases_opens(address, cut_off, clients, mia):
    answer = clients["mia"].get(address)
    assert answer.status_code == 200
    assert page_mark(mia) in answer.text


def test_the_menu_of_the_account_stays_without_a_name(cut_off, clients):
    page = clients["mia"].get("/consents/").text
    assert "Your account" in page
    assert "/accounts/logout/" in page


def test_a_page_of_an_error_is_shown_under_its_own_status(cut_off, clients):
    mia = clients["mia"]
    found = {
        "unknown address": mia.get("/nowhere/").status_code,
        "unknown unit": mia.get("/units/00000000-0000-4000-8000-000000000000/").status_code,
        "not allowed": mia.get("/steward/").status_code,
        "NUL": mia.get("/my-data/?x=%00").status_code,
    }
    mia.handler.enforce_csrf_checks = True
    found["stale token"] = mia.post("/consents/withdraw/", headers=NAVIGATES).status_code
    assert found == {
        "unknown address": 404, "unknown unit": 404, "not allowed": 404, "NUL": 400,
        "stale token": 403,
    }  # fmt: skip


def test_a_reached_limit_is_a_page_of_its_own(pepper_alone, clients, monkeypatch):
    monkeypatch.setattr(rate_limit, "DEFAULT_LIMIT", 0)
    answer = clients["mia"].post("/preferences/")
    assert answer.status_code == 429
    assert "Retry-After" in answer


def test_the_page_of_the_outage_says_what_to_do(cut_off, clients):
    answer = clients["mia"].post("/preferences/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "Personal data cannot be opened now" in answer.text
    assert "Try again in a minute" in answer.text
    api = clients["mia"].post("/preferences/", headers={"accept": "application/json"})
    assert api.json()["code"] == "keys_unavailable"


def test_the_log_names_the_cause(cut_off, clients, caplog):
    clients["mia"].post("/preferences/")
    (line,) = [record for record in caplog.records if record.msg == "page.away"]
    assert (line.kind, line.why) == (
        "KeystoreBusy",
        "the transit service did not answer (NoReply)",
    )
