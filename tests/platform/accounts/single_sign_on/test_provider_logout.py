"""After a log-out here the page offers to sign out at the provider, at its own address."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.accounts import openid_provider
from tests.fixtures.users import PASSWORD, make

OFFER = "Also sign out of Northfield account"


def signed_out(tab, **more):
    here = tab()
    assert here.sign_in(**more).status_code == 302
    answer = here.post("/accounts/logout/")
    return here, here.client.get(answer.headers["Location"]).text


def address_in(page):
    found = re.search(r'href="([^"]*)"[^>]*>Also sign out', page)
    return html.unescape(found[1]) if found else ""


@pytest.fixture
def ends(liar):
    """A provider with a page for signing out."""
    liar.metadata = {"end_session_endpoint": f"{liar.issuer}/end?theme=dark#x"}
    return liar


def test_the_link_names_us_and_the_sign_in_page_and_no_person(tab, ends):
    here, page = signed_out(tab)
    there = urlsplit(address_in(page))
    assert f"{there.scheme}://{there.netloc}" == ends.issuer
    assert (there.path, there.fragment) == ("/end", "")
    assert parse_qs(there.query) == {
        "theme": ["dark"],
        "client_id": [openid_provider.CLIENT],
        "post_logout_redirect_uri": [f"http://{here.site}/accounts/login/"],
    }
    assert not here.signed_in


def test_it_is_offered_after_a_log_out_alone(tab, ends):
    here, page = signed_out(tab)
    assert OFFER in page
    assert OFFER not in here.client.get("/accounts/login/").text
    assert OFFER not in tab().client.get("/accounts/login/?out=1").text


@pytest.mark.parametrize(
    "there", [None, 7, "", "http://evil.example/end", "javascript:alert(1)", "//evil.example/"]
)
def test_without_a_safe_page_there_it_is_not_offered_and_sign_in_works(tab, liar, there):
    liar.metadata = {"end_session_endpoint": there} if there is not None else {}
    _here, page = signed_out(tab)
    assert "You are signed out" in page
    assert OFFER not in page


def test_no_provider_is_asked_for_the_page(tab, ends):
    here, _page = signed_out(tab)
    asked = len(ends.asked)
    here.client.get("/accounts/login/?out=1")
    assert len(ends.asked) == asked


@pytest.mark.parametrize("named", ["https://evil.example", "evil", ""])
def test_no_request_can_choose_the_address(tab, ends, named):
    here, _page = signed_out(tab)
    here.client.cookies.clear()
    here.client.cookies.set("provider", named)
    page = here.client.get("/accounts/login/", params={"out": "1", "provider": named}).text
    assert 'href="https://evil' not in page
    assert OFFER not in page


def test_after_a_password_sign_in_it_is_not_offered(tab, ends, transactional_db):
    make("mia")
    here, _page = signed_out(tab)
    here.post("/accounts/login/", login="mia", password=PASSWORD)
    assert here.signed_in
    here.post("/accounts/logout/")
    assert OFFER not in here.client.get("/accounts/login/?out=1").text
