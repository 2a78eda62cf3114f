"""The areas of a hotspot question: drawn on the preview, or typed, and shown there with numbers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.authoring.test_build_course import half, new_question  # noqa: F401
from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.browser.hands import Keyboard, Mouse

LEFT, RIGHT = (2, 10, 46, 80), (52, 10, 46, 80)


def begin(seen, site, picture):
    """Open a new hotspot question, and put the picture into its text."""
    page = seen.page
    seen.go(new_question(site, "hotspot"))
    page.get_by_label("Question. Put maths").fill("Where is the bar green?")
    page.get_by_text("Add a picture", exact=True).click()
    page.set_input_files("#picture-file", picture)
    page.locator("#picture_words").fill("A bar, one half of it green")
    page.get_by_role("button", name="Insert picture").click()
    expect(page.locator("#preview [data-picture] img")).to_have_js_property("naturalWidth", 480)


def row(page, number):
    return page.locator("#choices .rowform").nth(number)


def numbers(page, number):
    fields = row(page, number).locator("input[inputmode=decimal]")
    return fields.evaluate_all("(all) => all.map(one => one.value)")


def drawn(page):
    return page.locator("#preview rect:not(.halo)")


@pytest.mark.parametrize("way", [Mouse, Keyboard])
def test_areas_are_marked_shown_and_saved(site, visit, half, in_database, way):  # noqa: F811
    seen = visit().sign_in("ines")
    page, hand = seen.page, way(seen.page)
    begin(seen, site, half)
    for number, (name, area) in enumerate({"The left": LEFT, "The right": RIGHT}.items()):
        hand.write(row(page, number).locator("[name$='-text']"), name)
        hand.draw(row(page, number), area)
        expect(drawn(page)).to_have_count(number + 1)
        assert numbers(page, number) == [str(side) for side in area]
    row(page, 0).get_by_role("checkbox").check()
    expect(page.locator("#preview").get_by_role("radio", name="The right")).to_be_visible()
    expect(page.locator("#preview text:not(.halo)")).to_have_text(["1", "2"])
    assert seen.violations() == []
    seen.shot(f"hotspot-editor-{way.__name__.lower()}")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    expect(drawn(page)).to_have_count(2)

    def areas():
        from authoring.versions import drafts
        from courses.models import Course

        package = drafts.working_copy_of(Course.objects.get(slug=site.course.slug)).package
        asked = [row for unit in package["units"] for row in unit.get("questions", ())]
        return [one["area"] for one in asked[-1]["choices"] if asked[-1]["type"] == "hotspot"]

    assert in_database(areas) == [list(LEFT), list(RIGHT)]


def test_a_drag_replaces_the_area_and_a_click_leaves_it(site, visit, half):  # noqa: F811
    seen = visit().sign_in("ines")
    page, hand = seen.page, Mouse(seen.page)
    begin(seen, site, half)
    hand.draw(row(page, 0), LEFT)
    page.locator("#preview [data-picture]").click()
    assert numbers(page, 0) == [str(side) for side in LEFT]
    hand.draw(row(page, 0), (10, 20, 30, 40))
    assert numbers(page, 0) == ["10", "20", "30", "40"]
    expect(drawn(page)).to_have_count(1)
    page.get_by_role("button", name="Remove: Area 1").click()
    expect(row(page, 1)).to_have_count(0)
    expect(drawn(page)).to_have_count(0)


def test_areas_that_do_not_fit_are_refused_with_the_reason(site, visit, half):  # noqa: F811
    seen = visit().sign_in("ines")
    page, hand = seen.page, Keyboard(seen.page)
    begin(seen, site, half)
    for number, area in enumerate((LEFT, (40, 10, 46, 80))):
        row(page, number).locator("[name$='-text']").fill(f"Part {number}")
        hand.draw(row(page, number), area)
    row(page, 0).get_by_role("checkbox").check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#choices-why")).to_contain_text("overlaps an incorrect one")
    seen.shot("hotspot-editor-refused")
    assert seen.violations() == []
    seen.complaints.clear()


@pytest.mark.parametrize(("width", "dark"), [*LOOKS, (375, False)])
def test_the_editor_fits_each_screen(site, visit, half, width, dark):  # noqa: F811
    seen = visit(width=width, dark=dark).sign_in("ines")
    begin(seen, site, half)
    hand = Mouse(seen.page)
    hand.draw(row(seen.page, 0), LEFT)
    expect(drawn(seen.page)).to_have_count(1)
    assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
    seen.shot(f"hotspot-editor-{width}-{'dark' if dark else 'light'}")


def test_without_scripts_a_picture_and_numbers_make_a_preview(site, visit, half):  # noqa: F811
    seen = visit(scripts=False).sign_in("ines")
    page = seen.page
    begin(seen, site, half)
    expect(page.get_by_role("button", name="Draw")).to_have_count(0)
    for side, number in zip(("left", "top", "width", "height"), LEFT, strict=True):
        row(page, 0).locator(f"[name$='-{side}']").fill(str(number))
    page.get_by_role("button", name="Show fields for this type").first.click()
    expect(drawn(page)).to_have_count(1)
