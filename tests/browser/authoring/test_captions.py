"""Captions edited beside the video: by mouse, by keyboard and as text."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.pages.test_learner_pages import SIDEWAYS

NOW = "document.querySelector('video').currentTime"


@pytest.fixture
def editor(site, visit):
    seen = visit().sign_in("ines")
    seen.go(f"/author/courses/{site.course.slug}/captions/{site.units['video-04'].code}/en/")
    return seen


def test_a_cue_is_played_by_keyboard_and_marked_while_it_plays(editor):
    page = editor.page
    page.get_by_label("Cue 3", exact=True).focus()
    start = page.locator("[name=cues-2-start]").input_value()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cue-2")).to_have_attribute("aria-current", "true")
    editor.until(f"{NOW} > 1")
    page.keyboard.press("Control+Enter")
    editor.until("document.querySelector('video').paused")
    page.get_by_role("button", name="Start here: cue 3").click()
    expect(page.locator("[name=cues-2-start]")).not_to_have_value(start)
    editor.shot("captions-editor")
    assert editor.violations() == []


def test_a_removed_cue_comes_back_and_the_video_stays_where_it_was(editor):
    page = editor.page
    page.get_by_role("button", name="Play cue 4").click()
    expect(page.locator("#cue-3")).to_have_attribute("aria-current", "true")
    page.evaluate("document.querySelector('video').pause()")
    at = page.evaluate(NOW)
    cues, text = page.locator(".cues > li"), page.get_by_label("Cue 2", exact=True)
    count, before = cues.count(), text.input_value()

    page.get_by_role("button", name="Remove: cue 2").click()
    expect(cues).to_have_count(count - 1)
    expect(page.locator("#undo-cues")).to_be_focused()
    editor.until(f"Math.abs({NOW} - {at}) < 1")
    editor.shot("captions-undo")
    assert editor.violations() == []
    page.keyboard.press("Enter")
    expect(cues).to_have_count(count)
    expect(text).to_have_value(before)


def test_the_text_names_the_line_that_is_wrong_and_is_saved_when_it_is_right(editor):
    page = editor.page
    page.get_by_role("link", name="Edit as text").click()
    box = page.get_by_label("Captions as WebVTT")
    good = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nSaid again.\n"
    box.fill(good.replace("00:00:02.000", "09:00:02.000"))
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#text-why")).to_contain_text("Line 3: the end is after the video")
    # The browser reports the 422 as a failed load; the page handles it.
    editor.complaints[:] = [text for text in editor.complaints if "422" not in text]
    editor.shot("captions-text")
    assert page.evaluate(SIDEWAYS) <= 0
    assert editor.violations() == []
    box.fill(good)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    expect(page.get_by_label("Cue 1", exact=True)).to_have_value("Said again.")
    expect(page.locator(".cues > li")).to_have_count(1)
