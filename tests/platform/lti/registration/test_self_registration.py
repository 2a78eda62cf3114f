"""What a platform says about itself: it cannot have us sign for another one."""

from __future__ import annotations

import pytest

from lti.registration.self_registration import read_facts

HERE = "https://moodle.school.example"
FOUND = {
    "issuer": HERE,
    "authorization_endpoint": f"{HERE}/auth",
    "token_endpoint": f"{HERE}/token",
    "jwks_uri": f"{HERE}/keys",
}


@pytest.mark.parametrize(
    ("audience", "stored"),
    [
        (f"{HERE}/oauth", f"{HERE}/oauth"),
        ("https://canvas.victim.example/login/oauth2/token", ""),
        (None, ""),
    ],
)
def test_an_audience_on_another_host_is_not_stored(audience, stored):
    found = {**FOUND, "authorization_server": audience}
    assert read_facts(found, {"client_id": "c"}, age_band="").audience == stored
