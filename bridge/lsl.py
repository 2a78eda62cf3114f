"""Lab Streaming Layer (LSL): samples of the outlets in the lab's network, on the Sitting's clock.

LSL's own correction maps an outlet's timestamps to this computer's clock and smooths them. One
constant shift, measured at the start, maps them to the Sitting's clock. Needs `pylsl`, which brings
its library along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attune_client.blocks import StreamDevice, scale_for
from bridge.lab_connection import LabConnection
from bridge.recording import SECOND_S, RecordedStream, split_into_blocks
from bridge.replay import format_progress
from emotion.streams import load, stream

BACKEND = "lsl"
PULL_S = 0.25
SAY_EVERY_S = 5.0
RESOLVE_S = 5.0
# How long to wait for a second outlet of the same name.
SAME_NAME_S = 1.0
LONGEST_SILENCE_S = 30.0
# Factors from an outlet's units to the Stream's; "" = the outlet names no unit. A Stream that is
# not listed takes the unit of its channels alone.
UNITS: Mapping[str, Mapping[str, float]] = {
    "eda": {"": 1, "us": 1, "µs": 1, "microsiemens": 1},
    "ecg": {"": 1, "uv": 1, "µv": 1, "microvolts": 1, "mv": 1000, "millivolts": 1000},
    "acc": {"": 1, "mg": 1, "g": 1000, "m/s^2": 1000 / 9.80665, "m/s2": 1000 / 9.80665},
    "temp": {"": 1, "c": 1, "°c": 1, "celsius": 1},
}
# Channels in this unit take any, because each device has its own.
DEVICE_UNITS = "device units"
# Smallest step of `i2` samples whose Stream declares no scale.
DEVICE_STEP = 1 / 1024
STREAMS = tuple(name for name, each in load().items() if BACKEND in each.backends and each.channels)
Array = NDArray[np.float64]


class NoOutlet(OSError):
    """An outlet is missing or unsuitable; the text says which."""


@dataclass(slots=True)
class LslSource:
    """One outlet that feeds one Stream: samples not yet sent, and their scale."""

    name: str
    inlet: Any
    rate_hz: float
    factor: float
    scale: float = 0.0
    heard_at: float = 0.0
    times: list[float] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)

    def pull(self, now: float) -> None:
        """Read new samples. Raises NoOutlet after `LONGEST_SILENCE_S` without any.

        LSL reconnects to an outlet that has a source id; until then there are no samples.
        """
        from pylsl.util import LostError
        from pylsl.util import TimeoutError as BrokenOff

        rows: list[list[float]] = []
        times: list[float] = []
        try:
            rows, times = self.inlet.pull_chunk(timeout=0.0)
        except LostError:
            raise NoOutlet(f"{self.name}: its outlet is gone. Start it, then the bridge.") from None
        except BrokenOff:
            pass  # LSL is reconnecting; `heard_at` measures for how long.
        self.heard_at = now if times or not self.heard_at else self.heard_at
        if now - self.heard_at > LONGEST_SILENCE_S:
            raise NoOutlet(
                f"{self.name}: its outlet sent nothing for {LONGEST_SILENCE_S:.0f} s. Is it on?"
            )
        self.times += times
        self.rows += rows

    def cut(self, until: float) -> tuple[Array, Array]:
        """Remove and return what came before `until`: times (N,) and values (N, C) in the Stream's
        unit.
        """
        count = int(np.searchsorted(self.times, until))
        times, rows = self.times[:count], self.rows[:count]
        self.times, self.rows = self.times[count:], self.rows[count:]
        values = np.array(rows, np.float64).reshape(count, -1)
        return np.array(times), values[:, : len(stream(self.name).channels)] * self.factor


def open_sources(
    named: Mapping[str, str],
    *,
    picked: Mapping[str, str] = MappingProxyType({}),
    wait_s: float = RESOLVE_S,
) -> list[LslSource]:
    """Open an inlet for each Stream's outlet, by name. Raises NoOutlet.

    `picked`: for a Stream whose outlet name is ambiguous, the one to use, as HOST/SOURCE_ID.
    """
    import pylsl

    flags = pylsl.proc_clocksync | pylsl.proc_dejitter | pylsl.proc_monotonize
    found = []
    for name, outlet in named.items():
        inlet = pylsl.StreamInlet(
            _find_outlet(name, outlet, picked.get(name, ""), wait_s), processing_flags=flags
        )
        try:
            inlet.open_stream(timeout=wait_s)
            info = inlet.info(timeout=wait_s)
        except (pylsl.util.TimeoutError, pylsl.util.LostError):
            raise NoOutlet(f"{outlet}: the outlet does not answer. Is it still on?") from None
        found.append(
            LslSource(name, inlet, _read_rate(name, info), _read_unit_factor(name, outlet, info))
        )
    return found


def _find_outlet(name: str, outlet: str, picked: str, wait_s: float) -> Any:
    """Find the outlet `name` uses. With two of one name, either may be another person's: raise."""
    import pylsl

    if not pylsl.resolve_byprop("name", outlet, minimum=1, timeout=wait_s):
        raise NoOutlet(f"{outlet}: no outlet of this name within {wait_s:.0f} s. Is it on?")
    infos = pylsl.resolve_byprop("name", outlet, minimum=1000, timeout=SAME_NAME_S)
    places = {info.uid(): f"{info.hostname()}/{info.source_id()}" for info in infos}
    meant = [info for info in infos if not picked or places[info.uid()] == picked]
    if len(meant) == 1:
        return meant[0]
    shown = ", ".join(sorted(places.values()))
    if picked and not meant:
        raise NoOutlet(f"{outlet}: none is {picked}; there are {shown}")
    raise NoOutlet(
        f"{outlet}: {len(meant)} outlets have this name: {shown}. "
        f"Say which with --source {name}=HOST/SOURCE_ID, or stop the others"
    )


def _read_rate(name: str, info: Any) -> float:
    rate_hz = float(info.nominal_srate())
    if rate_hz <= 0:
        raise NoOutlet(f"{info.name()}: expected a regular rate, which {name} needs")
    return rate_hz


def _read_unit_factor(name: str, outlet: str, info: Any) -> float:
    channels = stream(name).channels
    if info.channel_count() < len(channels):
        raise NoOutlet(f"{outlet}: expected {len(channels)} channels, got {info.channel_count()}")
    units = info.get_channel_units() or [""]
    unit = str(units[0] or "").strip().lower()
    if channels[0].unit == DEVICE_UNITS:
        return 1.0
    factors = UNITS.get(name, {"": 1, channels[0].unit.lower(): 1})
    if unit not in factors:
        known = ", ".join(each for each in factors if each)
        raise NoOutlet(f"{outlet}: expected a unit of {known} for {name}, got {unit!r}")
    return float(factors[unit])


async def stream_live(
    found: list[LslSource], line: LabConnection, free_from: float, say: Callable[[str], None]
) -> None:
    """Send samples as they arrive, until the connection ends."""
    import pylsl

    shift = line.now() - pylsl.local_clock()
    first = cut_at = said = max(line.now(), free_from)
    for source in found:
        if stream(source.name).dtype == "f4":
            line.announce_device(first, StreamDevice(source.name, BACKEND))
    while not line.over.is_set() and not line.done:
        for source in found:
            source.pull(line.now())
        now = pylsl.local_clock() + shift
        if now >= cut_at + SECOND_S:
            cut_at = now
            for source in found:
                _send(source, line, now - shift, shift, free_from)
        if now >= said + SAY_EVERY_S:
            said = now
            say(format_progress(line, now - first, now - first))
        await asyncio.sleep(PULL_S)


def _send(
    source: LslSource, line: LabConnection, until: float, shift: float, free_from: float
) -> None:
    times, values = source.cut(until)
    late = times + shift >= free_from
    times, values = times[late], values[late]
    if not len(times):
        return
    if stream(source.name).dtype == "i2":
        _fit_scale(source, line, float(np.abs(values).max()), float(times[0]) + shift)
    device = StreamDevice(source.name, BACKEND, source.scale or 1.0)
    lane = RecordedStream(device, source.rate_hz, times, values)
    for cut in split_into_blocks(lane, slice(None), shift):
        line.queue_block(cut)


def _fit_scale(source: LslSource, line: LabConnection, peak: float, t: float) -> None:
    """Adapt the scale to `peak`; announce a new scale before the Block that needs it."""
    scale = scale_for(peak, source.scale or stream(source.name).scale or DEVICE_STEP)
    if scale != source.scale:
        source.scale = scale
        line.announce_device(t, StreamDevice(source.name, BACKEND, scale))
