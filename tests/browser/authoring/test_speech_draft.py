"""ines has captions drafted from the sound of a film, checks them beside it and accepts them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.speech_programs import write_program

# The demo's films have captions in English and Spanish, so German is free. It writes a line for
# each five seconds with sound in them; a recogniser is not needed to see the pages.
LISTENING = """
import array, sys, wave

with wave.open(sys.argv[1]) as file:
    at = 0
    print("WEBVTT\\n")
    while piece := file.readframes(5 * 16000):
        if max(map(abs, array.array("h", piece))) > 1000:
            start, end = (f"00:{each // 60:02}:{each % 60:02}.000" for each in (at, at + 5))
            print(f"{start} --> {end}")
            print(f"what is said after {at} seconds\\n")
        at += 5
"""


@pytest.fixture
def program(settings, tmp_path):
    settings.SPEECH_PROGRAM = write_program(tmp_path, LISTENING)


@pytest.fixture
def unit(site):
    return site.units["video-01"].code


def work():
    from authoring import tasks

    tasks.draft_captions_due()


def saved_languages(site):
    from authoring.versions import drafts

    files = drafts.working_copy_of(site.course).package["units"][0]["files"]
    return [row["lang"] for row in files["captions"]]


def test_captions_are_drafted_checked_and_accepted(site, program, unit, visit, in_database):
    seen = visit().sign_in("ines")
    page = seen.go(f"/author/courses/{site.course.slug}/units/{unit}/")
    page.get_by_label("Language spoken in the video").select_option("de")
    seen.shot("speech-offered")
    page.get_by_role("button", name="Draft captions").click()
    panel = page.locator("#speech-drafts")
    expect(panel).to_contain_text("Deutsch: waiting to be drafted")
    assert seen.violations() == []
    seen.shot("speech-waiting")
    in_database(work)
    link = page.get_by_role("link", name="Check the draft: Deutsch")
    expect(link).to_be_visible(timeout=20_000)
    expect(panel).to_contain_text("Drafted by a speech model. Check it before you use it.")
    assert seen.violations() == []
    seen.shot("speech-ready")
    link.click()
    check_and_accept(seen, page)
    assert in_database(lambda: saved_languages(site)) == ["en", "es", "de"]


def check_and_accept(seen, page):
    note = page.locator("#speech-note")
    expect(note).to_contain_text("only after you press “Use as captions”")
    cue = page.get_by_label("Cue 2", exact=True)
    expect(cue).to_have_value("what is said after 5 seconds")
    cue.fill("zwei Ausdrücke sind gleich")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cue-1")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Control+Enter")
    assert seen.violations() == []
    seen.shot("speech-draft")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#done")).to_contain_text("Changes to the drafted captions saved")
    expect(page.get_by_label("Cue 2", exact=True)).to_have_value("zwei Ausdrücke sind gleich")
    page.get_by_role("button", name="Use as captions").click()
    expect(page.locator("#done")).to_contain_text("Captions added to the draft of the course")
    expect(note).to_have_count(0)


def ask_in_german(seen, site, unit):
    page = seen.go(f"/author/courses/{site.course.slug}/units/{unit}/")
    page.get_by_label("Language spoken in the video").select_option("de")
    page.get_by_role("button", name="Draft captions").click()
    return page


def begin():
    from authoring.models import SpeechDraft

    SpeechDraft.objects.update(tries=1, percent=40)


def test_a_draft_that_fails_says_why_until_the_message_is_removed(
    site, program, unit, visit, in_database, settings, tmp_path
):
    settings.SPEECH_PROGRAM = write_program(tmp_path, "raise SystemExit(1)")
    seen = visit().sign_in("ines")
    page = ask_in_german(seen, site, unit)
    panel = page.locator("#speech-drafts")
    in_database(begin)
    expect(panel).to_contain_text("Deutsch: drafting… 40 %", timeout=20_000)
    assert seen.violations() == []
    seen.shot("speech-running")
    in_database(work)
    expect(panel.get_by_role("alert")).to_contain_text("The speech model failed.", timeout=20_000)
    assert seen.violations() == []
    seen.shot("speech-failed")
    page.get_by_role("button", name="Remove this message: Deutsch").click()
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_a_draft_is_removed_in_two_steps(site, program, unit, visit, in_database):
    seen = visit().sign_in("ines")
    page = ask_in_german(seen, site, unit)
    in_database(work)
    page.locator("summary", has_text="Remove").click(timeout=20_000)
    expect(page.locator("#speech-drafts")).to_contain_text("deletes the draft and all changes")
    assert seen.violations() == []
    seen.shot("speech-remove")
    page.get_by_role("button", name="Remove draft").click()
    expect(page.locator("#speech-drafts li")).to_have_count(0)


def test_a_queued_draft_is_cancelled_from_the_keyboard(site, program, unit, visit):
    seen = visit().sign_in("ines")
    page = ask_in_german(seen, site, unit)
    cancel = page.get_by_role("button", name="Cancel the draft in Deutsch")
    cancel.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel the draft in Deutsch")).to_have_count(0)
    assert seen.violations() == []
