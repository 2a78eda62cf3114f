"""A course of three sections and eight units built by mouse, and again by keyboard alone."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.browser.hands import Keyboard, Mouse, grip_of, row_of

SECTIONS = {
    "Fractions": [("Reading", "Halves"), ("Video", "Watch halves"), ("Quiz", "Check halves")],
    "Decimals": [("Reading", "Tenths"), ("Quiz", "Check tenths"), ("Reading", "Hundredths")],
    "Percent": [("Reading", "Of a hundred"), ("Quiz", "Last quiz")],
}


@pytest.fixture
def empty(site):
    """A new course of ines without any unit."""
    from tests.fixtures import factories

    course = factories.make_course("fresh", title="Parts of a whole")
    factories.make_enrolment(site.people["ines"], course, role="teacher")
    return "/author/courses/fresh/"


@pytest.fixture
def clock(request, record_testsuite_property):
    """Measure the seconds of the test; the XML report of the tests has them."""
    began = time.monotonic()
    yield
    seconds = round(time.monotonic() - began, 1)
    record_testsuite_property(f"seconds of {request.node.name}", seconds)


def outline(page):
    titles = "(found) => found.map(each => each.dataset.title)"
    return {
        section.get_attribute("data-title"): section.locator(".unit").evaluate_all(titles)
        for section in page.locator(".sect").all()
    }


def build(hand, page):
    for title, units in SECTIONS.items():
        hand.write(page.get_by_label("Section name"), title)
        hand.press(page.get_by_role("button", name="Add section"))
        section = row_of(page, title)
        expect(section).to_be_visible()
        hand.press(section.locator(".addunit > summary"))
        for kind, name in units:
            hand.choose(section.get_by_role("radio", name=kind, exact=True))
            hand.write(section.locator(".addunit input[name=title]"), name)
            hand.press(section.get_by_role("button", name="Add", exact=True))
            expect(row_of(page, name)).to_be_visible()


@pytest.mark.parametrize("way", [Mouse, Keyboard])
def test_three_sections_of_eight_units_are_built_and_put_in_order(site, empty, visit, clock, way):
    seen = visit().sign_in("ines")
    page, hand = seen.page, way(seen.page)
    seen.go(empty)
    assert seen.violations() == []

    build(hand, page)
    built = {title: [name for _, name in units] for title, units in SECTIONS.items()}
    assert outline(page) == built
    hand.move_unit("Last quiz", before="Check tenths")
    moved = {
        **built,
        "Decimals": ["Tenths", "Last quiz", "Check tenths", "Hundredths"],
        "Percent": ["Of a hundred"],
    }
    expect(page.locator("#done")).to_contain_text("Moved")
    assert outline(page) == moved
    expect(grip_of(page, "Last quiz")).to_be_focused()
    page.reload()
    assert outline(page) == moved
    hand.press(row_of(page, "Percent").locator(".sect-h summary"))
    hand.press(page.get_by_role("button", name="Delete section with its units"))
    expect(row_of(page, "Percent")).to_have_count(0)
    hand.press(page.locator("[data-undo]"))
    expect(row_of(page, "Percent")).to_be_visible()
    assert outline(page) == moved
    assert seen.violations() == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_outline_fits_with_a_menu_and_a_form_open(site, visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    seen.shot(f"outline-{width}")
    page.locator(".addunit summary").first.click()
    page.locator(".unit summary").first.click()
    seen.shot(f"outline-menu-{width}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []


def test_escape_puts_a_lifted_unit_back(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    before = outline(page)
    grip = page.locator(".unit .grip").first
    grip.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert outline(page) != before
    page.keyboard.press("Escape")
    assert outline(page) == before
    expect(grip).to_be_focused()
    expect(page.locator("#done")).to_have_count(0)


def test_a_move_that_is_not_saved_goes_back_and_says_so(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    before = outline(page)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/author/courses/**", hold, times=1)
    grip = page.locator(".unit .grip").first
    grip.focus()
    for key in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert outline(page) != before

    page.keyboard.press("Space")
    expect(page.locator("[data-announce]")).to_have_text("Wait until the last move is saved.")
    expect(page.locator(".lift")).to_have_count(0)

    held[0].abort("internetdisconnected")
    expect(page.get_by_role("alert")).to_contain_text("You are offline.")
    assert outline(page) == before
    expect(grip).to_be_focused()
    seen.shot("outline-not-saved")
    seen.complaints[:] = [text for text in seen.complaints if "DISCONNECTED" not in text]
    for key in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.locator("#done")).to_contain_text("Moved")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_sections_fold_and_stay_folded_until_a_unit_is_moved_into_one(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    first, second = page.locator(".sect").nth(0), page.locator(".sect").nth(1)
    title = first.locator(".unit").last.get_attribute("data-title")
    toggle = second.get_by_role("button", name="Units of")
    toggle.focus()
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(second.locator(".unit").first).to_be_hidden()
    expect(first.locator(".unit").first).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(second.locator(".unit").first).to_be_hidden()
    assert seen.violations() == []

    grip_of(page, title).focus()
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(grip_of(page, title)).to_be_focused()
    page.keyboard.press("Space")
    expect(second.locator(".unit").first).to_have_attribute("data-title", title)
    expect(grip_of(page, title)).to_be_focused()

    page.get_by_role("button", name="Collapse all").click()
    expect(page.locator(".unit:visible")).to_have_count(0)
    page.get_by_role("button", name="Expand all").click()
    expect(page.locator(".unit:visible")).to_have_count(12)


def test_without_scripts_a_section_is_added_and_a_unit_moved_into_it(site, visit):
    seen = visit(scripts=False).sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    page.get_by_label("Section name").fill("Later")
    page.get_by_role("button", name="Add section").click()
    row = page.locator(".unit").first
    title = row.get_attribute("data-title")
    row.locator("summary").click()
    row.get_by_label("Move to section").select_option(label="5. Later")
    row.get_by_role("button", name="Move", exact=True).click()
    expect(row_of(page, "Later").locator(".unit")).to_have_attribute("data-title", title)
    page.locator("[data-undo]").click()
    expect(row_of(page, "Later").locator(".unit")).to_have_count(0)


def new_question(site, kind):
    quiz = site.units["quiz-04"].code
    return f"/author/courses/{site.course.slug}/questions/new/?unit={quiz}&kind={kind}"


def test_the_preview_of_a_question_follows_what_is_typed(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(new_question(site, "single"))
    preview = page.locator("#preview")
    expect(preview).to_contain_text("It appears here")
    page.get_by_label("Question. Put maths").press_sequentially("Solve $x^2 = 4$.")
    expect(preview.locator("math")).to_be_visible()
    page.locator("#choices-0-text").press_sequentially("$x = 2$")
    expect(preview.get_by_role("radio")).to_have_count(1)
    page.locator("#choices-1-text").press_sequentially("No")
    expect(preview.get_by_role("radio")).to_have_count(2)
    expect(page.locator("#choices-1-text")).to_be_focused()
    expect(page.locator("#choices-1-text")).to_have_value("No")
    seen.shot("question-preview-1280")
    assert seen.violations() == []
    page.set_viewport_size({"width": 360, "height": 900})
    seen.shot("question-preview-360")
    assert page.evaluate(SIDEWAYS) <= 0


def test_the_preview_of_a_reading_follows_what_is_typed(site, visit):
    seen = visit(dark=True).sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/units/{site.units['reading-04'].code}/")
    text = page.get_by_label("Text, in Markdown")
    text.fill("")
    text.press_sequentially("Some **bold** words and $y^2$.")
    expect(page.locator("#preview strong")).to_have_count(1)
    expect(page.locator("#preview math")).to_be_visible()
    seen.shot("reading-preview-dark-1280")


@pytest.fixture
def half(tmp_path):
    """A picture, half of it green."""
    from PIL import Image

    image = Image.new("RGB", (480, 80), "white")
    image.paste("green", (0, 0, 240, 80))
    image.save(tmp_path / "half.png")
    return tmp_path / "half.png"


# Script: paste or drop the file of the panel onto the text, as the system would.
CARRY = """(text, [kind, file]) => {
    const carried = new DataTransfer();
    carried.items.add(document.querySelector(file).files[0]);
    document.querySelector(file).value = '';
    const made = kind === 'paste'
        ? new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true})
        : new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true});
    text.dispatchEvent(made);
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_carried_into_the_text_described_and_shown(site, visit, half, kind):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/units/{site.units['reading-04'].code}/")
    text = page.locator("#body")
    text.fill("BeforeAfter")
    for _ in "After":
        page.keyboard.press("ArrowLeft")
    page.set_input_files("#picture-file", half)
    text.evaluate(CARRY, [kind, "#picture-file"])
    expect(page.locator("#picture_words")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#picture_words-why")).to_contain_text("Describe in words")
    expect(page.locator("#picture_words")).to_be_focused()
    assert seen.violations() == []
    seen.complaints.clear()
    page.keyboard.type("Half a bar")
    page.keyboard.press("Enter")
    expect(text).to_be_focused()
    expect(text).to_have_value(
        re.compile(r"^Before\n\n!\[Half a bar\]\(half-[0-9a-f]{12}\.png\)\n\nAfter$")
    )
    expect(page.locator("#preview img")).to_have_js_property("naturalWidth", 480)
    page.keyboard.press("Control+z")
    expect(text).to_have_value("BeforeAfter")


def test_without_scripts_a_picture_is_added_at_the_end_of_the_unsaved_text(site, visit, half):
    seen = visit(scripts=False).sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/units/{site.units['reading-04'].code}/")
    page.locator("#body").fill("Unsaved")
    page.get_by_text("Add a picture", exact=True).click()
    page.set_input_files("#picture-file", half)
    page.locator("#picture_words").fill("Half a bar")
    page.get_by_role("button", name="Insert picture").click()
    expect(page.locator("#body")).to_have_value(re.compile(r"^Unsaved\n\n!\[Half a bar\]"))
    expect(page.locator("#picture")).to_contain_text("Save the draft to keep it")
    expect(page.locator("#preview img")).to_be_visible()


def test_marks_are_written_by_button_and_by_key_and_taken_back(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/units/{site.units['reading-04'].code}/")
    text = page.get_by_label("Text, in Markdown")
    text.fill("Halves")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Bold").click()
    expect(text).to_have_value("**Halves**")
    page.keyboard.press("Control+i")
    expect(text).to_have_value("***Halves***")
    expect(page.locator("#preview strong")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(text).to_have_value("**Halves**")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Table")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#preview table")).to_have_count(1)
    assert seen.violations() == []
    page.set_viewport_size({"width": 360, "height": 900})
    seen.shot("reading-marks-360")
    assert page.evaluate(SIDEWAYS) <= 0


def test_a_question_is_found_in_the_course_and_opened_by_keyboard(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    page.get_by_label("Search this course").focus()
    page.keyboard.type("slope")
    page.keyboard.press("Enter")
    found = page.locator(".found a").filter(has_text="slope").last
    expect(found).to_be_visible()
    seen.shot("outline-search-1280")
    assert seen.violations() == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate(SIDEWAYS) <= 0
    found.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_be_visible()
