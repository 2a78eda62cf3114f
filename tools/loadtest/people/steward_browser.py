"""The requests of a Steward's browser to the web process: forms and pages, each timed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.sessions.session_store import CONFIRMED_AT
from demo.simulated_learners.stats import percentile
from tools.loadtest.people.invented_people import InventedPerson
from vault import http_client
from vault.http_client import HttpReply

PATIENCE_S: Final = 120.0
# A person may send 120 forms a minute (`config.middleware.rate_limit`); each look-up is one.
PAUSE_S: Final = 0.6
LIST: Final = "/steward/people/"
UPLOAD: Final = "/steward/people/import/"
# Any secret works as long as cookie and header agree.
CSRF: Final = "b" * 32
EDGE: Final = "attune-bench-people"
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = f"multipart/form-data; boundary={EDGE}"


@dataclass(slots=True)
class StewardBrowser:
    """A signed-in Steward's browser for the web process at `address`."""

    address: str
    steward: User
    session: str = field(default="", repr=False)

    def sign_in(self) -> None:
        """Start a new session: pages about other people open for ten minutes after signing in."""
        client = Client()
        client.force_login(self.steward)
        session = client.session
        session[CONFIRMED_AT] = timezone.now()
        session.save()
        self.session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def get(self, path: str) -> HttpReply:
        return self._send("GET", path)

    def post(self, path: str, typed: Mapping[str, str]) -> HttpReply:
        return self._send("POST", path, urlencode(typed).encode(), URLENCODED)

    def upload(self, path: str, file: bytes, typed: Mapping[str, str]) -> HttpReply:
        """Send a form with a file."""
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in typed.items()]
        heading = b'name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n'
        body = b"".join(
            f"--{EDGE}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n"
            for part in (*parts, heading + file)
        )
        return self._send("POST", path, body + f"--{EDGE}--\r\n".encode(), MULTIPART)

    def _send(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> HttpReply:
        cookies = {settings.SESSION_COOKIE_NAME: self.session, settings.CSRF_COOKIE_NAME: CSRF}
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": CSRF,
            **({"Content-Type": kind} if kind else {}),
        }
        url = f"http://{self.address}{path}"
        reply = http_client.send_request(method, url, body, headers, timeout=PATIENCE_S)
        if reply.status not in (200, 302):
            raise RuntimeError(f"expected an answer of {path}, got {reply.status}")
        return reply


def time_pages(
    browser: StewardBrowser, people: Sequence[InventedPerson], times: int
) -> Iterator[dict[str, Any]]:
    """Request each kind of list and look-up `times` times, in turn; yield what each took."""
    kinds = list(_list_kinds(people))
    took: dict[str, list[float]] = {name: [] for name, _typed in kinds}
    for number in range(times):
        for name, typed in kinds:
            time.sleep(PAUSE_S)
            began = time.monotonic()
            reply = _request(browser, name, typed, number)
            took[name].append(time.monotonic() - began)
            if reply.status != 200:
                raise RuntimeError(f"expected a page of people, got {reply.status}")
    every = [seconds for found in took.values() for seconds in found]
    for name, found in [*took.items(), ("all of them", every)]:
        yield {
            "what": name,
            "requests": len(found),
            "p50_ms": _ms(percentile(found, 0.5)),
            "p95_ms": _ms(percentile(found, 0.95)),
        }


def _list_kinds(people: Sequence[InventedPerson]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each kind of page with its addresses, or with the texts to look up, used in turn."""
    for name, query in (
        ("first page", "page=1"),
        ("middle page", f"page={max(1, len(people) // 50)}"),
        ("last page", "page=999999"),
        ("role Learner", "role=learner"),
        ("role Teacher, middle page", f"role=teacher&page={max(1, len(people) // 1000)}"),
        ("state Invited", "state=invited"),
        ("state Locked", "state=locked"),
    ):
        yield name, [f"?{query}"]
    yield "look up an e-mail", [person.email for person in people]
    yield "look up a username", [person.login for person in people]
    yield "look up a number", [person.number for person in people]
    yield "look up a name", [person.name for person in people]
    yield "look up nobody", ["nobody@school.example"]


def _request(browser: StewardBrowser, name: str, typed: Sequence[str], number: int) -> HttpReply:
    # A step coprime to the number of people reaches all parts of the list.
    text = typed[(number * 7919) % len(typed)]
    if name.startswith("look up"):
        # As in a browser, the response to the form redirects to the person that was found.
        return browser.get(browser.post(LIST, {"q": text}).headers["Location"])
    return browser.get(LIST + text)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
