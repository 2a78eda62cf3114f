"""Windows of three engines behind one small surface: open an address, run a script.

Playwright drives Chromium alone here: its other browsers cannot be downloaded. WebKitGTK's
MiniBrowser speaks WebDriver over HTTP, Firefox ESR speaks WebDriver BiDi over a socket.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error
from websockets.sync.client import ClientConnection, connect

from tests.free_ports import free_port

WAIT_S = 60
MINI_BROWSERS = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class PageGone(Exception):
    """The script could not run, as in a page that is just being left."""


class WebKitPage:
    """A MiniBrowser window, driven by WebDriver."""

    def __init__(self, driver: str, browser: str) -> None:
        self._driver = driver
        options = {"binary": browser, "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = self._call("POST", "/session", asked)["sessionId"]

    def go(self, url: str) -> None:
        self._call("POST", f"/session/{self._session}/url", {"url": url})

    def run(self, script: str):
        """Return what the body of a function returns in the page."""
        body = {"script": script, "args": []}
        return self._call("POST", f"/session/{self._session}/execute/sync", body)

    def close(self) -> None:
        self._call("DELETE", f"/session/{self._session}")

    def _call(self, method: str, path: str, body: object = None):
        data = None if body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._driver + path, data, head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise PageGone(error.read().decode()) from error


class FirefoxPage:
    """A Firefox tab, driven by WebDriver BiDi."""

    def __init__(self, opened: ClientConnection) -> None:
        self._socket = opened
        self._number = 0
        self._call("session.new", {"capabilities": {}})
        self._tab = self._call("browsingContext.getTree", {})["contexts"][0]["context"]

    def go(self, url: str) -> None:
        asked = {"context": self._tab, "url": url, "wait": "complete"}
        self._call("browsingContext.navigate", asked)

    def run(self, script: str):
        """Return what the body of a function returns in the page, by way of JSON."""
        asked = {
            "functionDeclaration": f"() => JSON.stringify((() => {{{script}}})() ?? null)",
            "target": {"context": self._tab},
            "awaitPromise": False,
        }
        found = self._call("script.callFunction", asked)
        if found["type"] != "success":
            raise PageGone(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def close(self) -> None:
        self._call("session.end", {})

    def _call(self, method: str, params: object):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._socket.recv(timeout=WAIT_S))
            if heard.get("id") == self._number:
                if heard["type"] != "success":
                    raise PageGone(heard["message"])
                return heard["result"]


class ChromiumPage:
    """A page of Playwright's Chromium."""

    def __init__(self, page) -> None:
        self._page = page

    def go(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str):
        try:
            return self._page.evaluate(f"() => {{{script}}}")
        except Error as error:
            raise PageGone(str(error)) from error


@contextmanager
def chromium(folder: Path, driver):
    """Open a page of the tests' Chromium."""
    with driver.kept() as browser:
        yield ChromiumPage(browser.new_context().new_page())


def _mini_browser() -> str | None:
    return next((str(found) for found in sorted(Path("/").glob(MINI_BROWSERS))), None)


def _firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _webkit_installed() -> bool:
    return all((shutil.which("WebKitWebDriver"), shutil.which("Xvfb"), _mini_browser()))


@contextmanager
def webkit(folder: Path, driver):
    """Run WebKit on a screen of its own."""
    port = free_port()
    with _screen() as display:
        env = {
            **os.environ,
            "DISPLAY": display,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }
        # The sandbox wants a user namespace, which root in a container may not make.
        env["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        with _running(["WebKitWebDriver", f"--port={port}"], env, folder / "webkit.log"):
            _wait_for_port(port)
            page = WebKitPage(f"http://127.0.0.1:{port}", _mini_browser())
            try:
                yield page
            finally:
                page.close()


@contextmanager
def firefox(folder: Path, driver):
    """Run Firefox without a window, with a profile of its own."""
    profile = folder / "profile"
    profile.mkdir()
    flags = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
    env = {**os.environ, "HOME": str(folder)}
    log = folder / "firefox.log"
    with (
        _running([_firefox(), *flags], env, log),
        connect(f"{_address_in(log)}/session", max_size=None) as opened,
    ):
        page = FirefoxPage(opened)
        try:
            yield page
        finally:
            page.close()


@contextmanager
def _screen():
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    running = subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as said:
            yield f":{said.readline().strip()}"
    finally:
        running.terminate()
        running.wait(10)


@contextmanager
def _running(command: list[str], env: dict[str, str], log: Path):
    with log.open("wb") as out:
        running = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        try:
            yield
        finally:
            running.terminate()
            running.wait(20)


def _address_in(log: Path) -> str:
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        found = LISTENING.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"expected Firefox to listen: {log.read_text()[-500:]}")


def _wait_for_port(port: int) -> None:
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"expected a driver on port {port}")


@dataclass(frozen=True)
class Engine:
    """How a window of an engine is opened, and whether it is installed."""

    window: Callable
    installed: Callable[[], bool]


ENGINES = {
    "chromium": Engine(chromium, lambda: True),
    "firefox": Engine(firefox, lambda: _firefox() is not None),
    "webkit": Engine(webkit, _webkit_installed),
}
