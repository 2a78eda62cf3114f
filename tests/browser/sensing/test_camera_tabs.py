"""Three tabs of one Learner: one has the camera, the others say so and can take over."""

from __future__ import annotations

from tests.browser.conftest import Visit
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import CLOSED, SPY

answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
allow, lesson, site, wire = (
    fake_camera.allow,
    fake_camera.lesson,
    fake_camera.site,
    fake_camera.wire,
)

UNITS = ("video-03", "video-02")
FACE = "state?.streams.face?.state"
HAS_IT = "state?.streams.face?.rows > 0"


def another_tab(first: Visit, unit: str) -> Visit:
    page = first.page.context.new_page()
    page.set_default_timeout(15_000)
    page.add_init_script(SPY)
    seen = Visit(page, first.site, first.complaints)
    seen.unit(unit)
    return seen


def test_one_tab_has_the_camera_and_the_next_takes_over_when_it_goes(lesson, allow):
    allow("face:adapt")
    first, _ = lesson()
    first.until(HAS_IT, 60)
    others = [another_tab(first, unit) for unit in UNITS]
    for seen in others:
        seen.until(f"{FACE} === 'other_tab'")
        assert seen.page.evaluate("tracks.length") == 0
    words = others[0].page.locator("[data-lamp-quality]")
    assert words.inner_text() == "the camera is used in another tab of Attune"
    first.page.close()
    others[0].until(HAS_IT, 60)
    assert others[1].page.evaluate(FACE) == "other_tab"
    assert others[1].page.evaluate("tracks.length") == 0
    # A hidden tab counts as closed.
    others[0].page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    others[0].until(CLOSED, 1)
    others[1].until(HAS_IT, 60)
