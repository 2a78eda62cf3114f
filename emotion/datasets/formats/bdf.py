"""BioSemi's BDF: channels of 24-bit samples in records, read channel by channel from the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import TrialSignal

_HEAD = 256
# In the header: its own length, number of records, seconds a record, number of channels.
_FIELDS = ((184, 192), (236, 244), (244, 252), (252, 256))
# A channel's fields, each listed for all channels in a row: width in characters.
_WIDTHS = {
    "label": 16, "transducer": 80, "unit": 8, "low": 8, "high": 8,
    "digital_low": 8, "digital_high": 8, "filter": 80, "samples": 8, "reserved": 32,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BdfRecording:
    """A file's header, and its samples on the disk.

    Attributes
    ----------
    channels : mapping from label to its fields
    record_s : float
        Length of a record.
    rows : (records, bytes) uint8
        Memory-mapped, not loaded.
    """

    path: Path
    channels: Mapping[str, Mapping[str, str]]
    record_s: float
    rows: NDArray[np.uint8]

    def digital(self, label: str) -> NDArray[np.int32]:
        """Return a channel's samples (T,) in converter units."""
        if label not in self.channels:
            raise WrongFolder(f"{self.path}: expected a channel {label}")
        first = 0
        for name, fields in self.channels.items():
            width = 3 * int(fields["samples"])
            if name == label:
                break
            first += width
        triples = np.asarray(self.rows[:, first : first + width]).reshape(-1, 3).astype(np.int32)
        value = triples[:, 0] | triples[:, 1] << 8 | triples[:, 2] << 16
        return np.where(value >= 1 << 23, value - (1 << 24), value).astype(np.int32)

    def signal(self, label: str) -> TrialSignal:
        """Return a channel in its unit."""
        raw, fields = self.digital(label), self.channels[label]
        low, high, digital_low, digital_high = (
            float(fields[name]) for name in ("low", "high", "digital_low", "digital_high")
        )
        step = (high - low) / (digital_high - digital_low)
        values = np.asarray((raw - digital_low) * step + low, np.float64)
        return TrialSignal(values, self.rate_hz(label), fields["unit"])

    def rate_hz(self, label: str) -> float:
        """Return a channel's samples a second."""
        return int(self.channels[label]["samples"]) / self.record_s


def read(path: Path) -> BdfRecording:
    """Return the recording in `path`.

    Raises
    ------
    WrongFolder
        If there is no file, it is no BDF, or it is truncated.
    """
    if not path.is_file():
        raise WrongFolder(f"{path}: expected a BDF file, found none")
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:8] != b"\xffBIOSEMI" or len(head) < _HEAD:
            raise WrongFolder(f"{path}: expected a BDF file")
        length, records, record_s, count = _parse_header(path, head)
        channels = _parse_channels(path, file.read(_HEAD * count).decode("latin1"), count)
    width = 3 * sum(int(fields["samples"]) for fields in channels.values())
    if length != _HEAD * (count + 1) or path.stat().st_size != length + records * width:
        raise WrongFolder(f"{path}: expected {records} records of {width} bytes: cut short?")
    rows = np.memmap(path, np.uint8, "r", length, (records, width))
    return BdfRecording(path, channels, record_s, rows)


def _parse_header(path: Path, head: bytes) -> tuple[int, int, float, int]:
    try:
        length, records, record_s, count = (float(head[start:end]) for start, end in _FIELDS)
    except ValueError:
        raise WrongFolder(f"{path}: expected numbers in the head") from None
    if not (records >= 1 and record_s > 0 and 1 <= count <= 1024):
        raise WrongFolder(f"{path}: expected records and channels, got {records:g}, {count:g}")
    return int(length), int(records), record_s, int(count)


def _parse_channels(path: Path, text: str, count: int) -> Mapping[str, Mapping[str, str]]:
    if len(text) != _HEAD * count:
        raise WrongFolder(f"{path}: expected a head of {count} channels: cut short?")
    fields: dict[str, Sequence[str]] = {}
    at = 0
    for name, width in _WIDTHS.items():
        part = text[at : at + width * count]
        fields[name] = [part[width * k : width * (k + 1)].strip() for k in range(count)]
        at += width * count
    made = {
        label: {name: values[number] for name, values in fields.items()}
        for number, label in enumerate(fields["label"])
    }
    numeric = ("low", "high", "digital_low", "digital_high", "samples")
    try:
        sound = [float(each[name]) for each in made.values() for name in numeric]
    except ValueError:
        sound = []
    if len(made) != count or not sound or not all(int(e["samples"]) > 0 for e in made.values()):
        raise WrongFolder(f"{path}: expected {count} channels of different names, with numbers")
    return made
