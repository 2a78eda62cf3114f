"""One Playwright for all browser tests of a process and one Chromium for those that ask for no
flags of their own; asleep between tests, so that whatever runs next has the thread.

Windows of the kept Chromium close with the test; each has cookies, storage and cache of its own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

LEAN = Path(__file__).with_name("lean-chromium")
# As long as `Visit` lets a page take: what has a limit of its own says it, and is `timed`.
PATIENCE_MS = 15_000
PLAYS = "--autoplay-policy=no-user-gesture-required"


class Driver:
    """Playwright, whose loop counts as running only while a test has a browser."""

    def __init__(self) -> None:
        from playwright.sync_api import expect, sync_playwright

        use_a_node_that_starts()
        expect.set_options(timeout=PATIENCE_MS)
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        self._kept = None
        asyncio._set_running_loop(None)

    @contextmanager
    def awake(self):
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(before)

    def launch(self, *flags: str, without_window: bool = False):
        from operations import programs

        shell = shutil.which(programs.HEADLESS_SHELL)
        found = (without_window and shell) or programs.any_chromium()
        if found is None:
            pytest.skip(f"no Chromium here. {programs.CHROMIUM_ADVICE}")
        return self._playwright.chromium.launch(
            executable_path=LEAN,
            args=["--no-sandbox", *flags],
            env={**os.environ, "CHROMIUM": found},
        )

    @contextmanager
    def kept(self):
        """The same Chromium as for the test before, without a window of that test."""
        with self.awake():
            if self._kept is None or not self._kept.is_connected():
                self._kept = self.launch(PLAYS, "--disable-gpu", without_window=True)
            assert self._kept.contexts == []
            try:
                yield self._kept
            finally:
                for context in self._kept.contexts:
                    context.close()

    def stop(self) -> None:
        with self.awake():
            if self._kept is not None:
                self._kept.close()
            self._playwright.stop()


def use_a_node_that_starts():
    """Playwright's own Node needs libatomic, which a bare Debian lacks; ours does not."""
    import playwright

    from operations import programs

    own = Path(playwright.__file__).parent / "driver" / "node"
    ours = shutil.which("node")
    if ours is not None and not programs.version(str(own)):
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = ours


@pytest.fixture(scope="session")
def driver():
    running = Driver()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium(driver):
    """`with chromium("--flag") as browser`: a Chromium of the test's own, with these flags."""

    @contextmanager
    def own(*flags: str):
        with driver.awake():
            running = driver.launch(*flags)
            try:
                yield running
            finally:
                running.close()

    return own
