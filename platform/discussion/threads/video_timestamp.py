"""Times in a video as people type and read them: "1:32"."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from courses.answers.numerals import current_language
from courses.models import Unit
from courses.timestamps import format_time, read_seconds
from discussion.posts.post_store import Unsendable

URL_SECONDS = re.compile(r"\d{1,5}(\.\d+)?")
INVALID_TIME = gettext_noop(
    "Enter the time in the video as minutes and seconds, such as 1:32, or leave it empty."
)


def second_of(unit: Unit, typed: str) -> float | None:
    """Parse "1:32" or "92" into seconds of the video; None if empty. Raises Unsendable."""
    typed = typed.strip()
    if not typed or unit.kind != "video":
        return None
    second = read_seconds(typed, current_language())
    if second is None or second > unit.video.duration_s:
        raise Unsendable(_(INVALID_TIME))
    return second


def time_from_url(wanted: str) -> str:
    """Return the time in a URL formatted for the form; "" if there is none."""
    return format_time(float(wanted)) if URL_SECONDS.fullmatch(wanted) else ""
