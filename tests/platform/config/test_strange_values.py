"""Values that no page sends are refused with a code, and cause no server error."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode

import pytest
from asgiref.testing import ApplicationCommunicator

from realtime.routing import NO_SUCH_SOCKET, token_urlpatterns, websocket_urlpatterns

CURSORS = ["p='", "p=", "o=x", "p=\x00", f"p={10**40}", "r=1&p=nan", "p=\U0001f600", "p=[1]"]
TYPED = ["!", "cD0n", "%ff", "\x00", "=" * 999]


@pytest.mark.django_db
def test_a_cursor_of_no_page_is_400_with_a_code(client_for, mia):
    made = [b64encode(each.encode("utf-8")).decode() for each in CURSORS]
    client, refused = client_for(mia), set()
    for cursor in [*made, *TYPED]:
        for address in ("courses", "me/reports", "me/estimates"):
            answer = client.get(f"/api/v1/{address}/", {"cursor": cursor})
            assert answer.status_code in (200, 400), (address, cursor)
            if answer.status_code == 400:
                assert answer.json()["code"] == "invalid"
                refused.add((address, cursor))
    assert ("courses", "cD0n") in refused


@pytest.mark.django_db
def test_a_value_that_is_refused_is_in_no_log(client_for, mia, caplog):
    client, canary = client_for(mia), "CANARY-7c1f"
    for cursor in (canary, b64encode(f"p={canary}".encode()).decode()):
        client.get("/api/v1/me/reports/", {"cursor": cursor})
    deep = '{"on":' * 100_000 + f'"{canary}'
    for body in (deep, f'{{"on": ["{canary}"]}}', f'{{"{canary}": '):
        answer = client.put("/api/v1/me/consents/", body, "application/json")
        assert 400 <= answer.status_code < 500
    logging.getLogger("django.request").error("what follows a failure is heard")
    assert "is heard" in caplog.text
    assert canary not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_json_that_is_nested_too_deeply_is_400(client_for, mia, text):
    answer = client_for(mia).put("/api/v1/me/consents/", text, "application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ['{"on": ["\\ud800"]}', '{"\\udfff": 1}', '"\\ude00\\ud83d"'])
def test_json_with_half_of_a_character_is_400(client_for, mia, text):
    answer = client_for(mia).put("/api/v1/me/consents/", text, "application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


@pytest.mark.parametrize("patterns", [websocket_urlpatterns, token_urlpatterns])
@pytest.mark.parametrize("path", ["", "/", "/ws/", "/ws/sittings/x/", "/ws/\x00", "/\ud800"])
def test_a_socket_address_that_leads_nowhere_is_closed_with_4404(patterns, path):
    from channels.routing import URLRouter

    async def go():
        scope = {"type": "websocket", "path": path, "headers": []}
        asked = ApplicationCommunicator(URLRouter(patterns), scope)
        await asked.send_input({"type": "websocket.connect"})
        return [await asked.receive_output(5), await asked.receive_output(5)]

    accepted, closed = asyncio.run(go())
    assert accepted["type"] == "websocket.accept"
    assert closed["code"] == NO_SUCH_SOCKET
