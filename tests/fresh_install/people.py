"""Actions of people on the first day in their browsers, each a function of their window."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

from tests.fresh_install.chromium import Window

PASSWORD = "a long enough phrase"
HEADINGS = "number;name;username;email;born;role"
LEARNERS = 38
WORKER_MS = 120_000
LESSON = "Factoring trinomials"


def write_list() -> str:
    """Return a list of forty people: a Teacher, a Researcher and Learners."""
    rows = [
        "1001;Ines Example;ines;ines@northfield.example;1980-02-03;teacher, author",
        "1002;Ravi Example;ravi;ravi@northfield.example;1985-05-06;researcher",
        "1003;Mia Example;mia;mia@northfield.example;2001-04-05;learner",
        *(
            f"{2000 + number};Learner {number};learner{number};"
            f"learner{number}@northfield.example;2002-01-{number % 28 + 1:02};learner"
            for number in range(1, LEARNERS)
        ),
    ]
    return "\n".join([HEADINGS, *rows]) + "\n"


def choose_password(window: Window, link: str) -> None:
    """Open a one-time link, choose a password and be signed in."""
    page = window.go(link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the new password").fill(PASSWORD)
    window.shot("password")
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_load_state()


def add_second_factor(window: Window) -> pyotp.TOTP:
    """Set up an app on a phone; return the app."""
    page = window.go("/accounts/factor/add/")
    page.get_by_role("button", name="Show me the key").click()
    app = pyotp.TOTP(page.locator(".key-text").inner_text().replace(" ", ""))
    page.get_by_label("Code from your authenticator app").fill(app.now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    window.shot("second-factor")
    return app


def sign_in(window: Window, login: str, app: pyotp.TOTP) -> None:
    """Sign in with the password and a code of the app."""
    page = window.go("/accounts/login/")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Code from your authenticator app").fill(app.now())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Consent register", exact=True).wait_for()


def import_people(window: Window) -> None:
    """Upload the list, check the preview and import it."""
    page = window.go("/steward/people/import/")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": write_list().encode()}
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_label("Age group of new people without a date of birth").select_option("adult")
    page.get_by_role("button", name="Upload file").click()
    reload_until(page, page.get_by_role("button", name=re.compile("Import 40 people")))
    window.shot("import-check")
    page.get_by_role("button", name=re.compile("Import 40 people")).click()
    reload_until(page, page.get_by_role("link", name="Show people"))
    window.shot("import-done")


def reload_until(page: Page, wanted, seconds: float = WORKER_MS / 1000) -> None:
    """Reload the page until it shows the worker's result. Raises AssertionError."""
    until = time.monotonic() + seconds
    while not wanted.is_visible():
        assert time.monotonic() < until, page.locator("main").inner_text()[:500]
        page.wait_for_timeout(1000)
        page.reload()


def import_course(window: Window, package: Path) -> None:
    """Upload the course of the demo as a file."""
    page = window.go("/author/import/")
    page.set_input_files("#file", package)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("heading", name="Imported as version 1.").wait_for(timeout=WORKER_MS)
    window.shot("course-imported")


def enrol(window: Window, course: str, login: str) -> None:
    """Put one person into the course by hand."""
    page = window.go(f"/teach/{course}/people/")
    page.get_by_label("Usernames or emails").fill(login)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Add 1 person").click()
    expect(page.get_by_text("1 person was added.")).to_be_visible()
    window.shot("enrolled")


def sign_in_at_provider(window: Window, person: str) -> None:
    """Sign in with the account of the university."""
    page = window.go("/accounts/login/")
    window.shot("sign-in")
    page.get_by_role("button", name="Continue with Northfield account").click()
    page.get_by_placeholder("Enter any login").fill(person)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Consent", exact=True).first.wait_for()


def allow_camera(window: Window) -> None:
    """Read what the camera is for, and allow it."""
    page = window.go("/consents/")
    page.get_by_role("switch", name="Camera, help for me").first.click()
    window.shot("consents")
    page.get_by_role("button", name="Save my choices").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def answer_wrong(window: Window, number: str) -> None:
    """Answer the open question with a wrong number, and see that it arrived."""
    page = window.page
    page.locator("main form input[inputmode]").first.fill(number)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_text(re.compile(f"tried:.*{number}")).wait_for()
    page.get_by_text("Not yet. Try again").wait_for()


def take_hint(window: Window) -> None:
    """Wait for the offer of a hint, ask why it came, and accept it."""
    page, offer = window.page, window.page.locator("section.offer")
    offer.wait_for(state="visible", timeout=120_000)
    page.get_by_role("button", name="Why this?").click()
    window.shot("offer")
    offer.get_by_role("button", name="Show a hint").click()
    page.locator(".ladder .hint-text").first.wait_for()
    window.shot("hint")


def search(window: Window, words: str) -> Page:
    """Search the list of people."""
    page = window.go("/steward/people/")
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_load_state()
    return page


def erase(window: Window, code: str) -> None:
    """Erase a person, and wait for the certificate."""
    page = window.go(f"/steward/people/{code}/")
    page.get_by_role("textbox", name="Type the word").fill("erase")
    page.get_by_role("button", name="Erase permanently").click()
    expect(page.get_by_role("heading", name="Erasure of a person")).to_be_visible()
    window.shot("erased")
