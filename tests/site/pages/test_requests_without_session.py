"""Every URL requested without a session by scripts, fragments, beacons and images.

The answer is 401 in JSON, never a redirect or a page; refusals have codes that pages can act on.
"""

from __future__ import annotations

import re
from itertools import cycle
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client

from tests.fixtures.users import NAVIGATES
from tests.site.pages.test_permission_matrix import FAR_AWAY, addresses

pytestmark = pytest.mark.django_db
SESSION = "/accounts/session/"
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "text/html"}
ASKERS = {
    "fetch": FETCH,
    "htmx": {"HX-Request": "true", **NAVIGATES},
    "beacon": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"},
    "picture": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Accept": "image/*"},
    "frame": {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Accept": "text/html"},
    "old fetch": {"X-Requested-With": "fetch", "Accept": "text/html"},
    "silent": {},
}
# URLs that visitors may use, with forms and pages.
OPEN = {
    "/accessibility/",
    "/evidence/",
    "/evidence/figures.json",
    "/accounts/login/",
    "/accounts/forgotten/",
    "/accounts/language/",
    "/accounts/start/",
    "/csp-reports/",
    "/invited/",
    # A learning platform sends visitors there, with a signed message or a one-time link.
    "/lti/choose/",
    "/lti/first/",
    "/lti/first/account/",
    "/lti/first/leave/",
    "/lti/first/new/",
    "/lti/first/sign-in/",
    "/lti/first/window/",
    "/lti/keys/",
    "/lti/launch/",
    "/lti/login/",
    "/lti/open/",
    "/lti/register/",
}
GAPS = {"uuid": lambda: str(uuid4()), "int": lambda: "1"}


def filled(address: str) -> str:
    return re.sub(r"<(\w+):\w+>", lambda gap: GAPS.get(gap[1], lambda: "algebra")(), address)


def wrong_answer(method: str, address: str, headers: dict[str, str]) -> str:
    """Return what is wrong: anything but 401 in JSON, or a plain refusal."""
    answer = getattr(Client(headers=headers), method)(filled(address), REMOTE_ADDR=FAR_AWAY)
    kind = answer["Content-Type"] if answer.status_code == 401 else ""
    # URLs that only take a device key know no session and refuse the key.
    codes = ("not_", "authentication_failed")
    told = kind == "application/json" and answer.json()["code"].startswith(codes)
    right = told or answer.status_code in (404, 405, 406)
    return "" if right else f"{method} {address} as {headers}: {answer.status_code} {kind}"


def test_only_page_loads_are_redirected_to_the_log_in():
    asked, names = sorted(set(addresses()) - OPEN), cycle(ASKERS)
    assert len(asked) > 100
    ways = [(way, each, next(names)) for each in asked for way in ("get", "post")]
    assert [lie for way, each, name in ways if (lie := wrong_answer(way, each, ASKERS[name]))] == []


def test_every_kind_of_request_gets_the_same_answer():
    """The sweep above sends each request in two ways; this one URL is requested in all ways."""
    kinds = [wrong_answer("post", "/my-data/erase/", asker) for asker in ASKERS.values()]
    assert kinds == [""] * len(ASKERS)


def test_a_page_load_returns_to_the_page_of_its_form():
    page = "/units/x/?question=2"
    there = Client(headers=NAVIGATES).post(
        "/journey/correct/", headers={"Referer": f"http://testserver{page}"}
    )
    assert there["Location"] == f"/accounts/login/?{urlencode({'next': page})}"
    far = Client(headers=NAVIGATES).post("/journey/correct/", headers={"Referer": "https://e.x/a"})
    assert far["Location"] == "/accounts/login/"


def strict(person):
    """Return a client of this person with CSRF checks."""
    client = Client(enforce_csrf_checks=True, headers={**FETCH, "Accept": "*/*"})
    client.force_login(person, backend="accounts.sign_in.auth_backend.DigestBackend")
    return client


@pytest.mark.parametrize("address", ["/consents/withdraw/", "/api/v1/sittings/"])
def test_a_stale_token_has_its_own_code(mia, address):
    client = strict(mia)
    told = client.post(address, headers={"X-CSRFToken": "a" * 64}, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (403, "stale_token")
    token = client.get(SESSION).json()["token"]
    again = client.post(
        address, {}, headers={"X-CSRFToken": token}, content_type="application/json"
    )
    assert again.status_code != 403
    far = client.post(address, headers={"X-CSRFToken": token, "Origin": "https://evil.example"})
    assert (far.status_code, far.json()["code"]) == (403, "cross_site")


def test_a_page_load_with_a_stale_token_gets_a_page(mia):
    answer = strict(mia).post("/consents/withdraw/", headers=NAVIGATES)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "<h1" in page
    assert 'data-controller="session/interrupted_form"' in page
    assert re.search(r'<a class="btn go" href="[^"]+">Back to the page</a>', page)


def test_a_page_of_one_person_cannot_post_as_another(mia, noah, client_for):
    mark = client_for(mia).get(SESSION).json()["person"]
    html = client_for(mia).get("/preferences/").content.decode()
    assert f'data-person="{mark}"' in html
    for address in ("/consents/withdraw/", "/api/v1/sittings/", "/preferences/"):
        told = client_for(noah).post(address, headers={"X-Attune-Person": mark})
        assert (told.status_code, told.json()["code"]) == (409, "another_person")
    same = client_for(mia).post("/consents/withdraw/", headers={"X-Attune-Person": mark})
    assert same.status_code == 302
    assert str(mia.code) not in html
