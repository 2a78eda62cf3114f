"""The site behind its real server, a platform by others, and a plain browser between them."""

from __future__ import annotations

import html
import re

import pytest

from lti.models import LearningPlatform, PlatformCourse
from tests.fixtures import factories
from tests.fixtures.exams import make_test
from tests.fixtures.lti.outside_platform import run_platform
from tests.fixtures.lti.recording_platform import recording_platform
from tests.fixtures.servers.web_server import open_browser, served
from tests.fixtures.users import PASSWORD, client_for_person, make

FIRST = "/lti/first/"
FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}
SAME = {"Sec-Fetch-Site": "same-origin"}


class Visitor:
    """One browser: it follows the platform's pages as a person would."""

    def __init__(self, site, platform):
        self.site, self.platform = site, platform
        self.client = open_browser(site)

    def begin(self, **headers):
        """Open the link at the platform; return the form that it would submit to us."""
        there = self.client.get(f"{self.platform.address}/start").headers["Location"]
        answer = self.client.get(there, headers=headers)
        if answer.status_code != 302:
            return answer
        return self.form_of(self.client.get(answer.headers["Location"]))

    def form_of(self, page):
        assert page.status_code == 200, page.text
        fields = re.findall(r'name=(\w+) value="([^"]*)"', page.text)
        return {name: html.unescape(value) for name, value in fields}

    def send(self, form, **headers):
        return self.client.post("/lti/launch/", data=form, headers=headers)

    def launch(self, **headers):
        """Open the link; somebody who comes for the first time continues as new."""
        answer = self.arrive(**headers)
        return self.continue_as_new() if answer.headers.get("Location") == FIRST else answer

    def arrive(self, **headers):
        """Open the link and stop at the first answer."""
        return self.send(self.begin(**headers), **headers)

    def continue_as_new(self):
        return self.press("new", self.client.get(FIRST))

    def press(self, button, page):
        """Send a form of the page about accounts."""
        return self.client.post(f"{FIRST}{button}/", data=self.fields_of(page))

    @staticmethod
    def fields_of(page):
        names = ("csrfmiddlewaretoken", "launch")
        found = {each: re.search(rf'name="{each}" value="([^"]*)"', page.text) for each in names}
        return {name: match[1] for name, match in found.items() if match}

    def sign_in(self, login, password=PASSWORD):
        """Press "Sign in to my account" and sign in; return the last answer."""
        there = self.press("sign-in", self.client.get(FIRST)).headers["Location"]
        form = self.fields_of(self.client.get(there))
        data = {**form, "login": login, "password": password, "next": f"{FIRST}account/"}
        return self.client.post("/accounts/login/", data=data)

    def link(self):
        """Confirm the page that names both accounts."""
        return self.press("account", self.client.get(f"{FIRST}account/"))

    @property
    def signed_in(self):
        return self.client.get("/accounts/session/").status_code == 200


def alert_of(answer):
    """Return the alert of a page."""
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', answer.text, re.DOTALL)
    return html.unescape(found[1]) if found else answer.text


def ticket_of(page, name="ticket"):
    """Return what the button of a page in a frame sends."""
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])


@pytest.fixture
def there():
    """A platform that records what is sent to it."""
    with recording_platform() as server:
        yield server


@pytest.fixture
def site(transactional_db, settings):
    with served(settings) as address:
        yield f"http://{address}"


@pytest.fixture
def outside(site):
    with run_platform(site) as platform:
        yield platform


@pytest.fixture
def registered(outside):
    """Amir registers the platform on the page for it."""
    answer = client_for_person(make("amir")).post("/steward/lti/", outside.facts())
    assert answer.status_code == 302, answer.content.decode()
    return LearningPlatform.objects.get()


@pytest.fixture
def lesson(registered):
    """A graded test in a course of ines, which the platform's course opens."""
    unit = make_test(scenario="graded")
    factories.make_enrolment(make("ines"), unit.course, role="teacher")
    PlatformCourse.objects.create(
        platform=registered, deployment="1", context="context-1", title="Physics 7b",
        course=unit.course, seen_at=registered.made_at,
        due_at=registered.made_at,
    )  # fmt: skip
    return unit


@pytest.fixture
def visit(site, outside):
    """`visit()`: open another browser."""
    opened = []

    def open_browser():
        opened.append(Visitor(site, outside))
        return opened[-1]

    yield open_browser
    for each in opened:
        each.client.close()
