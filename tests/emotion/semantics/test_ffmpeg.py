"""ffmpeg reads a real video."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest

from emotion.semantics import ffmpeg


def test_pictures_are_from_the_requested_times(video):
    red, blue = ffmpeg.extract_pictures(video, [5.0, 11.0], size=32)
    assert red.shape == (32, 32, 3)
    assert red.reshape(-1, 3).mean(axis=0).argmax() == 0
    assert blue.reshape(-1, 3).mean(axis=0).argmax() == 2


def test_after_the_end_the_last_picture_is_returned(video):
    last, beyond = ffmpeg.extract_pictures(video, [11.0, 500.0], size=32)
    np.testing.assert_array_equal(last, beyond)


def test_the_uniform_form_is_the_paper_s(video, tmp_path):
    made = ffmpeg.normalise(video, tmp_path / "uniform.mp4")
    said = subprocess.run(
        [ffmpeg.find_program(), "-i", str(made)], capture_output=True, check=False, text=True
    ).stderr
    assert re.search(r"1280x720.*25 fps", said)


def test_a_file_that_is_not_a_video_is_named(tmp_path):
    (tmp_path / "broken.mp4").write_text("no video")
    with pytest.raises(ffmpeg.BrokenVideo):
        ffmpeg.normalise(tmp_path / "broken.mp4", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(ffmpeg.BrokenVideo):
        ffmpeg.extract_pictures(tmp_path / "broken.mp4", [0.0])
