"""Read and write cues of WebVTT, SubRip and SubViewer, for transcripts and chapters.

Foreign files are read as players read them. A cue begins at its line of times, whatever precedes
it, and ends where the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.translatable_message import message

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*(?:-->|->)\s*{_CLOCK}(?:\s.*)?")
_SUBVIEWER = re.compile(rf"\s*{_CLOCK}\s*,\s*{_CLOCK}\s*")
_APART = re.compile(r"(NOTE|STYLE|REGION)(\s.*)?")
_TAG = re.compile(
    r"</?(?:[bius]|font|ruby|rt|v|c|lang|span)(?:[.\s][^<>]*)?/?>|<(?:\d+:)?\d\d:\d\d\.\d{3}>", re.I
)
_POSITION = re.compile(r"\{\\[A-Za-z][^{}]*\}")
NOT_UTF_8 = _(
    "expected UTF-8, found another encoding, such as Windows-1252; save the file as UTF-8"
)
GUESSED_ENCODING = _(
    "captions that are not in UTF-8, read as Windows-1252 (check letters such as é)"
)
Cue = dict[str, Any]


def read_vtt(text: str) -> list[Cue]:
    """Return `{start, end, text}` of each cue of a WebVTT file; ValueError for another file."""
    if not text.lstrip("\ufeff\r\n").startswith("WEBVTT"):
        raise ValueError(message(_("expected WEBVTT at the start")))
    return read_captions(text) if "-->" in text else []


def read_captions(text: str) -> list[Cue]:
    """Return the cues in order of time; ValueError where there is none.

    A cue without words or duration is skipped.
    """
    lines = re.split(r"\r\n|\r|\n", text.lstrip("\ufeff"))
    starts = [(at, times) for at, line in enumerate(lines) if (times := find_times(line))]
    numbered = bool(starts) and lines[max(0, starts[0][0] - 1)].strip().isdecimal()
    ends = [*(row[0] for row in starts), len(lines)][1:]
    found = [
        {"start": start, "end": end, "text": words}
        for (at, (start, end)), stop in zip(starts, ends, strict=True)
        if end > start
        and (words := _words(_own_lines(lines[at + 1 : stop], numbered, stop == len(lines))))
    ]
    if not found:
        raise ValueError(
            message(_("expected captions: a line such as 00:00:01.000 --> 00:00:02.500, then text"))
        )
    return sorted(found, key=lambda cue: cue["start"])


def decode(content: bytes) -> tuple[str, bool]:
    """Return the text of a caption file, and whether its encoding was guessed.

    SubRip files do not declare an encoding. NUL is read as U+FFFD, as WebVTT requires (4.1).
    ValueError says how to save the file.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return _without_nul(content.decode("utf-16" if wide else "utf-8-sig")), False
    except UnicodeDecodeError as error:
        try:
            return _without_nul(content.decode("utf-16" if wide else "windows-1252")), True
        except UnicodeDecodeError:
            raise ValueError(message(NOT_UTF_8)) from error


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


def remove_markup(text: str) -> str:
    """Return the words of one cue as they are read from a file."""
    return _words([line.strip() for line in text.split("\n")])


def has_times(text: str) -> bool:
    """Return whether a text has a line of times, as a pasted file has."""
    return any(find_times(line) for line in text.split("\n"))


def find_times(line: str) -> tuple[float, float] | None:
    """Return the two times of a line; None for other lines, also for words with an arrow."""
    match = _TIMES.fullmatch(line) or _SUBVIEWER.fullmatch(line)
    return (_seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])) if match else None


def _own_lines(lines: list[str], numbered: bool, last: bool) -> list[str]:
    """Return the lines of a cue without the number or name of the next cue."""
    lines = [line.strip() for line in lines]
    if last or not lines or not lines[-1]:
        return lines
    named = len(lines) > 1 and not lines[-2] and not numbered
    return lines[:-1] if named or (numbered and lines[-1].isdecimal()) else lines


def _words(lines: list[str]) -> str:
    """Return the spoken words, without comments, styles and markup."""
    kept, apart = [], False
    for number, line in enumerate(lines):
        begins = number > 0 and not lines[number - 1]
        apart = bool(line) and (apart or (begins and _APART.fullmatch(line) is not None))
        kept += [line] if line and not apart else []
    words = unescape(_TAG.sub("", _POSITION.sub("", " ".join(kept))))
    return " ".join(words.split())


def _seconds(hours: str | None, minutes: str, seconds: str, part: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return round(whole + float(f"0.{part}"), 3)


def write_vtt(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write cues as WebVTT, in their order."""
    blocks = [
        f"{format_vtt_time(row['start'])} --> {format_vtt_time(row['end'])}\n"
        f"{escape(row['text'], quote=False)}\n"
        for row in rows
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def format_vtt_time(seconds: float) -> str:
    """Format a time as WebVTT has it: 00:01:32.500."""
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
