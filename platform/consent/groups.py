"""The groups of the consent page: one switch a purpose, one Grant a Stream (rulings 4)."""

from __future__ import annotations

from types import MappingProxyType

from consent.scopes import STREAMS

GROUPS = MappingProxyType(
    {
        "camera": ("face", "gaze"),
        "skin": ("rppg",),
        "wearable": ("heart", "ppg", "ecg", "eda", "acc", "temp", "eeg"),
        "hands": ("pointer", "typing"),
        "activity": ("activity", "layout"),
    }
)
_OF_STREAM = {stream: group for group, streams in GROUPS.items() for stream in streams}


def group_of(stream: str) -> str:
    """The group whose notice tells about this Stream."""
    return _OF_STREAM[stream]


if set(_OF_STREAM) != set(STREAMS):
    raise RuntimeError(f"expected each stream in one group, got {sorted(_OF_STREAM)}")
