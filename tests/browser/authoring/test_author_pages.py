"""An Author's pages with a draft: no axe violation, no sideways scroll, no complaint, no scripts
needed.

`test_whole_site` covers the other pages.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS


def paths(site):
    base = f"/author/courses/{site.course.slug}/"
    video = site.units["video-04"].code
    return {
        "builder": base,
        "video": f"{base}units/{video}/",
        "question": f"{base}questions/new/?unit={video}&t=40",
        "versions": f"{base}versions/",
        "export": f"{base}export/?report=gift",
    }


def captions(site):
    return f"/author/courses/{site.course.slug}/captions/{site.units['video-04'].code}/en/"


def reading(site):
    return f"/author/courses/{site.course.slug}/units/{site.units['reading-04'].code}/"


@pytest.fixture
def drafted(site):
    """ines has changed the title and removed the last unit."""
    from django.utils import timezone

    from authoring.versions import drafts

    desk = drafts.working_copy_of(site.course)
    whole = desk.package | {"title": "Algebra, again", "units": desk.package["units"][:-1]}
    now, by = timezone.now(), site.people["ines"]
    drafts.save(site.course, whole, stamp=desk.stamp, by=by, now=now)


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_no_page_has_a_violation_wide_or_narrow(site, drafted, visit, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen = visit(width=width, dark=dark).sign_in("ines")
    for name, path in paths(site).items():
        seen.go(path)
        seen.shot(f"author-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)


def test_a_unit_is_moved_removed_and_brought_back_by_keyboard(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    names = page.locator("#units .what a")
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    press(page, page.locator("#units li").nth(0), "Move down")
    expect(names.nth(0)).to_have_text(second)
    expect(page.locator("#done [data-undo]")).to_be_focused()
    press(page, page.locator("#units li").nth(1), "Delete")
    expect(names).to_have_count(11)
    expect(page.locator("#done [data-undo]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(names.nth(1)).to_have_text(first)


def press(page, row, name):
    """Open the menu of a row and choose from it, with the keyboard alone."""
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    row.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_leaving_an_unsaved_text_asks_first(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    seen.go(reading(site))
    page.get_by_label("Text, in Markdown").press_sequentially("More. ")
    page.locator(".crumbs a").first.click()
    page.wait_for_url("**/author/courses/*/")
    assert asked == ["beforeunload"]
    seen.go(reading(site))
    page.get_by_label("Text, in Markdown").press_sequentially("More. ")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    page.locator(".crumbs a").first.click()
    page.wait_for_url("**/author/courses/*/")
    assert asked == ["beforeunload"]


def test_captions_are_written_without_scripts(site, visit, in_database):
    from authoring.editor.units.caption_views import load_track
    from authoring.versions import drafts

    seen = visit(scripts=False).sign_in("ines")
    page = seen.page
    seen.go(captions(site))
    page.get_by_label("Cue 1", exact=True).fill("Said anew.")
    page.get_by_role("button", name="Split: cue 2").click()
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator("#done")).to_contain_text("Draft saved")

    def cues():
        unit = site.units["video-04"]
        found = load_track(drafts.working_copy_of(site.course), unit.code, "en")
        return found.cues, unit.video.captions.get(lang="en").cues

    written, before = in_database(cues)
    assert written[0]["text"] == "Said anew."
    assert len(written) == len(before) + 1
    assert f"{written[1]['text']} {written[2]['text']}" == before[1]["text"]
