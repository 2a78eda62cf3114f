"""The display names of Streams, in the active language."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext, pgettext_lazy

NAMES = {
    "pointer": pgettext_lazy("stream", "pointer"),
    "typing": pgettext_lazy("stream", "typing"),
    "activity": pgettext_lazy("stream", "activity"),
    "face": pgettext_lazy("stream", "face"),
    "gaze": pgettext_lazy("stream", "gaze"),
    "rppg": pgettext_lazy("stream", "rppg"),
    "heart": pgettext_lazy("stream", "heart"),
    "ppg": pgettext_lazy("stream", "ppg"),
    "ecg": pgettext_lazy("stream", "ecg"),
    "eda": pgettext_lazy("stream", "eda"),
    "layout": pgettext_lazy("stream", "layout"),
    "acc": pgettext_lazy("stream", "acc"),
    "temp": pgettext_lazy("stream", "temp"),
    "eeg": pgettext_lazy("stream", "eeg"),
    "reports": pgettext_lazy("stream", "reports"),
}


def name_of(stream: str) -> str:
    return str(NAMES.get(stream, stream))


def join_names(streams: Collection[str]) -> str:
    """Return the names as a list in words: "activity, face and pointer"."""
    *most, last = [name_of(stream) for stream in sorted(streams)] or [""]
    return gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last
