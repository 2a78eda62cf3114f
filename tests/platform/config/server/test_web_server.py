"""One port and two processes: pages delay no socket, and neither process outlives the other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from attune_client.messages import make_hello
from demo.simulated_learners import people
from telemetry import sittings
from telemetry.models import Block, Sitting
from tests.fixtures import factories
from tests.fixtures.servers.celery_worker import environment
from tests.fixtures.servers.free_ports import free_port
from tests.fixtures.sockets.socket_client import block
from tests.platform.realtime.blocks.test_ingest import say_yes
from tools.testbed.environment import wait_until_ready

pytestmark = pytest.mark.django_db(transaction=True)
RESTARTING = 1012
UPGRADE = (
    "GET /ws/sittings/3f1f7a9e-0000-4000-8000-000000000000/ HTTP/1.1\r\n"
    "Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\nX-Long: {long}\r\n\r\n"
)


class Web:
    """The web program on the test's database; `before` is code to run in it first."""

    def __init__(self, folder, *before):
        self.port, self.log = free_port(), folder / "web.log"
        run = "import sys; from config.server.web_server import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", "; ".join([*before, run]), "--port", str(self.port)]
        env = environment(connection.settings_dict["NAME"])
        with self.log.open("w") as log:
            self.pages = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            wait_until_ready(self.port)
            children = Path(f"/proc/{self.pages.pid}/task/{self.pages.pid}/children")
            (self.sockets,) = map(int, children.read_text().split())
        except BaseException:
            self.pages.kill()
            raise

    def socket(self, session, sitting):
        here = f"127.0.0.1:{self.port}"
        return connect(
            f"ws://{here}/ws/sittings/{sitting.id}/", origin=f"http://{here}", proxy=None,
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"},
        )  # fmt: skip

    def ends_both(self, within_s=10):
        """Return whether both processes have ended after a while."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            # A process that ended but was not reaped has no folder.
            if self.pages.poll() is not None and not Path(f"/proc/{self.sockets}/cwd").exists():
                return True
            time.sleep(0.02)
        return False

    def kill(self):
        for pid in (self.sockets, self.pages.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.pages.wait(10)


@pytest.fixture
def web(tmp_path):
    found = Web(tmp_path)
    yield found
    found.kill()


@pytest.fixture
def page(web):
    """An open socket of a Sitting."""
    unit, now = factories.make_quiz_unit(), timezone.now()
    (mia,) = people.enrol(unit.course, 1, now=now)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    with web.socket(people.sign_in(mia), sitting) as found:
        found.ping().wait(10)
        yield found


def closed_with(page):
    with pytest.raises(ConnectionClosed) as closed:
        page.recv(timeout=10)
    return closed.value.rcvd.code


def test_a_socket_is_served_while_the_pages_stand_still(web, page):
    os.kill(web.pages.pid, signal.SIGSTOP)
    assert page.ping().wait(5)
    os.kill(web.pages.pid, signal.SIGCONT)
    os.kill(web.sockets, signal.SIGSTOP)
    assert not page.ping().wait(0.5)
    wait_until_ready(web.port, 5)
    os.kill(web.sockets, signal.SIGCONT)


@contextlib.contextmanager
def send_while_blocks_wait(page):
    """Send a Block; until the end of the context, the database does not store it."""
    page.send(json.dumps(make_hello(str(uuid.uuid4()))))
    streams = json.loads(page.recv(10))["streams"]
    (pointer,) = [each for each in streams if each["stream"] == "pointer"]
    database = environment(connection.settings_dict["NAME"])["DATABASE_URL"]
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE telemetry_block IN EXCLUSIVE MODE")
        page.send(block("pointer", 0, epoch=pointer["epoch"]))
        time.sleep(0.3)
        yield


@pytest.mark.parametrize(("end", "code"), [("SIGTERM", -15), ("SIGINT", 0), ("SIGKILL", -9)])
def test_however_the_pages_end_the_sockets_close_and_end_too(web, page, end, code):
    web.pages.send_signal(signal.Signals[end])
    assert closed_with(page) == RESTARTING
    assert web.ends_both()
    assert web.pages.returncode == code
    assert "Traceback" not in web.log.read_text(), web.log.read_text()


def test_the_pages_end_last(web, page):
    """When the web program has ended, its sockets have stored what they had."""
    os.kill(web.sockets, signal.SIGSTOP)
    web.pages.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        web.pages.wait(1.5)
    os.kill(web.sockets, signal.SIGCONT)
    assert closed_with(page) == RESTARTING
    assert web.ends_both()


def test_both_processes_may_get_the_signal_at_once(web, page):
    """A terminal and systemd signal the whole group; the sockets may be faster."""
    web.pages.send_signal(signal.SIGINT)
    os.kill(web.sockets, signal.SIGKILL)
    assert web.ends_both()
    assert web.pages.returncode == 0
    assert "sockets_ended" not in web.log.read_text()


def test_its_figures_tell_of_both(web):
    with urlopen(f"http://127.0.0.1:{web.port}/metrics", timeout=10) as answer:
        lines = dict(line.rsplit(b" ", 1) for line in answer if not line.startswith(b"#"))
    for process in (b"process", b"sockets_process"):
        assert float(lines[process + b"_resident_memory_bytes"]) > 20e6


def test_a_web_program_without_its_sockets_ends_so_that_another_is_started(web):
    os.kill(web.sockets, signal.SIGKILL)
    assert web.ends_both()
    assert web.pages.returncode == 1
    assert "web.sockets_ended" in web.log.read_text()


@pytest.fixture
def hasty(tmp_path):
    """A web program that misses its sockets after a second."""
    found = Web(
        tmp_path,
        "from config.server import socket_handoff",
        "socket_handoff.CHECK_TICKS = socket_handoff.MISSED = 3",
    )
    yield found
    found.kill()


def test_sockets_that_hang_are_ended_so_that_others_are_started(hasty):
    time.sleep(2.5)
    assert hasty.pages.poll() is None
    os.kill(hasty.sockets, signal.SIGSTOP)
    # Leaves unread input behind.
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as asking:
        asking.sendall(UPGRADE.format(port=hasty.port, long="").encode())
        assert hasty.ends_both()
    assert hasty.pages.returncode == 1
    assert "web.sockets_stalled" in hasty.log.read_text()
    assert "Traceback" not in hasty.log.read_text()


def test_pages_that_die_with_unread_input_end_the_sockets(hasty):
    os.kill(hasty.pages.pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(hasty.pages.pid, signal.SIGKILL)
    assert hasty.ends_both()
    assert "Traceback" not in hasty.log.read_text()


def test_if_the_sockets_are_full_a_page_gets_503_with_retry(web):
    os.kill(web.sockets, signal.SIGSTOP)
    request = UPGRADE.format(port=web.port, long="x" * 60_000).encode()
    with contextlib.ExitStack() as open_:
        asking = [
            open_.enter_context(socket.create_connection(("127.0.0.1", web.port), timeout=10))
            for _ in range(8)
        ]
        for each in asking:
            each.sendall(request)
        assert asking[-1].recv(12) == b"HTTP/1.1 503"
        wait_until_ready(web.port, 5)
        os.kill(web.sockets, signal.SIGCONT)
        assert asking[0].recv(12) == b"HTTP/1.1 101"


def test_sockets_that_are_ending_refuse_a_page_that_connects_again(web, page, settings):
    settings.LEGAL_PROFILE = "demo"
    say_yes(Sitting.objects.get().learner, "pointer:adapt")
    with send_while_blocks_wait(page):
        os.kill(web.sockets, signal.SIGTERM)
        assert closed_with(page) == RESTARTING
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as again:
            again.sendall(UPGRADE.format(port=web.port, long="").encode())
            assert again.recv(12) == b"HTTP/1.1 503"
    assert web.ends_both()
    assert "Traceback" not in web.log.read_text(), web.log.read_text()


def test_what_a_page_that_left_sent_last_is_stored_before_the_end(web, page, settings):
    settings.LEGAL_PROFILE = "demo"
    say_yes(Sitting.objects.get().learner, "pointer:adapt")
    with send_while_blocks_wait(page):
        page.close()
        web.pages.send_signal(signal.SIGTERM)
        time.sleep(0.8)
    assert web.ends_both()
    assert Block.objects.count() == 1
