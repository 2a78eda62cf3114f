"""Video times as people type them (92.5, 1:32.5 or 1:01:32.5) and read them (1:32)."""

from __future__ import annotations

import re
from typing import Final

from courses.answers.numerals import fold_digits, read_number

_CLOCK: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,5}):(\d{1,2}(?:[.,\u066b]\d{1,9})?)")


def read_seconds(typed: str, language: str) -> float | None:
    """Return seconds since the beginning; None for text that is not a time.

    After a colon, both comma and point are decimal marks, because no digit groups occur there.
    """
    if match := _CLOCK.fullmatch(fold_digits(typed)):
        hours, minutes, seconds = match.groups()
        part = read_number(f"0{seconds}", language)
        whole = int(hours or 0) * 3600 + int(minutes) * 60
        return None if part is None else round(whole + float(part.value), 3)
    found = read_number(typed, language)
    return None if found is None or found.value < 0 else round(float(found.value), 3)


def format_time(seconds: float) -> str:
    """Format seconds as minutes and seconds, such as 0:45."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
