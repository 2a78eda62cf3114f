"""An essay in the browser: written, handed in, marked by keyboard with a rubric, and read again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from courses.models import AnswerMark
from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.exams import make_test
from tests.fixtures.open_questions import RUBRIC, add_essay

TEXT = "A fraction is a part of a whole."
COMMENT = "Say also what the two numbers mean."


@pytest.fixture
def site(site):
    """A graded test with one essay, at the end of the course."""
    unit = make_test(course=site.course, questions=0, attempts=2)
    add_essay(unit, rubric=RUBRIC, word_limit=50, prompt_html="What is a fraction?",
              linear="What is a fraction?", explanation_html="", explanation="")  # fmt: skip
    site.units["essay"] = unit
    return site


def look(seen, name):
    """Take pictures, and check that nothing is cut off or inaccessible."""
    seen.shot(f"{name}-{seen.page.viewport_size['width']}")
    assert seen.violations() == []
    assert not seen.page.evaluate(SIDEWAYS)


def write(seen):
    """Write the essay, and hand the test in."""
    page = seen.unit("essay")
    expect(page.get_by_text("Teachers of this course read some of your answers")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Your answer").focus()
    page.keyboard.type(TEXT)
    expect(page.locator("[data-count]")).to_have_text("8 words")
    expect(page.locator("[data-kept]")).to_have_text("Saved.")
    look(seen, "essay-question")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value(TEXT)
    page.get_by_role("link", name="Check your answers and submit").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("1 answer is waiting for marks.")).to_be_visible()
    look(seen, "essay-waiting")


def mark(seen, site):
    """Mark the answer by keyboard alone, from the list of questions."""
    page = seen.go(f"/teach/{site.course.slug}/regrades/{site.units['essay'].code}/")
    page.locator(".turnrow a").first.click()
    page.get_by_label("Give every learner the point").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("cell", name="no grade yet")).to_be_visible()
    look(seen, "marking-regrade")
    page = seen.go(f"/teach/{site.course.slug}/")
    look(seen, "marking-now")
    page.locator("#unmarked").get_by_role("link", name="Marking").click()
    look(seen, "marking-tasks")
    page.locator(".turnrow a").press("Enter")
    look(seen, "marking-answers")
    page.get_by_role("link", name="Mark the next answer").press("Enter")
    expect(page.get_by_text(TEXT)).to_be_visible()
    look(seen, "marking-answer")
    first = page.get_by_label("No thesis (0 of 3 points)")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(COMMENT)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All answers are marked.")).to_be_visible()
    look(seen, "marking-done")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_an_essay_is_written_marked_and_read(visit, site, in_database, width, dark):
    learner = visit(width=width, dark=dark).sign_in("mia")
    teacher = visit(width=width, dark=dark).sign_in("ines")
    write(learner)
    mark(teacher, site)
    assert in_database(lambda: [float(row.share) for row in AnswerMark.objects.all()]) == [1.0]
    page = learner.page
    page.reload()
    expect(page.get_by_role("heading", name="4 of 4 points")).to_be_visible()
    expect(page.get_by_text(COMMENT)).to_be_visible()
    expect(page.get_by_text("Clear thesis")).to_be_visible()
    look(learner, "essay-marked")
