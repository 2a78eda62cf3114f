"""The display names of Streams, in the active language."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext, pgettext, pgettext_lazy

from consent.scopes import REPORTS, STREAMS

REPORTS_NAME = pgettext_lazy("stream", "reports")


def name_of(source: str) -> str:
    """Return the name of a Stream or of reports; a name that is not known as it is."""
    if source == REPORTS:
        return str(REPORTS_NAME)
    known = STREAMS.get(source)
    return pgettext("stream", known.words.short_name) if known else source


def join_names(streams: Collection[str]) -> str:
    """Return the names as a list in words: "activity, face and pointer"."""
    *most, last = [name_of(stream) for stream in sorted(streams)] or [""]
    return gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last
