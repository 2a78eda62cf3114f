"""Every page while the keystore does not answer: it works without keys, or says so with 503."""

from __future__ import annotations

import pytest

from tests.site.pages.test_permission_matrix import PEOPLE, TABLE, address_of, clients, send, world
from vault.errors import KeystoreBusy
from vault.master_keys import Generations
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db
assert clients
assert world
# These say by their own 503 or by a metric that the site is not ready.
OWN_WORDS = ("/health/", "/metrics")
TEXT = "This site cannot reach the keys of personal data."


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


def wrong_answer(client, method, address, world):
    """Return what is wrong with an answer: an error page of no known cause."""
    fields = world.get(address, {}).get("post", {})
    response = send(client, method, address_of(address, world), fields)
    if response.status_code < 500:
        return ""
    content = response.content.decode() if not response.streaming else ""
    if response.status_code == 503 and ("keys_unavailable" in content or TEXT in content):
        return "" if response["Retry-After"] else "no Retry-After"
    cause = response.exc_info[1] if response.exc_info else ""
    return f"{method} {address}: {response.status_code} {cause!r}"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_ends_in_an_error_of_no_known_cause(method, cut_off, clients):
    asked = [
        (name, address)
        for (each, address), row in TABLE.items()
        for name in PEOPLE
        if each == method and row[name] == "in" and not address.startswith(OWN_WORDS)
    ]
    assert len(asked) > 100
    # Signing out ends the session that the others need.
    asked.sort(key=lambda pair: "logout" in pair[1])
    wrong = {wrong_answer(clients[name], method, address, cut_off) for name, address in asked}
    assert sorted(wrong - {""}) == []


def test_the_page_of_the_outage_says_what_to_do(cut_off, clients):
    answer = clients["mia"].get("/my-data/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "Personal data cannot be opened now" in answer.text
    assert "Try again in a minute" in answer.text
    api = clients["mia"].get("/my-data/", headers={"accept": "application/json"})
    assert api.json()["code"] == "keys_unavailable"


def test_a_script_of_a_page_hears_it_too(cut_off, clients):
    answer = clients["mia"].post("/journey/correct/", headers={"X-Attune-Person": "mark"})
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
