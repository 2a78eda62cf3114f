"""Languages in the browser: a Learner's choice of German is kept; pages run right to left."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS, paths


def german(sentence: str) -> str:
    with translation.override("de"):
        return gettext(sentence)


def speaks(seen, tag: str) -> None:
    expect(seen.page.locator("html")).to_have_attribute("lang", tag)


def test_mia_chooses_german_and_home_player_and_quiz_speak_it(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.go("/preferences/")
    speaks(seen, "en")
    page.get_by_label("Display language").select_option("de")
    page.locator("section", has=page.locator("#language")).get_by_role("button").click()
    speaks(seen, "de")
    expect(page.get_by_role("heading", level=1)).to_have_text(german("Preferences"))
    seen.go("/")
    speaks(seen, "de")
    expect(page.get_by_role("link", name=german("All lessons"))).to_be_visible()
    seen.unit("video-04")
    expect(page.get_by_role("button", name=german("Play")).first).to_be_visible()
    expect(page.locator("main h1")).to_have_attribute("lang", "en")
    seen.unit("quiz-04")
    expect(page.get_by_role("button", name=german("Check answer"))).to_be_visible()
    mia = User.objects.filter(pk=site.people["mia"].pk)
    assert in_database(lambda: mia.get().language) == "de"


def test_a_visitor_reads_the_log_in_page_in_german_without_scripts(visit):
    seen = visit(scripts=False)
    page = seen.go("/accounts/login/?next=/journey/")
    page.get_by_role("button", name="Deutsch").click()
    speaks(seen, "de")
    assert page.url.endswith("/accounts/login/?next=/journey/")
    expect(page.get_by_role("heading", level=1)).to_have_text(german("Sign in"))


@pytest.fixture
def from_right(site, strange_languages):
    """Set mia's and ines' pages to right-to-left."""
    for name in ("mia", "ines"):
        site.people[name].language = "ar-xb"
        site.people[name].save(update_fields=["language"])
    return site


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_run_from_right_to_left(from_right, visit, width, dark):
    site, wrong = from_right, []
    staff = {
        "now": f"/teach/{site.course.slug}/",
        "builder": f"/author/courses/{site.course.slug}/",
    }
    for name, places in (("mia", paths(site)), ("ines", staff)):
        seen = visit(width=width, dark=dark).sign_in(name)
        for page, path in places.items():
            seen.go(path)
            speaks(seen, "ar-XB")
            assert seen.page.evaluate("getComputedStyle(document.body).direction") == "rtl"
            seen.shot(f"rtl-{page}-{width}")
            if seen.page.evaluate(SIDEWAYS):
                wrong.append(f"{page}: sideways")
            wrong += [f"{page}: {line}" for line in seen.violations()]
    assert wrong == []


def test_elements_with_their_own_direction_keep_it(from_right, visit):
    seen = visit().sign_in("mia")
    seen.unit("video-04")
    direction = "element => getComputedStyle(element).direction"
    assert seen.page.locator(".transport").evaluate(direction) == "ltr"
    assert seen.page.locator("math").first.evaluate(direction) == "ltr"
    assert seen.page.locator(".bar").evaluate(direction) == "rtl"
