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
    fields = row(page, number).locator(".of-rect input")
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


def choose_shape(page, number, shape):
    row(page, number).locator("[name$='-shape']").select_option(shape)


def at(page, x, y):
    """Return the place on the screen of a place in percent of the picture."""
    picture = page.locator("#preview [data-picture]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    return box["x"] + x / 100 * box["width"], box["y"] + y / 100 * box["height"]


def values(page, number, *names):
    return [row(page, number).locator(f"[name$='-{name}']").input_value() for name in names]


def test_a_circle_is_drawn_from_its_center_and_is_round(site, visit, half):  # noqa: F811
    seen = visit().sign_in("ines")
    page = seen.page
    begin(seen, site, half)
    choose_shape(page, 0, "ellipse")
    expect(row(page, 0).locator("[name$='-left']")).to_be_hidden()
    row(page, 0).get_by_role("button", name="Draw").click()
    page.mouse.move(*at(page, 25, 50))
    page.mouse.down()
    page.mouse.move(*at(page, 30, 50), steps=4)
    page.mouse.up()
    expect(page.locator("#preview ellipse:not(.halo)")).to_have_count(1)
    x, y, across, down = values(page, 0, "x", "y", "across", "down")
    assert (x, y) == ("25", "50")
    width, height = page.locator("#preview [data-picture] img").evaluate(
        "image => [image.naturalWidth, image.naturalHeight]"
    )
    assert float(across) == pytest.approx(5, abs=0.3)
    assert float(across) * width == pytest.approx(float(down) * height, abs=0.1)
    assert (float(across) * width / 100) % 1 == pytest.approx(0, abs=0.001)
    page.keyboard.press("Control+z")
    assert values(page, 0, "across", "down")[1] == ""
    assert seen.violations() == []


@pytest.mark.parametrize("way", [Mouse, Keyboard])
def test_a_polygon_gets_corner_after_corner(site, visit, half, in_database, way):  # noqa: F811
    seen = visit().sign_in("ines")
    page, hand = seen.page, way(seen.page)
    begin(seen, site, half)
    corners = [(10, 10), (40, 20), (20, 90)]
    hand.write(row(page, 0).locator("[name$='-text']"), "The tip")
    if way is Mouse:
        choose_shape(page, 0, "polygon")
        row(page, 0).get_by_role("button", name="Draw").click()
        for corner in [*corners, (90, 90)]:
            page.mouse.click(*at(page, *corner))
        page.keyboard.press("Control+z")
    else:
        hand.reach(row(page, 0).locator("[name$='-shape']"))
        page.keyboard.press("End")
        points = row(page, 0).locator("[name$='-points']")
        hand.write(points, "\n".join(f"{x} {y}" for x, y in corners))
    expect(page.locator("#preview polygon:not(.halo)")).to_have_attribute(
        "points", " ".join(f"{x},{y}" for x, y in corners)
    )
    assert values(page, 0, "points") == ["\n".join(f"{x} {y}" for x, y in corners)]
    row(page, 0).get_by_role("checkbox").check()
    hand.write(row(page, 1).locator("[name$='-text']"), "The right")
    choose_shape(page, 1, "ellipse")
    for name, number in (("x", "70"), ("y", "50"), ("across", "10.5"), ("down", "40")):
        hand.write(row(page, 1).locator(f"[name$='-{name}']"), number)
    expect(page.locator("#preview ellipse:not(.halo)")).to_have_count(1)
    assert seen.violations() == []
    seen.shot(f"hotspot-shapes-{way.__name__.lower()}")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    expect(page.locator("#preview polygon:not(.halo)")).to_have_count(1)
    assert values(page, 1, "x", "y", "across", "down") == ["70", "50", "10.5", "40"]

    def areas():
        from authoring.versions import drafts
        from courses.models import Course

        package = drafts.working_copy_of(Course.objects.get(slug=site.course.slug)).package
        asked = [row for unit in package["units"] for row in unit.get("questions", ())]
        return [one["area"] for one in asked[-1]["choices"] if asked[-1]["type"] == "hotspot"]

    assert in_database(areas) == [
        {"points": [list(corner) for corner in corners]},
        {"center": [70, 50], "radii": [10.5, 40]},
    ]


def test_a_polygon_that_crosses_itself_is_refused(site, visit, half):  # noqa: F811
    seen = visit().sign_in("ines")
    page = seen.page
    begin(seen, site, half)
    for number, points in enumerate(("10 10\n40 90\n40 10\n10 90", "60 10\n90 10\n90 x")):
        row(page, number).locator("[name$='-text']").fill(f"Part {number}")
        choose_shape(page, number, "polygon")
        row(page, number).locator("[name$='-points']").fill(points)
    row(page, 0).get_by_role("checkbox").check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#choices-1-points-why")).to_contain_text("90 x")
    row(page, 1).locator("[name$='-points']").fill("60 10\n90 10\n90 90")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#choices-why")).to_contain_text("edges of a polygon cross")
    seen.complaints.clear()


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
