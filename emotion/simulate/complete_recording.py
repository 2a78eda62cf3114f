"""What a complete recording has besides: gaze, pulse, the film's segments and the deeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.features.course import CourseDeed, course_track
from emotion.simulate import film, latent_values, surroundings
from emotion.simulate.effects import Effects
from emotion.simulate.eye_movements import simulate_gaze
from emotion.simulate.people import SimulatedPerson
from emotion.simulate.pulse import simulate_pulse_waves
from emotion.simulate.state_paths import SEGMENT_S, SimulatedVideo
from emotion.simulate.stream_rows import SOURCE, StreamRows
from emotion.windows import Track

# Counts changes to what this module draws, as `cohort.GENERATOR` does for all else.
COMPLETION = 1
Segments = NDArray[np.float32]
WAVES = ("ppg", "ecg")


@dataclass(frozen=True, slots=True, eq=False)
class RecordingSurroundings:
    """What the course did during a recording.

    Attributes
    ----------
    scenario : str
        One of `emotion.features.course.SCENARIOS`.
    deeds : sequence of CourseDeed
    segments : (S, C) float32 or None
        Semantics of the film's segments; None = not known.
    """

    scenario: str
    deeds: Sequence[CourseDeed]
    segments: Segments | None

    def context(self, t0: float, t1: float) -> dict[str, Track]:
        """Return the context of the Window [t0, t1) s."""
        found = {"course": course_track(self.deeds, self.scenario, t0, t1)}
        if self.segments is not None:
            found["semantics"] = _track_segments(self.segments, t0, t1)
        return found


def _track_segments(segments: Segments, t0: float, t1: float) -> Track:
    first = int(t0 // SEGMENT_S)
    shown = np.arange(first, int(np.ceil(t1 / SEGMENT_S)))
    values = segments[np.minimum(shown, len(segments) - 1)]
    times = np.maximum(shown * float(SEGMENT_S), t0)
    return Track(values, times, ~np.isnan(values), 1.0, SOURCE, period_s=float(SEGMENT_S))


def complete(
    streams: Mapping[str, StreamRows],
    states: NDArray[np.int64],
    person: SimulatedPerson,
    segments: Segments | None,
    rates: StreamRows,
    effects: Effects,
    size: float,
    *,
    rng: np.random.Generator,
) -> tuple[dict[str, StreamRows], RecordingSurroundings]:
    """Return the Streams of a complete recording, and what the course did.

    Parameters
    ----------
    streams : mapping from stream to StreamRows
        Those that any recording has.
    states : (T,) int
        True state at each second.
    segments : (S, C) float32 or None
        Of the film that the recording is of, as `draw_film` gives them.
    rates : StreamRows
        The person's true heart rows, whether or not they wear a strap.
    size : float
        How far deeds depend on the state.
    """
    found = dict(streams)
    if "face" in found:
        found["face"] = surroundings.track_face(found["face"], person.trust, rng)
    found |= _draw_streams(states, person, rates, effects, rng)
    scenario = surroundings.draw_scenario(rng)
    deeds = surroundings.draw_deeds(states, scenario, rng, size)
    shown = segments if scenario == "course" else None
    return found, RecordingSurroundings(scenario, deeds, shown)


def _draw_streams(
    states: NDArray[np.int64],
    person: SimulatedPerson,
    rates: StreamRows,
    effects: Effects,
    rng: np.random.Generator,
) -> dict[str, StreamRows]:
    """Return the further Streams that the person shares."""
    latents = latent_values.draw_further(person, states, effects, rng=rng)
    found = {}
    if "gaze" in person.shares:
        found["gaze"] = simulate_gaze(effects.further["gaze"], latents["gaze"], rng)
    if person.shares & set(WAVES):
        waves = simulate_pulse_waves(effects.further["ppg"], latents["ppg"], rates, rng)
        found |= {name: getattr(waves, name) for name in WAVES if name in person.shares}
    return found


def draw_film(video: SimulatedVideo, rng: np.random.Generator) -> Segments | None:
    """Return the semantics of a film's segments, the same for all who watch it; None if unknown."""
    known = rng.random() >= surroundings.load().missing["semantics_absent"]
    return film.draw_segments(video, rng) if known else None
