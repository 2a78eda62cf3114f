"""Captions edited as the text of a WebVTT file, with errors that name the line."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import write_clock
from authoring.media import captions

Json = dict[str, Any]
ERRORS_SHOWN: Final = 5
# A video may be a little longer than its file says.
BEYOND_S: Final = 1.0
# Two clocks with fractions of a second, whatever was typed between them.
_CLOCKS: Final = re.compile(r"\d:\d\d[.,]\d+\D+(?:\d+:)+\d\d[.,]\d")


class CaptionTextError(Exception):
    """What is wrong in the text, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems[:ERRORS_SHOWN]))


def read_text(text: str, length: float) -> list[Json]:
    """Return the cues, which are in order and within the video; else raise CaptionTextError.

    Only the header alone means no cues. `length` 0 means that the video has no file yet.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[0].lstrip("\ufeff").startswith("WEBVTT"):
        raise CaptionTextError([_("Line 1: begin the text with WEBVTT.")])
    text = "\n".join(lines)
    arrows = [(at, captions.find_times(line)) for at, line in enumerate(lines) if _has_times(line)]
    cues = _read_cues(text)
    if not arrows and any(line.strip() for line in lines[1:]):
        raise CaptionTextError([_("There are no cues. Begin each one with a line of its times.")])
    if problems := _find_problems(arrows, cues, length):
        raise CaptionTextError(problems)
    return cues


def _has_times(line: str) -> bool:
    """Return whether a line is meant as one of times."""
    return "-->" in line or bool(_CLOCKS.search(line) or captions.find_times(line))


def _read_cues(text: str) -> list[Json]:
    try:
        return captions.read_captions(text)
    except ValueError:
        return []


def _find_problems(
    arrows: list[tuple[int, tuple[float, float] | None]], cues: list[Json], length: float
) -> list[str]:
    """Return what is wrong at the lines of times, in their order."""
    spoken = Counter((cue["start"], cue["end"]) for cue in cues)
    found, last = [], 0.0
    for at, times in arrows:
        problem = _find_problem(times, last, length)
        if times and not problem:
            problem = "" if spoken[times] else _("this cue has no text.")
            spoken[times] -= 1
            last = times[0]
        if problem:
            found.append(_("Line {number}: {problem}").format(number=at + 1, problem=problem))
    return found


def _find_problem(times: tuple[float, float] | None, last: float, length: float) -> str:
    if times is None:
        return _("write the times as {example}.").format(example="00:00:01.000 --> 00:00:02.500")
    start, end = times
    if end <= start:
        return _("the end must be after the start.")
    if start < last:
        return _("this cue starts before the one above it. Put the cues in order of time.")
    if not is_within(end, length):
        lasts = write_clock(length)
        return _("the end is after the video, which lasts {time}.").format(time=lasts)
    return ""


def is_within(end: float, length: float) -> bool:
    """Return whether a time is in the video; any is while the length is not known."""
    return not length or end <= length + BEYOND_S
