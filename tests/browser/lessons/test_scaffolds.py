"""The sub-questions of hints: every kind, with and without JavaScript, never stored."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from courses.models import Response
from learner.questions import hints


@pytest.fixture
def steps(every, opened):
    """A question with a scaffold of each kind and all hints open."""

    def run(**options):
        question = every["steps"]
        note = hints.write_note(hints.HintNote(question.code, 8, 0.0))
        seen = opened("steps", **options)
        seen.go(f"/units/{question.unit.code}/?question={question.code}&h={note}")
        return seen

    return run


def rung(page, words):
    return page.locator("#hints li", has_text=words).locator("form.scaffold")


def answer_right(page):
    """Answer each of the seven in turn; the page keeps its scroll position."""
    yield rung(page, "How long is one?"), lambda form: form.get_by_label("30 cm").check()
    yield rung(page, "Which are true?"), several
    yield rung(page, "How many metres"), lambda form: form.get_by_label("Your answer").fill("30 cm")
    yield rung(page, "What do you do"), lambda form: form.get_by_label("Your answer").fill("Add up")
    yield rung(page, "In which order"), in_order
    yield rung(page, "What is what?"), matched
    yield rung(page, "Three times thirty"), lambda form: form.get_by_label("Gap 1").fill("90")


def unanswered(page):
    return page.locator("form.scaffold").get_by_role("button", name="Check", exact=True)


def several(form):
    form.get_by_label("there are three").check()
    form.get_by_label("they lie in a row").check()


def in_order(form):
    for row in ("x", "y", "z"):
        mover = form.locator(f"[data-row]:has(select[name=given-{row}]) [data-move='1']")
        if mover.is_visible():
            for _ in range(2):
                mover.press("Enter")
        else:
            form.locator(f"select[name=given-{row}]").select_option(str("xyz".index(row) + 1))


def matched(form):
    form.get_by_label("3", exact=True).select_option("how many")
    form.get_by_label("30", exact=True).select_option("the length")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_scaffold_of_every_kind_is_answered_and_stays_answered(steps, in_database, scripts):
    seen = steps(scripts=scripts)
    page = seen.page
    expect(page.locator("form.scaffold")).to_have_count(7)
    for done, (form, reply) in enumerate(answer_right(page), 1):
        reply(form)
        form.get_by_role("button", name="Check", exact=True).click()
        expect(unanswered(page)).to_have_count(7 - done)
        expect(form.locator(".end").first).to_contain_text("Correct")
    page.reload()
    expect(unanswered(page)).to_have_count(0)
    assert in_database(Response.objects.count) == 0


def test_a_wrong_or_unreadable_reply_says_so_next_to_it(steps, in_database):
    page = steps().page
    form = rung(page, "How long is one?")
    form.get_by_label("3 cm", exact=True).check()
    form.get_by_role("button", name="Check", exact=True).click()
    expect(form.locator(".opt.tried")).to_contain_text("Not this one")
    form = rung(page, "How many metres")
    form.get_by_label("Your answer").fill("0.3")
    form.get_by_role("button", name="Check", exact=True).click()
    expect(form.locator(".fb")).to_contain_text("Enter the unit too, such as m.")
    expect(form.get_by_label("Your answer")).to_have_value("0.3")
    expect(page.locator("#question .fb")).to_have_count(0)
    assert in_database(Response.objects.count) == 0


def test_open_scaffolds_pass_axe_on_a_narrow_dark_screen(steps):
    seen = steps(width=360, dark=True)
    assert seen.violations() == []
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not seen.page.evaluate(sideways)
    seen.shot("kind-scaffolds-360-dark")
