"""The choice of questions in the browser: the Teacher's target, the usual level, a review."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from adaptation import answer_question
from adaptation.models import Choice, Intervention
from adaptation.next_question.target_success_rate import get_band
from courses.models import Question
from tests.browser.conftest import LOOKS
from tests.fixtures.difficulty_shifts import adjust

QUIZ = "quiz-04"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def answered_right(learner, question, now):
    """Store the correct reply, whatever the kind, as the page does."""
    right = [choice["id"] for choice in question.choices if choice["correct"]]
    given = question.answer or (right if question.kind == "multiple" else right[0])
    answer_question.answer(
        learner, question, given, sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
        now=now, rng=random.Random(0),
    )  # fmt: skip


def with_an_easier_sibling(unit):
    return unit.questions.filter(position__isnull=False, variants__relation="easier").first()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_keep_my_level_asks_the_usual_question_and_can_be_undone(
    visit, site, in_database, width, dark
):
    unit, mia = site.units[QUIZ], site.people["mia"]

    def begin():
        place = with_an_easier_sibling(unit)
        easier = place.variants.get(relation="easier")
        others = unit.questions.filter(position__isnull=False).exclude(pk=place.pk)
        now = datetime.now(UTC)
        for other in others:
            answered_right(mia, other, now - timedelta(hours=1))
        Question.objects.filter(pk=place.pk).update(difficulty=5)
        Question.objects.filter(pk=easier.pk).update(difficulty=4)
        return place, easier, adjust(mia, place, "R15", now)

    place, easier, _ = in_database(begin)
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.unit(QUIZ)
    expect(page).to_have_url(re.compile(str(easier.code)))
    level = page.get_by_role("region", name="Difficulty of this question")
    expect(level).to_contain_text("are a little easier")
    expect(page.locator("#why-this")).to_contain_text("about 17 in 20 times")
    assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
    seen.shot(f"level-{width}-{'dark' if dark else 'light'}")

    level.get_by_role("button", name="Keep my usual level").press("Enter")
    expect(page).to_have_url(re.compile(str(place.code)))
    expect(level).to_contain_text("You keep your usual level.")
    assert in_database(lambda: Intervention.objects.get().outcome) == "withdrawn"

    level.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(str(easier.code)))
    expect(level.get_by_role("button", name="Keep my usual level")).to_be_visible()
    assert in_database(lambda: Intervention.objects.get().outcome) == "shown"


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_teacher_sets_the_level_and_a_learner_reads_it(visit, site, in_database, width, dark):
    seen = visit(width=width, dark=dark).sign_in("ines")
    page = seen.go(f"/teach/{site.course.slug}/rules/")
    page.get_by_role("link", name="Difficulty", exact=True).click()
    field = page.get_by_label("Target: correct answers in 100")
    expect(field).to_have_value("75")
    assert seen.violations() == []
    assert page.evaluate(SIDEWAYS) <= 0
    field.fill("60")
    field.press("Enter")
    expect(field).to_have_value("60")
    seen.shot(f"teach-level-{width}-{'dark' if dark else 'light'}")
    assert in_database(lambda: get_band(site.course).target) == 0.6

    learner = visit(width=width, dark=dark).sign_in("mia")
    page = learner.unit(QUIZ)
    expect(page.locator("#why-this")).to_contain_text("right about 3 in 5 times")
    learner.shot(f"why-{width}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_review_says_what_is_due_and_asks_it(visit, site, in_database, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.go(f"/courses/{site.course.slug}/review/")
    expect(page.get_by_role("heading", name="Nothing to review today")).to_be_visible()
    assert seen.violations() == []

    def nine_days_ago():
        place = site.units[QUIZ].questions.get(position=1)
        answered_right(site.people["mia"], place, datetime.now(UTC) - timedelta(days=9))

    in_database(nine_days_ago)
    page = seen.go(f"/courses/{site.course.slug}/")
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_text("You last got this right 9 days ago.").first).to_be_visible()
    assert seen.violations() == []
    assert page.evaluate(SIDEWAYS) <= 0
    seen.shot(f"review-{width}-{'dark' if dark else 'light'}")
    page.get_by_role("button", name="Try a question").first.click()
    expect(page.locator("#why-this")).to_contain_text("right 9 days ago")
    assert in_database(lambda: Choice.objects.latest("chosen_at").purpose) == "review"
    page.get_by_role("link", name="Back to your review").click()
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
