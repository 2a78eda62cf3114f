"""The display names of Streams, in the active language."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext, pgettext, pgettext_lazy

from consent.scopes import REPORTS, STREAMS
from emotion import context

REPORTS_NAME = pgettext_lazy("stream", "reports")


def name_of(source: str) -> str:
    """Return the name of a Stream, of reports or of a part of the course's context.

    A name that is not known is returned as it is.
    """
    if source == REPORTS:
        return str(REPORTS_NAME)
    if source not in STREAMS and source not in context.load():
        return source
    return pgettext("stream", context.words_of_input(source).short_name)


def join_names(streams: Collection[str]) -> str:
    """Return the names as a list in words: "activity, face and pointer"."""
    *most, last = [name_of(stream) for stream in sorted(streams)] or [""]
    return gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last
