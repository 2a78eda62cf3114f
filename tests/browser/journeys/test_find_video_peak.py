"""Journey 8: ines sees where a video was replayed and opens a question there from the peak.

She cannot select four people, nor everyone except those four.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def watched(site) -> None:
    """24 learners: 17 watched it all, nine of them replayed "Find the pair", six reported being
    stuck.

    Four of them joined this month.
    """
    from estimates.models import Cell, Publication
    from tests.fixtures import class_activity

    now = datetime.now(UTC)
    video = site.units["video-04"]
    early = now - timedelta(days=70)
    site.course.enrolments.update(since=early)
    people = class_activity.class_of(site.course, 24, now=now, since=early)
    site.course.enrolments.filter(user__in=people[20:]).update(since=now)
    class_activity.watch(people[:6], video, at=now, back=(29, 47), times=2, stuck_at=40)
    class_activity.watch(people[6:9], video, at=now, back=(30, 46), times=3)
    class_activity.watch(people[9:17], video, at=now, until=104, back=(80, 84))
    class_activity.watch(people[17:], video, at=now, until=60)
    made = Publication.objects.create(course=site.course, quarter=now, at=now)
    shares = {0: 15, 1: 35, 2: 20}
    for chapter, share in shares.items():
        Cell.objects.create(
            publication=made, unit=video, chapter=chapter, at=now, floor=5, n=10,
            labels=["CONFUSION"], shares=[share], unsure=5,
        )  # fmt: skip
    Cell.objects.create(publication=made, unit=video, chapter=3, at=now, floor=5, n=10, unsure=90)


@pytest.fixture
def story(site, in_database):
    in_database(lambda: watched(site))
    return f"/teach/{site.course.slug}/videos/"


def test_ines_goes_from_the_peak_to_a_question_there(story, visit, site):
    ines = visit().sign_in("ines")
    page = ines.go(story)
    page.get_by_role("link", name="Factoring trinomials").click()
    expect(page.get_by_role("heading", name="Find the pair")).to_be_visible()
    expect(page.get_by_text("9 of 24 people replayed it, 21 times in total.")).to_be_visible()
    expect(page.get_by_text("6 pressed “I\u2019m stuck” in this part.")).to_be_visible()
    expect(page.locator("circle.said")).to_have_count(6)
    expect(page.get_by_text("Estimated confusion: ")).to_be_visible()
    ines.shot("timeline-peak")

    expect(page.get_by_text("cannot be chosen: too few people")).to_be_visible()
    expect(page.locator(".menu-body a[href^='?who']")).to_have_count(0)
    for who in ("from", "before"):
        month = f"{datetime.now(UTC):%Y-%m}"
        page.goto(f"{page.url.split('?')[0]}?who={who}-{month}")
        expect(page.get_by_text("Too few people to show").first).to_be_visible()
        expect(page.locator("svg.chart")).to_have_count(0)
    ines.shot("timeline-too-few")

    page.goto(page.url.split("?")[0])
    page.locator("#said a", has_text="look for two numbers with product 12").click()
    expect(page.locator("#said a[aria-current]")).to_have_count(1)
    ask = page.get_by_role("link", name="Add a question at 0:")
    assert f"unit={site.units['video-04'].code}&t=" in ask.get_attribute("href")


def test_the_chart_is_a_slider_by_five_seconds_and_by_chapter(story, visit, site):
    ines = visit().sign_in("ines")
    page = ines.go(f"{story}{site.units['video-04'].code}/?from=0&to=5")
    slider = page.get_by_role("slider", name="Section of the video")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0:05 to 0:10, Multiplying backwards")
    slider.press("PageUp")
    expect(slider).to_have_attribute("aria-valuetext", "0:28 to 0:48, Find the pair")
    expect(page.locator("#stretch h2")).to_contain_text("0:28–0:48")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] * 135 / 812, "y": 60})
    expect(slider).to_have_attribute("aria-valuetext", "0:00 to 0:05, Multiplying backwards")
    expect(page.locator("#stretch h2")).to_contain_text("0:00–0:05")


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_timeline_passes_axe(story, visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    ines = visit(width=width, dark=dark).sign_in("ines")
    for name, path in (("list", ""), ("one", f"{site.units['video-04'].code}/")):
        page = ines.go(f"{story}{path}")
        for details in page.locator("details:not(.menu)").all():
            details.locator("summary").click()
        ines.shot(f"timeline-{name}-{tail}")
        assert page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert ines.violations() == [], (name, tail)
