"""The hourly sweep of authoring: each part runs, whatever becomes of the others."""

from __future__ import annotations

import pytest

from authoring import tasks
from authoring.films import film_uploads
from authoring.imports import import_requests
from authoring.speech import sound_files
from authoring.versions import previews

SWEEPS = [
    (previews, "clear_old"),
    (import_requests, "clear_expired"),
    (film_uploads, "clear_expired"),
    (sound_files, "clear_left"),
]


@pytest.mark.parametrize("failing", range(len(SWEEPS)))
def test_a_sweep_that_fails_is_logged_and_the_others_run(monkeypatch, caplog, failing):
    swept = []

    def make_sweep(number):
        def sweep(**_):
            swept.append(number)
            if number == failing:
                raise PermissionError("mia/holiday.mp4")

        return sweep

    for number, (module, name) in enumerate(SWEEPS):
        monkeypatch.setattr(module, name, make_sweep(number))
    tasks.clear_up()
    assert swept == [0, 1, 2, 3]
    assert [(each.message, each.why) for each in caplog.records] == [
        ("authoring.clear_up_failed", "PermissionError")
    ]
    assert "holiday" not in caplog.text
