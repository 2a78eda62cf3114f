"""A place on a picture: by click, keys and name, and shown again wherever it is reported."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from courses.answers.responses import unseal_reply
from courses.models import Response
from tests.browser.conftest import LOOKS
from tests.browser.lessons.test_video_questions import film, watched  # noqa: F401

RIM, HUB = (0.05, 0.5), (0.5, 0.5)
NOWHERE = (0.3, 0.5)


def mark(page, place):
    """Click at this share of the width and height of the picture."""
    picture = page.locator("[data-picture]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.click(position={"x": place[0] * box["width"], "y": place[1] * box["height"]})


def mark_at(page):
    """Return where the mark is, in whole percent."""
    circle = page.locator("[data-mark] circle").first
    return [round(float(circle.get_attribute(name).rstrip("%"))) for name in ("cx", "cy")]


def kept(in_database):
    def load():
        return [
            (unseal_reply(row), row.correct) for row in Response.objects.order_by("answered_at")
        ]

    return in_database(load)


def check(page):
    page.get_by_role("button", name="Check answer").click()


def test_a_click_marks_a_place_that_is_still_there_after_a_reload(opened, in_database):
    seen = opened("spotted")
    page = seen.page
    marked = page.get_by_label("The place that you marked on the picture")
    expect(page.locator("[data-mark]")).to_be_hidden()
    expect(marked).to_be_hidden()
    mark(page, NOWHERE)
    expect(page.locator("[data-mark]")).to_be_visible()
    expect(marked).to_be_checked()
    assert mark_at(page) == [30, 50]
    seen.shot("hotspot-marked")
    check(page)
    for again in range(2):
        expect(page.locator("#question .fb")).to_contain_text("Not yet.")
        expect(marked).to_be_checked()
        expect(page.locator("[data-where]")).to_contain_text("outside every area: 30%")
        expect(page.locator("[data-mark]")).to_be_visible()
        assert mark_at(page) == [30, 50]
        if not again:
            page.reload()
    mark(page, RIM)
    expect(page.locator("[data-where]")).to_have_count(0)
    check(page)
    expect(page.locator("#question .fb")).to_contain_text("That is the edge.")
    expect(page.locator(".opt.tried")).to_contain_text("the left edge")
    seen.shot("hotspot-wrong")
    mark(page, HUB)
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    expect(page.locator(".opt.right")).to_contain_text("between the edges")
    expect(page.locator(".spots rect:not(.halo)")).to_have_count(1)
    assert seen.violations() == []
    seen.shot("hotspot-right")
    assert [right for _, right in kept(in_database)] == [False, False, True]


def test_arrow_keys_move_the_mark_and_enter_sets_it(opened, in_database):
    seen = opened("spotted")
    page = seen.page
    picture = page.get_by_role("application", name="Mark a place on the picture")
    picture.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    assert mark_at(page) == [35, 51]
    expect(page.get_by_label("The place that you marked on the picture")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_label("The place that you marked on the picture")).to_be_checked()
    expect(page.locator("[data-announce]")).to_have_text(
        "Marked: 35% from the left, 51% from the top"
    )
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert kept(in_database) == [("45.00,51.00", True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_place_is_selected_by_its_name(opened, in_database, scripts):
    seen = opened("spotted", scripts=scripts)
    page = seen.page
    if scripts:
        mark(page, NOWHERE)
    page.get_by_label("between the edges").check()
    expect(page.locator("[data-mark]")).to_be_hidden()
    check(page)
    expect(page.get_by_role("link", name="Next question")).to_be_visible()
    assert kept(in_database) == [("m", True)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_marked_picture_fits_each_screen(opened, width, dark):
    seen = opened("spotted", width=width, dark=dark)
    mark(seen.page, RIM)
    assert seen.violations() == []
    seen.shot(f"hotspot-{width}-{'dark' if dark else 'light'}")


def test_a_place_is_marked_on_the_card_of_a_video(film, watched, in_database):  # noqa: F811
    def ask_in_video():
        asked = film.course.questions.get(ref="spotted")
        asked.pk, asked.code, asked.ref = None, uuid4(), "film-spot"
        asked.unit, asked.position, asked.time_s = film, None, 4
        asked.save()

    in_database(ask_in_video)
    seen = watched(3, width=375)
    page = seen.page
    page.get_by_role("button", name="Play", exact=True).click()
    card = page.locator("[data-asked]", has=page.locator("[data-picture]"))
    expect(card).to_be_visible(timeout=15_000)
    mark(card, RIM)
    seen.shot("hotspot-video-375")
    check(card)
    expect(card.locator(".fb")).to_contain_text("That is the edge.")
    mark(card, HUB)
    check(card)
    expect(card.get_by_role("link", name="Continue the video")).to_be_visible()
    assert seen.violations() == []
    assert [right for _, right in kept(in_database)] == [False, True]


def test_the_script_loads_only_where_a_place_is_asked_for(opened):
    scripts = "performance.getEntriesByType('resource').map(one => one.name)"
    page = opened("ordered").page
    expect(page.locator("[data-movers]").first).to_be_visible()
    assert not [name for name in page.evaluate(scripts) if "hotspot" in name]
    page = opened("spotted").page
    expect(page.locator("[data-how]")).to_be_visible()
    assert [name for name in page.evaluate(scripts) if "hotspot" in name]
