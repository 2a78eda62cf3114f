"""A minute of sensing leaves the page's main thread responsive."""

from __future__ import annotations

import pytest

from tests.browser.sensing.test_camera import LONGEST_TASK_MS, looked
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import CAMERA

answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
allow, lesson, site, wire = (
    fake_camera.allow,
    fake_camera.lesson,
    fake_camera.site,
    fake_camera.wire,
)


@pytest.mark.long
def test_no_task_of_a_minute_of_sensing_is_long(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    costs = fake_camera.tasks_ms(seen.page, 60)
    fps, faces = looked(seen.page)
    print(f"{fps:.1f} pictures/s, one face in {faces:.3f} of them")
    assert len(costs) > 1000
    assert max(costs) <= LONGEST_TASK_MS
    assert faces >= 0.9
