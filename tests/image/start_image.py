"""Runs inside the image: starts the site there with a private PostgreSQL, asks it, and ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SITE = "http://127.0.0.1:8000"
PATIENCE_S = 120.0
SETUP = [
    *("setup", "--no-input", "--steward", "amir", "--name", "Amir Example"),
    *("--site-name", "Example", "--controller", "Example, 1 Example Street"),
    *("--contact", "privacy@example.org", "--time-zone", "Europe/Berlin"),
]
ROLES = (
    ("DATABASE_URL", "OWNER", "attune"),
    ("DATABASE_APP_URL", "APP", "attune"),
    ("BROKER_DATABASE_URL", "APP", "attune_broker"),
)

sys.path.insert(0, "/attune/platform")


def main() -> None:
    require_closed()
    from config.embedded_postgres import launcher

    server = launcher.Server(Path(os.environ["ATTUNE_VAR"]) / "postgres")
    with launcher.keep_running(server):
        for name, role, database in ROLES:
            os.environ[name] = launcher.make_url(server, getattr(launcher, role), database)
        os.environ |= {"LEGAL_PROFILE": "eu_education", "COUNTRY": "DE"}
        for command in (["check"], SETUP, ["collectstatic", "--noinput"]):
            report(command[0], run(*command))
        serve()


def require_closed() -> None:
    """Raise unless this runs without rights."""
    status = Path("/proc/self/status").read_text()
    rights = [
        line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapBnd"))
    ]
    assert {int(each, 16) for each in rights} == {0}, rights
    assert os.getuid() == os.getgid() == 10001
    for place in ("/", "/attune", "/attune/.venv", "/etc", "/var/tmp"):
        try:
            Path(place, "written").write_text("")
        except OSError:
            continue
        raise AssertionError(f"{place} can be written")


def run(*command: str) -> float:
    began = time.monotonic()
    subprocess.run(["python3", "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def serve() -> None:
    began = time.monotonic()
    command = ["python3", "manage.py", "serve", "web", "--host", "0.0.0.0"]
    workers = [["live"], ["slow", "--threads", "1"]]
    others = [subprocess.Popen(["python3", "manage.py", "serve", "worker", "--queues", *each])
              for each in workers]  # fmt: skip
    others.append(subprocess.Popen(["python3", "manage.py", "serve", "beat"]))
    web = subprocess.Popen(command)
    while ask("/health/live") != (200, "ok\n"):
        assert web.poll() is None
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.2)
    report("serve web answers", time.monotonic() - began)
    status, page = ask("/accounts/login/")
    assert (status, "<form" in page) == (200, True), page[:500]
    while ask("/health/ready")[0] != 200:
        assert time.monotonic() - began < 2 * PATIENCE_S, ask("/health/ready")
        time.sleep(1)
    report("everything is ready", time.monotonic() - began)
    # The live worker still loads its networks.
    time.sleep(20)
    assert [each.poll() for each in [web, *others]] == [None] * 4, "a process ended"
    for process, name in zip([web, *others], ("web", "live", "slow", "beat"), strict=True):
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        report(f"{name} ends with {code}", time.monotonic() - began)


def ask(path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(SITE + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def report(what: str, seconds: float) -> None:
    print(f"{what}: {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
