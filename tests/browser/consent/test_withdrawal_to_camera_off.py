"""From the press on “Switch off” to “camera off” and “unreadable” in under a second, under load
(I-2).

`tests/site/promises/test_withdrawal_time.py` tests the same through sockets.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.conf import settings

from attune_client.connection import SocketAddress
from attune_client.messages import make_hello
from telemetry.blocks.block_store import place
from telemetry.models import Block
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import CAMERA, CLOSED
from tests.fixtures.browser.waits import wait_until
from tests.fixtures.sockets.socket_client import block
from tests.site.promises.test_withdrawal_time import OTHERS, PAUSE_S, STEP_S, at, sit
from vault.encryption import unseal
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

# Fixtures: a site that records all messages, and a browser with a clip as its camera.
answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
allow, lesson, site, wire = (
    fake_camera.allow,
    fake_camera.lesson,
    fake_camera.site,
    fake_camera.wire,
)
# Both clocks are this computer's; the page checks each track every few milliseconds.
WATCH = f"""
    window.pressedMs = window.offMs = null;
    document.querySelector('[data-lamp-off]').addEventListener('click', () => {{
        window.pressedMs = Date.now();
        const looking = setInterval(() => {{
            if (!({CLOSED})) return;
            clearInterval(looking);
            window.offMs = Date.now();
        }}, 10);
    }}, {{capture: true, once: true}});
"""
LIVE = "tracks.at(-1)?.readyState === 'live'"
QUIET_S = 0.5
LATE = {"no_grant", "stale_epoch"}


@dataclass(frozen=True)
class Try:
    """Seconds from the press until every track had ended and every camera key was destroyed.

    The rows, already unreadable, are deleted a moment later.
    """

    off: float
    unreadable: float


def face():
    """mia's stream alone: no one else here has a camera."""
    return Block.objects.filter(stream="face")


def kept(person) -> tuple[list[bytes], bytes, object]:
    """The keys of the collected data, and one Block as a copy might hold it."""
    row = face().order_by("-seq").first()
    sealed, where = bytes(row.sealed), place(row.sitting, row.stream, row.seq, person.code)
    assert unseal(sealed, place=where)
    return open_keystore().key_ids(person.code, CAMERA), sealed, where


def gone_at(ids) -> float:
    """Return when the last of these keys was destroyed."""
    ends = time.monotonic() + 20
    while any(open_keystore().has_key(id) for id in ids):
        assert time.monotonic() < ends, "expected the keys to go within 20 s"
        time.sleep(0.01)
    return time.time()


def one_try(seen, mia, in_database) -> Try:
    seen.until(LIVE, 60)
    wait_until(in_database, face().exists, 60)
    ids, sealed, where = in_database(lambda: kept(mia))
    assert ids
    seen.page.evaluate(WATCH)
    with ThreadPoolExecutor(1) as watcher:
        going = watcher.submit(gone_at, ids)
        seen.page.locator("[data-lamp-off]").click()
        seen.until("window.offMs !== null", 20)
        gone = going.result()
    pressed, off = seen.page.evaluate("[pressedMs / 1000, offMs / 1000]")
    seen.page.wait_for_timeout(1000 * max(0.0, pressed + 1 - time.time()))
    before = in_database(lambda: {row.seq for row in face()})
    seen.page.wait_for_timeout(1000 * QUIET_S)
    assert in_database(lambda: {row.seq for row in face()}) <= before, "a new one was stored"
    with pytest.raises(KeyDestroyed):
        in_database(lambda: unseal(sealed, place=where))
    wait_until(in_database, lambda: not face().exists(), 20)
    assert seen.page.evaluate(CLOSED)
    return Try(off - pressed, gone - pressed)


def tries(seen, site, allow, in_database, count: int) -> list[Try]:
    found = []
    for _ in range(count):
        found.append(one_try(seen, site.people["mia"], in_database))
        # A Block in flight is refused and not stored.
        assert {error["code"] for error in seen.page.evaluate("errors")} <= LATE
        if len(found) < count:
            allow(*CAMERA)
    return found


class Others:
    """Pages of other learners at the same site, each sending Blocks and awaiting each ack."""

    def __init__(self, url: str, sat: list[tuple[uuid.UUID, str]]) -> None:
        self.url, self.sat, self.acked = url, sat, 0
        self.failed: list[BaseException] = []
        self.ended = threading.Event()

    def __enter__(self) -> Others:
        self.thread = threading.Thread(target=asyncio.run, args=(self._all(),))
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join(60)

    async def _all(self) -> None:
        found = await asyncio.gather(
            *(self._one(*each) for each in self.sat), return_exceptions=True
        )
        self.failed = [each for each in found if each is not None]

    async def _one(self, sitting: uuid.UUID, cookie: str) -> None:
        address = f"{self.url.replace('http', 'ws')}/ws/sittings/{sitting}/"
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
        async with SocketAddress(address, headers, self.url).open() as socket:
            await socket.send(json.dumps(make_hello(str(uuid.uuid4()))))
            seq = 0
            while not self.ended.is_set():
                await socket.send(block("pointer", seq, t0=seq * STEP_S))
                while (message := json.loads(await asyncio.wait_for(socket.recv(), 30))) and (
                    message["type"] != "ack" or message.get("seq") != seq
                ):
                    assert message["type"] != "error", message
                seq, self.acked = seq + 1, self.acked + 1
                await asyncio.sleep(PAUSE_S)


def somebody(number: int) -> tuple[uuid.UUID, str]:
    """A Sitting of another learner, with the session cookie."""
    from django.test import Client

    sitting, client = sit(f"somebody-{number}"), Client()
    client.force_login(sitting.learner)
    return sitting.id, client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def others(site, allow, in_database):
    """The pages of four learners, opened after the notices, while the test runs."""
    allow(*CAMERA)
    sat = in_database(lambda: [somebody(number) for number in range(OTHERS)])
    with Others(site.url, sat) as busy:
        yield busy


def test_one_press_ends_the_camera_and_makes_its_data_unreadable(lesson, allow, site, in_database):
    allow(*CAMERA)
    seen, _ = lesson()

    (found,) = tries(seen, site, allow, in_database, 1)

    assert 0 <= found.off < 10
    assert 0 < found.unreadable < 10


@pytest.mark.timed
@pytest.mark.long
def test_camera_off_and_unreadable_within_a_second_while_others_send(
    lesson, allow, others, site, in_database
):
    seen, _ = lesson()

    found = tries(seen, site, allow, in_database, 25)

    for name in ("off", "unreadable"):
        values = [getattr(each, name) for each in found]
        print(f"{name}: p50 {at(0.5, values):.3f} s, most {max(values):.3f} s, {len(values)} tries")
    print(f"others: {others.acked} blocks acknowledged")
    assert others.failed == []
    assert others.acked > len(found) * OTHERS
    assert at(0.99, [max(each.off, each.unreadable) for each in found]) <= 1
