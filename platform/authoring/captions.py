"""WebVTT cues: what the transcript and the chapter list are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.said import said

_SRT = re.compile(r"(\d\d:\d\d),(\d{3})")
_TIMES = re.compile(r"^(?:(\d+):)?(\d\d):(\d\d\.\d{3})\s+-->\s+(?:(\d+):)?(\d\d):(\d\d\.\d{3})")


def cues(text: str) -> list[dict[str, Any]]:
    """`{start, end, text}` of each cue; ValueError where a cue has no text or runs backwards."""
    blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff\n"))
    if not blocks[0].startswith("WEBVTT"):
        raise ValueError(said(_("expected WEBVTT at the start")))
    return [cue for block in blocks[1:] if (cue := _cue(block.split("\n"))) is not None]


def _cue(lines: list[str]) -> dict[str, Any] | None:
    """The cue of a block; notes and styles are none."""
    at = next((number for number, line in enumerate(lines) if "-->" in line), None)
    if at is None:
        return None
    match = _TIMES.match(lines[at])
    if match is None:
        raise ValueError(said(_("expected two times, got {times!r}"), times=lines[at]))
    start, end = _seconds(*match.groups()[:3]), _seconds(*match.groups()[3:])
    words = unescape(re.sub(r"<[^>]*>", "", " ".join(lines[at + 1 :]))).strip()
    if end <= start or not words:
        raise ValueError(said(_("expected text and a later end, got {times!r}"), times=lines[at]))
    return {"start": start, "end": end, "text": words}


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return round(int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds), 3)


def read(text: str) -> list[dict[str, Any]]:
    """The cues of WebVTT or SubRip (.srt), which differ in the head and in the decimal mark."""
    if not text.lstrip("\ufeff\n\r ").startswith("WEBVTT"):
        text = "WEBVTT\n\n" + _SRT.sub(r"\1.\2", text.lstrip("\ufeff").strip())
    return cues(text)


def write(rows: Iterable[Mapping[str, Any]]) -> str:
    """WebVTT of cues, in their order."""
    blocks = [
        f"{clock(row['start'])} --> {clock(row['end'])}\n{escape(row['text'], quote=False)}\n"
        for row in rows
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def clock(seconds: float) -> str:
    """A moment as WebVTT writes it: 00:01:32.500."""
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
