"""Which sockets are accepted: those with the page's exact Origin, and nothing that resembles it."""

from __future__ import annotations

import asyncio

import pytest

from config.server.origin_check import NO_ACCESS, OriginCheck, is_allowed_origin, is_secure

OURS = "learn.example"


@pytest.fixture(autouse=True)
def site(settings):
    """The settings of ATTUNE_HOSTS=learn.example,…; pages and sockets come through a TLS proxy."""
    settings.ALLOWED_HOSTS = [OURS, "xn--lrn-qla.example", "[2001:db8::1]"]
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.CSRF_TRUSTED_ORIGINS = []
    return settings


def headers(*origins: str, host: str = OURS) -> list[tuple[bytes, bytes]]:
    return [(b"host", host.encode()), *((b"Origin", o.encode("utf-8")) for o in origins)]


def let_in(*origins: str, host: str = OURS, secure: bool = True, trusted=()) -> bool:
    return is_allowed_origin(headers(*origins, host=host), secure=secure, trusted=trusted)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://learn.example", "learn.example"),
        ("https://learn.example:8443", "learn.example:8443"),
        ("https://xn--lrn-qla.example", "xn--lrn-qla.example"),
        ("https://[2001:db8::1]", "[2001:db8::1]"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_a_socket_of_our_own_page_is_accepted(origin, host):
    assert let_in(origin, host=host)


REFUSED = [
    "",
    "null",
    "http://learn.example",
    "ws://learn.example",
    "wss://learn.example",
    "file://learn.example",
    "chrome-extension://learn.example",
    "//learn.example",
    "learn.example",
    "https:learn.example",
    "https:/learn.example",
    "https://",
    "https://learn.example:443",
    "https://learn.example:8443",
    "https://learn.example:",
    "https://learn.example.",
    "https://LEARN.example",
    "HTTPS://learn.example",
    "https://learn.example/",
    "https://learn.example/page",
    "https://learn.example?x",
    "https://learn.example#x",
    "https://learn.example.evil.org",
    "https://evil-learn.example",
    "https://evil.learn.example",
    "https://evil.org/learn.example",
    "https://evil.org#learn.example",
    "https://evil.org\\@learn.example",
    "https://evil.org@learn.example",
    "https://learn.example@evil.org",
    "https://learn.example:pw@evil.org",
    "https://lеarn.example",  # noqa: RUF001 - a Cyrillic e
    "https://lërn.example",
    "https://xn--lrn-qla.example",
    "https://learn%2eexample",
    "https://learn.example%00.evil.org",
    "https://learn.example https://evil.org",
    "https://learn.example,https://evil.org",
    " https://learn.example",
    "https://127.0.0.1",
    "https://[::1]",
    "https://2130706433",
]


@pytest.mark.parametrize("origin", REFUSED)
def test_a_socket_from_anywhere_else_is_refused(origin):
    assert not let_in(origin)


def test_the_list_of_strangers_is_long_enough():
    assert len(set(REFUSED)) >= 30


def test_no_origin_two_origins_and_no_host_are_refused():
    assert not let_in()
    assert not let_in("https://learn.example", "https://learn.example")
    assert not let_in("https://evil.org", "https://learn.example")
    assert not is_allowed_origin([(b"origin", b"https://learn.example")], secure=True, trusted=())
    twice = [(b"host", b"evil.org"), *headers("https://learn.example")]
    assert not is_allowed_origin(twice, secure=True, trusted=())


@pytest.mark.parametrize("host", ["evil.org", "learn.example.", "evil@learn.example", "", "lеarn"])  # noqa: RUF001
def test_a_host_that_is_not_ours_is_refused_even_when_both_agree(host):
    assert not let_in(f"https://{host}", host=host)


def test_a_trusted_origin_is_accepted_exactly_and_only_by_https():
    trusted = ["https://school.example", "http://old.example", "https://*.wide.example"]
    assert let_in("https://school.example", trusted=trusted)
    for origin in ("https://School.example", "http://old.example", "https://a.wide.example"):
        assert not let_in(origin, trusted=trusted)


def test_a_local_site_without_https_accepts_plain_sockets(site):
    site.HTTPS, site.ALLOWED_HOSTS = False, ["localhost"]
    assert let_in("http://localhost:8000", host="localhost:8000", secure=False)
    assert not let_in("https://localhost:8000", host="localhost:8000", secure=False)
    assert not let_in("http://localhost:8001", host="localhost:8000", secure=False)


@pytest.mark.parametrize(
    ("scheme", "said", "secure"),
    [
        ("ws", [], False),
        ("wss", [], True),
        ("ws", [b"https"], True),
        ("ws", [b"http"], False),
        ("ws", [b"https", b"http"], False),
        ("ws", [b"https, http"], False),
    ],
)
def test_what_counts_as_a_secure_line(scheme, said, secure):
    scope = {"scheme": scheme, "headers": [(b"x-forwarded-proto", value) for value in said]}
    assert is_secure(scope) is secure


def test_without_https_a_header_makes_nothing_secure(site):
    site.SECURE_PROXY_SSL_HEADER = None
    assert not is_secure({"scheme": "ws", "headers": [(b"x-forwarded-proto", b"https")]})


def handshake(scheme: str, *sent: tuple[bytes, bytes]) -> list[dict]:
    """Return the server's answer to a handshake; `through` if the application was reached."""
    answers: list[dict] = []

    async def application(*_):
        answers.append({"type": "through"})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        answers.append(message)

    asyncio.run(OriginCheck(application)({"scheme": scheme, "headers": sent}, receive, send))
    return answers


def test_a_handshake_in_clear_is_not_even_accepted():
    assert handshake("ws", *headers("http://learn.example")) == [{"type": "websocket.close"}]
    assert handshake("ws", *headers("https://learn.example")) == [{"type": "websocket.close"}]


def test_a_handshake_by_tls_reaches_the_site_and_a_stranger_learns_the_code():
    assert handshake("wss", *headers("https://learn.example")) == [{"type": "through"}]
    refused = handshake("wss", *headers("https://evil.org"))
    assert [answer["type"] for answer in refused] == ["websocket.accept", "websocket.close"]
    assert refused[1]["code"] == NO_ACCESS
