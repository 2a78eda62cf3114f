"""The token is sent over https only; where a replay begins."""

from __future__ import annotations

import pytest

from bridge.http_client import BadSite, parse_site
from bridge.replay import ReplayPart, find_start


@pytest.mark.parametrize(
    ("address", "socket"),
    [
        ("https://school.example", "wss://school.example/ws/sittings/s/"),
        ("https://school.example:8443/", "wss://school.example:8443/ws/sittings/s/"),
        ("http://localhost:8000", "ws://localhost:8000/ws/sittings/s/"),
        ("http://127.0.0.1", "ws://127.0.0.1/ws/sittings/s/"),
        ("http://[::1]:8000", "ws://[::1]:8000/ws/sittings/s/"),
    ],
)
def test_a_valid_address_gives_its_socket(address, socket):
    assert parse_site(address, "key").socket("s") == socket


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://school.example", "use https"),
        ("http://localhost.evil.example", "use https"),
        ("http://127.0.0.1.evil.example", "use https"),
        ("https://user:word@school.example", "expected an address"),
        ("https://school.example/elsewhere", "without a path"),
        ("school.example", "expected an address"),
        ("ftp://school.example", "expected an address"),
        ("", "expected an address"),
    ],
)
def test_an_invalid_address_is_refused(address, said):
    with pytest.raises(BadSite, match=said):
        parse_site(address, "key")


@pytest.mark.parametrize("token", ["", "two words", "line\nline", "schlüssel"])
def test_a_token_file_with_anything_but_one_key_is_refused(token):
    with pytest.raises(BadSite, match="one key"):
        parse_site("https://school.example", token)


@pytest.mark.parametrize(
    ("speed", "now", "free_from", "start"),
    [
        (1, 500, 0, 500),
        (1, 500, 510, 510),
        (60, 500, 0, 400),
        (60, 500, 450, 450),
        (60, 30, 0, 0),
    ],
    ids=["now", "after what is there", "it ends now", "behind what is there", "with the lesson"],
)
def test_a_replay_begins_where_its_time_has_passed(speed, now, free_from, start):
    assert find_start(ReplayPart(0, 100, speed), now, free_from) == start
