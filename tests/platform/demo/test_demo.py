"""The demo as a person starts it: from nothing, again on the same data, and stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.plugins.exclusive_run import alone

ROOT = Path(__file__).resolve().parents[3]
CAST = ["mia", "noah", "lena", "greta", "ines", "amir", "sara", "ravi", "mallory"]
LOG_IN = re.compile(r"^(\w+) (\S+) ([a-z+]+)$", re.M)


def environment(var: Path) -> dict[str, str]:
    """Return an environment with nothing set; the tests' own database must not leak in."""
    dropped = ("DATABASE_URL", "DATABASE_APP_URL", "BROKER_DATABASE_URL", "REDIS_URL")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and "ATTUNE" not in k}
    return {**kept, "ATTUNE_VAR": str(var), "ATTUNE_NO_BOOTSTRAP": "1", "PYTHONUNBUFFERED": "1"}


class Demo:
    """One run of `manage.py demo` on the data under `var`."""

    def __init__(self, var: Path, port: int, log: Path) -> None:
        self.began, self.log = time.monotonic(), log
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--learners", "0"]
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [*command, "--port", str(port)],
                env=environment(var),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self, within_s: float) -> str:
        """Wait until it is ready and return its output; the address comes last."""
        while "Ctrl-C stops everything" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - self.began < within_s, self.said()
            time.sleep(0.1)
        return self.said()

    def said(self) -> str:
        return self.log.read_text()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def running_for(var: Path) -> list[str]:
    """List processes that still use this data, by their environment or command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(var).encode() in words and folder.name != str(os.getpid()):
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """A complete run: its output, its exit code, and the processes it left behind."""

    said: str
    health: dict[str, object]
    code: int
    left: list[str]

    def log_ins(self) -> list[tuple[str, str, str]]:
        return LOG_IN.findall(self.said)


def run_demo(var: Path, port: int, ending: int, log: Path) -> Run:
    demo = Demo(var, port, log)
    try:
        said = demo.ready(within_s=180)
        address = re.search(r"http://localhost:\d+/", said)[0]
        with urllib.request.urlopen(f"{address}health/ready", timeout=5) as answer:
            health = json.load(answer)
    finally:
        code = demo.end(ending)
    return Run(said, health, code, running_for(var))


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture(scope="module")
def busy_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def first(var, busy_port, tmp_path_factory):
    """A first run from nothing, ended by Ctrl-C."""
    return run_demo(var, busy_port, signal.SIGINT, tmp_path_factory.mktemp("first") / "log")


@pytest.fixture(scope="module")
def second(var, first, busy_port, tmp_path_factory):
    """A second run on the data of the first, ended by `kill`.

    No other test starts a site on these ports. Its duration is limited, so nothing else runs
    meanwhile.
    """
    with alone():
        return run_demo(var, busy_port, signal.SIGTERM, tmp_path_factory.mktemp("second") / "log")


def test_it_starts_from_nothing_and_prints_who_may_sign_in(first):
    assert [login for login, _, _ in first.log_ins()] == CAST
    assert first.health["ready"]


def test_a_busy_port_is_reported_and_skipped(first, busy_port):
    assert f"port {busy_port} is busy" in first.said


def test_ctrl_c_ends_it_clean_with_nothing_left_running(first):
    assert (first.code, first.left) == (0, [])


def test_it_starts_again_on_the_same_data_within_20_seconds(first, second):
    assert int(re.search(r"ready after (\d+) s", second.said)[1]) < 20
    assert second.log_ins() == first.log_ins()


def test_kill_ends_it_clean_with_nothing_left_running(second):
    assert (second.code, second.left) == (0, [])


def test_its_logs_contain_no_password_and_no_traceback(second, var):
    passwords = json.loads((var / "secrets" / "demo_passwords").read_text())
    logs = "".join(f.read_text(errors="replace") for f in (var / "log").glob("*.log"))
    assert "Traceback" not in logs
    assert not [login for login, password in passwords.items() if password in logs]
    assert second.code == 0
