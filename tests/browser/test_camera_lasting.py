"""A minute of sensing leaves the page's main thread to the person."""

from __future__ import annotations

import pytest

from tests.browser import camera
from tests.browser.camera import CAMERA
from tests.browser.test_camera import LONGEST_TASK_MS, looked

answer, browser, clip = camera.answer, camera.browser, camera.clip
allow, lesson, site, wire = camera.allow, camera.lesson, camera.site, camera.wire


@pytest.mark.long
def test_no_task_of_a_minute_of_sensing_is_long(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    costs = camera.tasks_ms(seen.page, 60)
    fps, faces = looked(seen.page)
    print(f"{fps:.1f} pictures/s, one face in {faces:.3f} of them")
    assert len(costs) > 1000
    assert max(costs) <= LONGEST_TASK_MS
    assert faces >= 0.9
