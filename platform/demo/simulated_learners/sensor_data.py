"""Sensor data of a simulated person, second by second, drawn by emotion.simulate.

Nothing was measured on a real person; the people it is stored for are marked as simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attune_client.blocks import BlockRows, round_to_resolution
from emotion.labels import AFFECTS
from emotion.simulate import cohort, effects, signals
from emotion.simulate.people import SimulatedPerson, draw_person
from emotion.simulate.state_paths import SEGMENT_S, draw_video
from emotion.simulate.stream_rows import StreamRows
from emotion.streams import stream

# Rows a second of what a wristband samples at its own rate.
DEVICE_HZ = {**cohort.WAVE_HZ, "eda": signals.EDA_HZ}


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedRecording:
    """One Sitting of one simulated person: the true state at each second, and the rows.

    `signals`: those of a wristband and of the page, which the cohort generator does not make.
    """

    recording: cohort.SimulatedVideoRecording
    signals: Mapping[str, StreamRows] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        return len(self.recording.states)

    def state(self, second: float) -> str:
        """Return the person's state, of `emotion.labels.AFFECTS`; after the end, the last one."""
        at = min(max(int(second), 0), self.seconds - 1)
        return str(AFFECTS[int(self.recording.states[at])])

    def second(self, second: int) -> Iterator[BlockRows]:
        """Yield each Stream's rows of [second, second + 1)."""
        for name, found in {**self.recording.streams, **self.signals}.items():
            first, last = np.searchsorted(found.times, [second, second + 1])
            if last > first:
                yield _pack_rows(name, found.times[first:last], found.values[first:last])


def make_person(code: int, *, seed: int = 0) -> SimulatedPerson:
    """Return simulated person number `code`: the same each time."""
    return draw_person(code, effects.load(), rng=np.random.default_rng([seed, code]))


def simulate(
    who: SimulatedPerson, seconds: float, *, rng: np.random.Generator
) -> SimulatedRecording:
    """Simulate one person for `seconds` with a video of a random kind."""
    known = effects.load()
    segments = int(seconds // SEGMENT_S) + 1
    kind = known.videos[int(rng.integers(len(known.videos)))]
    video = draw_video(segments, kind, rng=rng)
    plan = cohort.Plan(people=1, effects=known, complete=True)
    recording = cohort.record(who, video, 0, plan, rng=rng)
    return SimulatedRecording(recording, _simulate_signals(recording, rng))


def _simulate_signals(
    recording: cohort.SimulatedVideoRecording, rng: np.random.Generator
) -> dict[str, StreamRows]:
    """Simulate the page's layout; skin for a person with a wristband."""
    seconds = len(recording.states)
    found = {"layout": signals.simulate_layout(seconds, rng)}
    if "ppg" in recording.streams:
        found["eda"] = signals.simulate_skin(recording.states, rng)
    return found


def _pack_rows(name: str, times: NDArray[np.float64], values: NDArray[np.float32]) -> BlockRows:
    known = stream(name)
    sent = round_to_resolution(name, values) if known.dtype == "f4" else np.rint(values)
    rate_hz = 0.0 if known.events else DEVICE_HZ.get(name, known.rate_hz or 1.0)
    return BlockRows(name, float(times[0]), rate_hz, sent)
