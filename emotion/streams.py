"""The sensed Streams as `streams.json` declares them: form, channels, consent group and words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

STREAMS_FILE = Path(__file__).with_name("streams.json")


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of a Stream.

    Attributes
    ----------
    name, unit : str
    lo, hi : float
        Plausible range in `unit`; a value outside it is masked, not refused.
    nullable : bool
        True if NaN ("missing") may be sent over the socket.
    resolution : float
        The page rounds values to whole multiples of this, in `unit`.
    label : str
        Name for the Learner; empty for the confidence of another channel.
    codes : tuple of str
        Meanings of the numbers 0, 1, 2 … for a channel of codes; else empty.
    """

    name: str
    unit: str
    lo: float
    hi: float
    nullable: bool
    resolution: float
    label: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamWords:
    """The words of a Stream for people, in the source language.

    Attributes
    ----------
    short_name : str
        Its name in lists.
    title, inline : str
        Its name for the Learner: alone or first, and inside a sentence.
    evidence : str
        What an explanation calls it; empty if no Predictor reads it.
    device : str
        What an external sensor sends; empty if none may send it with a device token.
    stays : str
        What never leaves the Learner's browser; empty if it comes from a device.
    """

    short_name: str
    title: str
    inline: str
    evidence: str = ""
    device: str = ""
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One sensed Stream.

    Attributes
    ----------
    number : int
        Its number in a Block's head.
    group : str
        Its switch on the consent page.
    dtype : {"f4", "i2"}
        Data type in a Block.
    scale : float or None
        Value of one step of an "i2" sample; None if the device's record gives it.
    rate_hz : float or None
        Rows a second; 0 = event rows whose first column is their time; None = the device's rate.
    biometric : bool
        True if legal profiles treat it as biometric.
    backends : tuple of str
        Libraries and devices that can produce it, by code; empty if only the page can.
    plotted : tuple of str
        Channels that raters of moments see; empty if it is not shown to them.
    words : StreamWords
    channels : tuple of Channel
        Empty if a bridge describes them.
    """

    number: int
    name: str
    group: str
    dtype: Literal["f4", "i2"]
    scale: float | None
    rate_hz: float | None
    biometric: bool
    backends: tuple[str, ...]
    plotted: tuple[str, ...]
    words: StreamWords
    channels: tuple[Channel, ...]

    def index(self, channel: str) -> int:
        """Return the column of `channel`; KeyError if the Stream has none of that name."""
        for column, known in enumerate(self.channels):
            if known.name == channel:
                return column
        raise KeyError(f"{self.name}: expected one of its channels, got {channel!r}")

    @property
    def events(self) -> bool:
        """Return whether rows have their own time in the first column."""
        return self.rate_hz == 0

    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return lo (C,) and hi (C,) in the channels' units."""
        lo = np.array([channel.lo for channel in self.channels])
        hi = np.array([channel.hi for channel in self.channels])
        return lo, hi


@cache
def load() -> Mapping[str, Stream]:
    """Return every Stream by name, in the order of their numbers."""
    rows = json.loads(STREAMS_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({row["name"]: _stream(row) for row in rows})


def _stream(row: dict[str, Any]) -> Stream:
    lists = {field: tuple(row[field]) for field in ("backends", "plotted")}
    channels = tuple(_channel(each) for each in row["channels"])
    return Stream(**{**row, **lists, "words": StreamWords(**row["words"]), "channels": channels})


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(**{**row, "codes": tuple(row.get("codes", ()))})


def stream(name: str) -> Stream:
    """Return the Stream `name`; KeyError names the existing ones."""
    streams = load()
    if name not in streams:
        raise KeyError(f"expected a stream of {', '.join(streams)}, got {name!r}")
    return streams[name]


def by_number(number: int) -> Stream:
    """Return the Stream with the `number` of a Block's head; KeyError if there is none."""
    for known in load().values():
        if known.number == number:
            return known
    raise KeyError(f"expected a stream number of 1 to {len(load())}, got {number}")
