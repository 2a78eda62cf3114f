"""The site to scan: a throw-away demo, or a planted one with faults every scanner must find."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from deployment import free_port
from deployment.supervisor import Process, ProcessDied, Supervisor, wait_until
from vault import http_client

ROLES = {"learner": "mia", "teacher": "ines", "steward": "amir"}
LOG_IN = re.compile(r"^(\w+) (\S+) [\w+]+$")
READY = re.compile(r"Attune is ready after .*: (http://\S+?)/?$")
PLANTED = Path("tests") / "tools" / "scans" / "planted_site.py"
START_S = 300
# The cookies of a site without https.
SESSION, KNOWN = "sessionid", "known"


class NoSite(Exception):
    """The site to scan did not start."""


@dataclass(frozen=True, slots=True)
class TargetSite:
    """The site's address and session cookies by role; `anonymous` has none.

    `passwords`, by username, let `sign_in_again` create new sessions.
    """

    url: str
    cookies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)


@contextmanager
def start_demo(root: Path, learners: int = 0) -> Iterator[TargetSite]:
    """Start a demo seeded as `manage.py demo` does it, with simulated learners; discard it at the
    end.
    """
    with tempfile.TemporaryDirectory(prefix="attune-judged-") as folder:
        port = free_port.first_free(8700)
        command = [sys.executable, str(root / "manage.py"), "demo"]
        environment = _environment(Path(folder))
        command += ["--port", str(port), "--learners", str(learners)]
        site = Process("site", command, environment, patience_s=30)
        with _run_process(site, Path(folder), root) as said:
            lines = [LOG_IN.match(line) for line in said]
            yield _sign_in_all(_find_address(said), {line[1]: line[2] for line in lines if line})


@contextmanager
def start_planted(root: Path, code: Path) -> Iterator[TargetSite]:
    """Start the planted site of tests/tools/scans, which writes its faulty source to `code`."""
    command = [sys.executable, str(root / PLANTED), "--code", str(code)]
    # Its shell runs what a scanner types, so it works in a folder that is deleted.
    with _run_process(Process("planted", command), code.parent, code.parent) as said:
        yield TargetSite(_find_address(said))


def use_running(url: str, var: Path) -> TargetSite:
    """Use a running demo, with the passwords it stores under its var/."""
    kept = var / "secrets" / "demo_passwords"
    passwords = json.loads(kept.read_text()) if kept.exists() else {}
    return _sign_in_all(url.rstrip("/"), passwords)


def sign_in(url: str, login: str, password: str, known: str | None = None) -> dict[str, str]:
    """Sign in with the normal form and return the cookies. Raises NoSite.

    `known` is the cookie KNOWN of an earlier sign-in: with it, they may sign in although a
    scanner has used up the attempts of this network.
    """
    page = f"{url}/accounts/login/"
    jar = SimpleCookie({KNOWN: known} if known else {})
    _collect_cookies(jar, http_client.send_request("GET", page, timeout=20))
    fields = {
        "login": login, "password": password, "csrfmiddlewaretoken": jar["csrftoken"].value,
    }  # fmt: skip
    headers = {
        "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in jar.items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode(fields).encode()
    _collect_cookies(jar, http_client.send_request("POST", page, body, headers, timeout=20))
    if SESSION not in jar:
        raise NoSite(f"{login} could not sign in")
    return {name: cookie.value for name, cookie in jar.items()}


def sign_in_again(site: TargetSite) -> TargetSite:
    """Return the site with new sessions: a Steward's ends after half an hour without use."""
    return _sign_in_all(site.url, site.passwords, site.cookies) if site.passwords else site


def _collect_cookies(jar: SimpleCookie, reply: http_client.HttpReply) -> None:
    for line in reply.headers.get_all("Set-Cookie", []):
        jar.load(line)


def _environment(folder: Path) -> dict[str, str]:
    prefixes = ("ATTUNE_", "DATABASE_", "MEDIA_S3_")
    ours = {name: "" for name in os.environ if name.startswith(prefixes)}
    return {
        **ours,
        "ATTUNE_VAR": str(folder),
        "ATTUNE_RATE_FACTOR": "1000",
        "KEYSTORE_DIR": "",
        "MEDIA_ROOT": "",
        "REDIS_URL": "",
        "LEGAL_PROFILE": "demo",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def _run_process(process: Process, logs: Path, root: Path) -> Iterator[list[str]]:
    """Start the process and wait until it is ready; yield its output and end it afterwards."""
    said: list[str] = []
    supervisor = Supervisor(logs / "log", lambda line: said.append(line.partition("| ")[2]), root)
    supervisor.start(process)
    try:
        never = threading.Event()
        ready = wait_until(
            lambda: any(READY.search(line) for line in list(said)),
            never,
            patience_s=START_S,
            check=supervisor.check,
        )
        if not ready:
            raise NoSite(f"the site was not ready after {START_S} s")
        yield said
    except ProcessDied as error:
        raise NoSite(f"{error}: {' / '.join(said[-5:])}") from error
    finally:
        supervisor.stop()


def _sign_in_all(
    url: str, passwords: Mapping[str, str], before: Mapping[str, Mapping[str, str]] | None = None
) -> TargetSite:
    """Sign everybody in, each in the browser of their cookies `before`."""
    browsers = {role: cookies.get(KNOWN) for role, cookies in (before or {}).items()}
    cookies = {
        role: sign_in(url, login, passwords[login], browsers.get(role))
        for role, login in ROLES.items()
        if login in passwords
    }
    return TargetSite(url, cookies, passwords)


def _find_address(said: list[str]) -> str:
    return next(found[1] for line in said if (found := READY.search(line)))
