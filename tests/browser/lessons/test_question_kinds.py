"""Every kind of question on its page: by keyboard, without scripts, correct, wrong, unreadable."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from courses.answers.responses import unseal_reply
from courses.attempt_questions import OPEN_KINDS
from courses.models import Response
from courses.question_types.registry import QUESTION_TYPES
from tests.browser.conftest import LOOKS
from tests.fixtures.browser.question_kinds import rows_of, sort_rows


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_kind_passes_axe_and_fits_the_screen(opened, every, width, dark):
    seen = opened("several", width=width, dark=dark)
    asked = {ref: row for ref, row in every.items() if row.unit.ref == "every"}
    assert {row.kind for row in asked.values()} == set(QUESTION_TYPES) - set(OPEN_KINDS)
    for ref, question in asked.items():
        page = seen.go(f"/units/{question.unit.code}/?question={question.code}")
        assert seen.violations() == [], ref
        sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(sideways), ref
        seen.shot(f"kind-{ref}-{width}-{'dark' if dark else 'light'}")


def check(page):
    page.get_by_role("button", name="Check answer").click()


def kept(in_database):
    def rows():
        latest = Response.objects.select_related("learner").order_by("answered_at")
        return [(unseal_reply(row), row.correct) for row in latest]

    return in_database(rows)


def test_rows_are_put_in_order_by_keyboard(opened, in_database):
    page, right = opened("ordered").page, ["s1", "s2", "s3", "s4"]
    sort_rows(page, right)
    expect(page.locator("[data-row] :focus")).to_have_count(1)
    page.locator("[data-row] [data-move='1']").first.press("Enter")
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("2 of 4 parts are correct.")
    assert rows_of(page) == ["s2", "s1", "s3", "s4"]
    page.locator("[data-row] [data-move='1']").first.press("Enter")
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert kept(in_database) == [(["s2", "s1", "s3", "s4"], False), (right, True)]


def test_without_scripts_rows_are_ordered_by_numbers(opened, in_database):
    seen = opened("ordered", scripts=False)
    page = seen.page
    for number, row in enumerate(("s1", "s2", "s3", "s4"), 1):
        page.locator(f"select[name=given-{row}]").select_option(str(min(number, 3)))
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("Give each row a different number.")
    expect(page.locator("select[name=given-s2]")).to_have_value("2")
    page.locator("select[name=given-s4]").select_option("4")
    seen.complaints.clear()
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert kept(in_database) == [(["s1", "s2", "s3", "s4"], True)]


def test_pairs_are_matched_and_a_missing_one_keeps_the_others(opened, in_database):
    seen = opened("matched")
    page = seen.page
    page.get_by_label("1 km").select_option("1000 m")
    page.get_by_label("1 cm").select_option("0.001 m")
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("Select what belongs to each row.")
    expect(page.get_by_label("1 km")).to_have_value("p1")
    page.get_by_label("1 mm").select_option("0.01 m")
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("1 of 3 parts is correct.")
    expect(page.locator(".tried li")).to_have_text("1 km: 1000 m; 1 cm: 0.001 m; 1 mm: 0.01 m")
    page.get_by_label("1 cm").select_option("0.01 m")
    page.get_by_label("1 mm").select_option("0.001 m")
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_focused()
    assert [right for _, right in kept(in_database)] == [False, True]
    handled(seen)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_gaps_are_filled_in_their_sentence(opened, in_database, scripts):
    seen = opened("gapped", scripts=scripts)
    page = seen.page
    page.get_by_label("Gap 1 of 3").fill("100")
    page.get_by_label("Gap 2 of 3").select_option("shorter")
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("Fill in each gap.")
    expect(page.get_by_label("Gap 1 of 3")).to_have_value("100")
    page.get_by_label("Gap 3 of 3").fill("nobody")
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("2 of 3 parts are correct.")
    page.get_by_label("Gap 3 of 3").fill("  THE  surveyors. ")
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert [right for _, right in kept(in_database)] == [False, True]
    handled(seen)


def test_a_numeric_question_names_its_units_and_requires_one(opened, in_database):
    seen = opened("number")
    page = seen.page
    field = page.get_by_label("Your answer")
    expect(field).to_have_accessible_description(
        "A number and its unit, such as 3.2 km. Units: km, m."
    )
    for typed, said in (
        ("3.2", "Enter the unit too, such as km."),
        ("3.2 miles", "Use one of these units: km, m."),
        ("32 km", "A kilometre is"),
    ):
        field.fill(typed)
        check(page)
        expect(page.locator("#question .fb")).to_contain_text(said)
        expect(field).to_have_value(typed)
    field.fill("3200 m")
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert kept(in_database) == [("32 km", False), ("3200 m", True)]
    handled(seen)


def handled(seen):
    """Ignore the browser's report of a 422 as a failed load; the page handles it."""
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
