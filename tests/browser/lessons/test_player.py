"""The player by keyboard alone: chapters, transcript in two languages, captions.

Also the settings and preferences that stay in the browser.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from django.conf import settings
from playwright.sync_api import expect

from adaptation import answer_question
from estimates.knowledge import mastery

VIDEO = "video-04"
NOW = "document.querySelector('video').currentTime"


def learn(site):
    """Answer one question on the skill of the first chapter correctly."""
    question = site.units[VIDEO].questions.filter(kind="single").order_by("time_s").first()
    right = next(choice["id"] for choice in question.choices if choice["correct"])
    now = datetime.now(UTC)
    answer_question.answer(
        site.people["mia"], question, right, sitting=None, hints_used=0, elapsed_ms=9000,
        draw=None, now=now, rng=Random(1),
    )  # fmt: skip
    mastery.refine_due(now=now)


def test_chapters_show_mastery_and_work_by_keyboard(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO)
    chapters = page.locator(".chapters li")
    expect(chapters.first).to_contain_text("Factor trinomials: not known")
    assert page.locator(".track .tint").count() == 0
    in_database(lambda: learn(site))
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(chapters.first).to_contain_text(re.compile(r"in progress, \d+–\d+%"))
    expect(page.locator(".track .tint").first).to_have_attribute("data-step", re.compile("[1-4]"))
    links = page.locator(".chapters a")
    links.first.focus()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    seen.until(f"Math.abs({NOW} - 88) < 2")
    expect(links.nth(3)).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.querySelector('video').paused")


def test_the_transcript_changes_language_and_works_by_keyboard(visit):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO, "?t=30")
    script = page.locator("[data-script]")
    expect(script).to_have_attribute("lang", "en")
    page.get_by_role("group", name="Language of the transcript").get_by_role(
        "button", name="Español"
    ).press("Enter")
    expect(script).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="Español")).to_be_focused()
    assert abs(page.evaluate(NOW) - 30) < 1
    lines = script.locator("[data-start]")
    expect(lines.first).to_contain_text(re.compile("factor", re.IGNORECASE))
    lines.nth(2).focus()
    page.keyboard.press("End")
    expect(lines.last).to_be_focused()
    page.keyboard.press("Home")
    expect(lines.first).to_be_focused()
    assert script.locator("[data-start][tabindex='0']").count() == 1
    search = page.get_by_role("searchbox")
    search.fill("numeros")
    found = int(page.locator("[data-found]").inner_text().split()[0])
    assert found > 1
    search.press("Enter")
    search.press("Enter")
    expect(page.locator("[data-found]")).to_have_text(f"2 of {found}")
    plain = visit(scripts=False).sign_in("mia")
    plain.unit(VIDEO).get_by_role("button", name="Español").click()
    expect(plain.page.locator("[data-script]")).to_have_attribute("lang", "es")


def test_settings_are_stored_only_in_the_browser(visit):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO, "?t=30")
    sent = []
    page.on("request", lambda asked: sent.append(asked.post_data or ""))
    video = "document.querySelector('video')"
    assert page.evaluate(f"[{video}.paused, {video}.autoplay]") == [True, False]
    page.get_by_role("slider", name="Position").focus()
    names = []
    for _ in range(9):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.ariaLabel"))
        if names[-1] == "Volume":
            page.keyboard.press("ArrowLeft")
        if names[-1] == "Language of the captions":
            page.keyboard.press("ArrowDown")
        if names[-1] == "Captions":
            page.keyboard.press("Space")
    assert {"Sound", "Volume", "Language of the captions", "Captions", "Full screen"} <= set(names)
    expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    page.keyboard.press(">")
    kept = {"captions": "off", "language": "es", "volume": "0.95", "rate": "1.25"}
    # A video reports a new volume in an event of its own, so the last setting may arrive late.
    page.wait_for_function(
        "kept => Object.keys(kept).every(n => localStorage.getItem('attune.' + n) === kept[n])",
        arg=kept,
    )
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    button = page.get_by_role("button", name="Captions", exact=True)
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_label("Language of the captions")).to_have_value("es")
    expect(page.get_by_role("button", name="1.25× speed")).to_be_visible()
    assert page.evaluate("document.querySelector('video').volume") == 0.95
    page.keyboard.press("c")
    page.keyboard.press("k")
    expect(page.locator("[data-cue]")).to_have_attribute("lang", "es")
    expect(page.locator("[data-cue]")).to_be_visible()
    assert not [body for body in sent if re.search("captions|volume|language|1.25", body)]


def test_preferences_count_at_once_and_before_anything_is_painted(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.go("/preferences/")
    page.get_by_label("Dark").check()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_label("Reduce motion").check()
    page.get_by_label("Single-key shortcuts", exact=True).uncheck()
    page.get_by_label("Never interrupt while a video plays").check()
    page.get_by_role("region", name="Suggestions").get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Never interrupt while a video plays")).to_be_checked()

    def stored():
        person = site.people["mia"]
        person.refresh_from_db()
        return person.quiet_videos

    assert in_database(stored)
    page = seen.unit(VIDEO)
    look = "[document.documentElement.dataset.theme, document.documentElement.dataset.motion]"
    assert page.evaluate(look) == ["dark", "less"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 22, 20)"
    fade = "getComputedStyle(document.documentElement).getPropertyValue('--calm')"
    assert page.evaluate(fade).strip() == "0ms"
    page.keyboard.press("k")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('video').paused")
    expect(page.locator("[data-controller='lessons/offer']")).to_have_attribute(
        "data-quiet", "true"
    )


REPORTED = """async () => {
  const { name } = performance.getEntriesByType("resource").find(
    ({ name }) => /\\/telemetry\\/sitting[^/]*\\.js/.test(name));
  const { sitting } = await import(name);
  window.reported = [];
  sitting.learner.event = (name) => window.reported.push(name);
}"""


def add_size(site):
    """Give the video a second size."""
    video = site.units[VIDEO].video
    source = Path(settings.MEDIA_ROOT) / video.file
    shutil.copyfile(source, source.with_name("small.mp4"))
    small = f"{site.course.code}/small.mp4"
    video.renditions = [{"src": small, "width": 854, "height": 480}]
    video.save(update_fields=["renditions"])


def test_another_size_keeps_the_speed_and_place_and_reports_nothing(visit, site, in_database):
    in_database(lambda: add_size(site))
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO, "?t=30")
    seen.until("document.querySelector('video').readyState >= 2")
    page.evaluate(REPORTED)
    page.evaluate("document.querySelector('video').muted = true")
    page.locator("[data-do=rate]").click()
    page.get_by_role("button", name="Play", exact=True).click()
    seen.until(f"{NOW} > 30.5")
    speed = page.evaluate("document.querySelector('video').playbackRate")
    assert speed != 1
    assert page.evaluate("window.reported") == ["rate", "play"]
    before = page.evaluate(NOW)
    page.get_by_label("Picture quality").select_option("480p")
    seen.until("document.querySelector('video').currentSrc.includes('small.mp4')")
    seen.until(f"{NOW} > {before} + 1")
    assert page.evaluate(NOW) < before + 20
    assert page.evaluate("document.querySelector('video').playbackRate") == speed
    assert not page.evaluate("document.querySelector('video').paused")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.reported") == ["rate", "play"]
