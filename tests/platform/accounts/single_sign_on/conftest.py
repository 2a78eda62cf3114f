"""The site behind its real server, a provider that can be told to lie, and a plain browser."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.single_sign_on.oidc import provider_cache
from tests.fixtures.accounts import hostile_openid_provider, openid_provider
from tests.fixtures.servers.web_server import open_browser, served

START = f"/accounts/sso/{openid_provider.KEY}/"


class Tab:
    """One browser: it keeps cookies, and the visit to the provider is simulated."""

    def __init__(self, site, liar):
        self.site, self.liar = site, liar
        self.client = open_browser(f"http://{site}")

    def post(self, address, **fields):
        self.client.get("/accounts/login/")
        token = self.client.cookies.get("csrftoken")
        return self.client.post(address, data={"csrfmiddlewaretoken": token, **fields})

    def begin(self, address=START, **fields):
        """Press the button; return the parameters that the provider receives."""
        answer = self.post(address, **fields)
        assert answer.status_code == 200, answer.text
        there = answer.headers["Refresh"].partition("url=")[2]
        assert html.escape(there) in answer.text
        told = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        self.liar.challenge, self.liar.server.nonce = told["code_challenge"], told["nonce"]
        return told

    def back(self, told, code="a code", **more):
        return self.client.get(
            openid_provider.CALLBACK, params={"code": code, "state": told["state"], **more}
        )

    def sign_in(self, code="a code", **fields):
        return self.back(self.begin(**fields), code)

    @property
    def signed_in(self):
        return self.client.get("/accounts/session/").status_code == 200


def sentence(answer):
    """Return the alert of a page."""
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', answer.text, re.S)
    return html.unescape(found[1]) if found else answer.text


@pytest.fixture
def liar():
    # A server of an earlier test may have had the same port, and other keys.
    provider_cache._memories.clear()
    with hostile_openid_provider.run_liar() as told:
        yield told


@pytest.fixture
def name_provider(settings, liar):
    """`name_provider(**more)`: write the site's file with this provider."""

    def say(*, by_password=True, **more):
        settings.SIGN_IN_RULES = openid_provider.rules(
            liar.issuer,
            by_password=by_password,
            **{"create_accounts": True, "age_band": "adult"} | more,
        )

    say()
    return say


@pytest.fixture
def tab(transactional_db, settings, name_provider, liar):
    """`tab()`: open a browser on the running site."""
    opened = []
    with served(settings) as site:

        def open_tab():
            opened.append(Tab(site, liar))
            return opened[-1]

        yield open_tab
        for each in opened:
            each.client.close()
