"""Slide texts of a video: what can be read at the end of each segment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion.semantics import ffmpeg, slide_reader
from emotion.semantics.caption_segments import Material, span
from emotion.semantics.slide_reader import Picture
from emotion.semantics.text_cleaning import clean

# Of the picture that is read: multiples of 32, and letters of a slide stay 12 pixels high.
SIZE = (544, 960)
# A slide is complete shortly before the next one; the last picture may be missing.
BEFORE_END_S = 0.5
# A slide has changed if this many pixels differ by this much of 255; assumed. Compression alone
# changes none by so much, and the smallest digit has more pixels.
CHANGED_PIXELS, CHANGED_BY = 60, 40


class SlideDescriber:
    """Reads the slide of each segment, or repeats the last text if the slide is the same.

    Segments must be requested in order to save the time: only the last picture is remembered.
    """

    kind = "slides"
    source = f"slides/1 {slide_reader.PACKAGE.digests[slide_reader.RECOGNIZER][:12]}"

    def __init__(self) -> None:
        self._last: tuple[Path, Picture, str] | None = None

    def describe(self, video: Material, segment: int) -> str:
        """Return the text on the slide, a line each.

        Raises
        ------
        ffmpeg.BrokenVideo
            If there is no file, or ffmpeg cannot read it.
        UnusableModel
            If the package with the networks is missing, or another.
        """
        if video.file is None:
            raise ffmpeg.BrokenVideo("expected a video file, got captions only")
        picture = ffmpeg.extract_slides(video.file, _choose_times(video, segment), SIZE)[-1]
        if self._last is None or self._last[0] != video.file or is_changed(self._last[1], picture):
            lines = slide_reader.read_text(picture).split("\n")
            self._last = video.file, picture, "\n".join(map(clean, lines))
        return self._last[2]


def is_changed(before: Picture, after: Picture) -> bool:
    """Return whether two pictures (H, W, 3) of slides differ by a character or more."""
    difference = np.abs(before.astype(np.int16) - after).max(axis=2)  # (H, W)
    return int((difference > CHANGED_BY).sum()) >= CHANGED_PIXELS


def _choose_times(video: Material, segment: int) -> list[float]:
    """Return the time of the picture; before the last one, an earlier one in place of none."""
    t0, t1 = span(segment)
    end = min(t1, video.duration_s)
    late = max(t0, end - BEFORE_END_S)
    return [late] if end == t1 else [(t0 + late) / 2, late]
