"""A real browser on the real site: uvicorn in a thread, PostgreSQL, the demo course, the cast.

Playwright keeps an event loop in the test's thread, where Django refuses database calls. Rows are
therefore created before the browser starts, and tests read the database through `in_database`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from deployment import required_programs
from tests.fixtures import factories
from tests.fixtures.browser import demo_course
from tests.fixtures.browser.driver import PATIENCE_MS
from tests.fixtures.browser.question_kinds import every, opened  # noqa: F401
from tests.fixtures.browser.rule_studio import studio  # noqa: F401
from tests.fixtures.users import PASSWORD, make

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "var" / "shots"
# An ordinary run uses narrow and dark, where most goes wrong; a long run uses all four.
# test_whole_site also opens every other page wide and light.
LOOKS = [
    pytest.param(1280, False, id="wide-light", marks=pytest.mark.long),
    pytest.param(360, True, id="narrow-dark"),
    pytest.param(1280, True, id="wide-dark", marks=pytest.mark.long),
    pytest.param(360, False, id="narrow-light", marks=pytest.mark.long),
]
# For pages that test_whole_site covers in an ordinary run.
LONG_LOOKS = [pytest.param(*look.values, id=look.id, marks=pytest.mark.long) for look in LOOKS]
ASKED_OF_AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Experimental rules, which axe runs only on request.
NAMED_TO_AXE = ["label-content-name-mismatch", "css-orientation-lock"]


NO_FULL_CHROMIUM = pytest.mark.skip(
    reason="needs a full Chromium, and only a headless one is here. "
    f"{required_programs.CHROMIUM_ADVICE}"
)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            if (
                item.get_closest_marker("full_chromium")
                and required_programs.find_chromium() is None
            ):
                item.add_marker(NO_FULL_CHROMIUM)
            # pgmq warns about its own API in the thread that wakes the worker.
            item.add_marker(pytest.mark.filterwarnings("ignore:list_queues:UserWarning"))


@dataclass(frozen=True)
class Site:
    """The running site, its people and its course."""

    url: str
    people: dict
    course: object
    units: dict


@pytest.fixture
def site(transactional_db, settings, tmp_path):
    """The demo course with mia and noah as Learners and ines as Teacher; mallory is outside."""
    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path / "media"
    now = datetime.now(UTC)
    people = {name: make(name, now=now) for name in ("mia", "ines", "mallory")}
    people["noah"] = make("noah", now=now, age_band="teen")
    course = demo_course.import_demo_course(now=now)
    for name, role in (("mia", "learner"), ("noah", "learner"), ("ines", "teacher")):
        factories.make_enrolment(people[name], course, role=role)
    units = {unit.ref: unit for unit in course.units.all()}
    with served() as url:
        yield Site(url, people, course, units)
    end_other_sessions()


def end_other_sessions() -> None:
    """Close database connections of requests whose page has left."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    connection.close()


class served:
    """The ASGI application behind uvicorn, in a thread of this process, on a free port."""

    def __enter__(self) -> str:
        from config.asgi import application

        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application,
            log_level="warning",
            lifespan="off",
            ws="config.server.websocket_protocol:BatchingWebSocket",
            access_log=False,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self.thread.start()
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    async def _serve(self) -> None:
        """Serve, then close the process's resources in the loop that opened them."""
        from asgiref.sync import sync_to_async
        from django.db import connections

        from realtime.connection_locks import seats
        from telemetry.blocks.batch_writer import writer

        await self.server.serve(sockets=[self.socket])
        await asyncio.sleep(0.1)  # the sockets' own farewells
        await writer().close()
        await sync_to_async(connections.close_all)()
        await seats().close()

    def __exit__(self, *_) -> None:
        self.server.should_exit = True
        # Unfinished requests end after 30 s; a server left behind would keep the database in use.
        self.thread.join(60)
        self.socket.close()
        assert not self.thread.is_alive()


@dataclass
class Visit:
    """One user in one window, with all complaints of the page."""

    page: object
    site: Site
    complaints: list
    scripts: bool = True

    def listen(self):
        """Record the page's complaints from now on."""
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def go(self, path: str):
        self.page.goto(self.site.url + path)
        if self.scripts:
            self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def sign_in(self, name: str):
        """Sign in by request, without the page: the window is still empty."""
        asked = self.page.context.request
        address = self.site.url + "/accounts/login/"
        assert asked.get(address).ok
        token = {each["name"]: each["value"] for each in self.page.context.cookies()}["csrftoken"]
        fields = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = asked.post(address, form=fields, max_redirects=0)
        assert (answer.status, answer.headers.get("location")) == (302, "/")
        return self

    def log_in(self, name: str, there: str = "/"):
        """Sign in on the page, which then leads to the wanted URL."""
        self.go(f"/accounts/login/?next={there}")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit], main form button")
        self.page.wait_for_url(self.site.url + there)
        return self

    def unit(self, ref: str, query: str = ""):
        return self.go(f"/units/{self.site.units[ref].code}/{query}")

    def until(self, truth: str, seconds: float = 20) -> None:
        """Wait until `truth` holds in the page.

        Playwright's wait_for_function needs eval, which the site's policy forbids.
        """
        for _ in range(int(seconds * 10)):
            if self.page.evaluate(truth):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"expected {truth} within {seconds} s")

    def shot(self, name: str) -> None:
        """Take a screenshot if `SHOTS=1`: drawing a whole page costs more than most tests."""
        if not os.environ.get("SHOTS"):
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def violations(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA and best practice, one line each."""
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in self._axe()["violations"]
            for node in rule["nodes"]
        ]

    def asked_of_axe(self) -> set[str]:
        """Return the axe rules that passed or did not apply on this page."""
        found = self._axe()
        return {rule["id"] for kind in ("passes", "inapplicable") for rule in found[kind]}

    def _axe(self) -> dict:
        self.page.evaluate(AXE.read_text())
        # axe does not count MathML as text; screen readers do.
        rules = {"empty-table-header": {"enabled": False}}
        rules |= {name: {"enabled": True} for name in NAMED_TO_AXE}
        asked = {"runOnly": {"type": "tag", "values": ASKED_OF_AXE}, "rules": rules}
        return self.page.evaluate("asked => axe.run(document, asked)", asked)


@pytest.fixture
def browser(site, driver):
    with driver.kept() as running:
        yield running


@pytest.fixture
def visit(browser, site):
    """`visit(width=360, dark=True)` opens a window. Any complaint of a page fails the test."""
    visits = []

    def window(*, width: int = 1280, dark: bool = False, scripts: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        seen = Visit(context.new_page(), site, [], scripts).listen()
        visits.append(seen)
        return seen

    yield window
    for seen in visits:
        assert seen.complaints == []


@pytest.fixture
def in_database():
    """Run a function in a thread of its own, where Django allows database calls."""

    def run(function):
        from django.db import connections

        def closing():
            try:
                return function()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(closing).result(60)

    return run
