"""The response to a refused body: a page for people, data for scripts, which show the words."""

from __future__ import annotations

import json

import pytest

from config.request_body.refusals import (
    BUSY,
    NOT_SIGNED_IN,
    REFUSAL,
    TOO_LARGE,
    TOO_MANY_UPLOADS,
    TOO_SLOW,
    BodyRefusalMiddleware,
)


def refuse(rf, refusal, accept):
    request = rf.post("/attempts/1/files/", headers={"accept": accept})
    request.scope = {REFUSAL: refusal}
    return BodyRefusalMiddleware(pytest.fail)(request)


@pytest.mark.parametrize("refusal", [TOO_LARGE, NOT_SIGNED_IN, TOO_SLOW, TOO_MANY_UPLOADS, BUSY])
def test_a_script_reads_what_to_do_after_a_refusal(rf, refusal):
    response = refuse(rf, refusal, "application/json")
    assert response.status_code == refusal.status
    assert response["Connection"] == "close"
    assert json.loads(response.content) == {"detail": str(refusal.text), "code": refusal.code}


@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "*/*"])
def test_a_form_gets_a_page(rf, accept, monkeypatch):
    monkeypatch.setattr(
        "config.request_body.refusals.render", lambda _r, name, _c, **_: {"t": name}
    )
    assert refuse(rf, TOO_LARGE, accept)["t"] == "refused.html"
