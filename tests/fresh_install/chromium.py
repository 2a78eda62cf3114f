"""Chromium as used by people of a university: it trusts the site's authority, and has a camera."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fixtures.browser.driver import use_a_node_that_starts
from tests.fresh_install.machine import HERE, ROOT, THERE

FACE = ROOT / "tests" / "data" / "face-clip.mjpeg"
WIDE = {"width": 1280, "height": 900}


@contextmanager
def run_chromium(folder: Path, hosts: dict[str, str], authorities: list[Path]) -> Iterator[Browser]:
    """Run Chromium with these hosts and authorities, and a recorded face as its camera."""
    home = folder / "home"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True, exist_ok=True)
    subprocess.run(["certutil", "-N", "--empty-password", "-d", f"sql:{store}"], check=True)
    for number, authority in enumerate(authorities):
        subprocess.run(
            ["certutil", "-A", "-d", f"sql:{store}", "-n", f"own-{number}", "-t", "C,,",
             "-i", str(authority)], check=True,
        )  # fmt: skip
    use_a_node_that_starts()
    rules = ", ".join(f"MAP {name} {address}" for name, address in hosts.items())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            env={**os.environ, "HOME": str(home)},
            args=["--no-sandbox", f"--host-resolver-rules={rules}",
                  "--autoplay-policy=no-user-gesture-required",
                  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                  f"--use-file-for-fake-video-capture={FACE}"],
        )  # fmt: skip
        yield browser
        browser.close()


class Window:
    """One person's browser window; errors of its page are recorded."""

    def __init__(self, browser: Browser, site: str, shots: Path) -> None:
        self.context: BrowserContext = browser.new_context(viewport=WIDE, locale="en-GB")
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self._site, self._shots = site, shots
        self.page.set_default_timeout(60_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        """Open an address of the site, and wait for its scripts."""
        self.page.goto(path if path.startswith("https:") else self._site + path)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def shot(self, name: str) -> None:
        """Draw the whole page."""
        self.page.screenshot(path=self._shots / f"{name}.png", full_page=True)


def map_hosts(site_host: str, others: tuple[str, ...]) -> dict[str, str]:
    """Return where Chromium finds each host: the site in the machine, the others here."""
    return {site_host: THERE, **dict.fromkeys(others, HERE)}
