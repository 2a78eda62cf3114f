"""A simulated cohort: people watching videos, as rows of the Streams, with the true states.

Every row is simulated: results on it are never accuracies on people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emotion.features.window import REACHES, opening
from emotion.labels import AFFECTS, Affect
from emotion.simulate import latent_values, stream_rows
from emotion.simulate.complete_recording import (
    RecordingSurroundings,
    Segments,
    complete,
    draw_film,
)
from emotion.simulate.effects import Effects
from emotion.simulate.people import SimulatedPerson, draw_person
from emotion.simulate.pulse import ECG_HZ, PPG_HZ
from emotion.simulate.state_paths import SimulatedVideo, draw_path, draw_video
from emotion.simulate.stream_rows import SOURCE, StreamRows
from emotion.streams import stream
from emotion.windows import EVENT_HOLDS_S, HOP_S, OPENING_S, WINDOW_S, Window, cut_track

GENERATOR = 1
WAVE_HZ = {"ppg": PPG_HZ, "ecg": ECG_HZ}

World = Literal["additive", "event_locked"]

# Seed 000's course: four videos of two to three minutes and one of ten.
SEGMENTS = (15, 15, 15, 15, 60)


@dataclass(frozen=True, slots=True)
class Plan:
    """Parameters of a cohort.

    Attributes
    ----------
    people : int
    effects : Effects
        `effects.load().scale_effects(0)` gives the cohort without any signal.
    segments : tuple of int
        Length of each video, in 10 s; as many as `effects.videos` has kinds.
    world : {"additive", "event_locked"}
        Whether states change levels, or only the lag between two Streams' bursts.
    dwell : str
        Preset of mean durations.
    first : int
        Code of the first person, so that two cohorts have no person in common.
    complete : bool
        Draw also gaze, pulse, the tracker's errors, the film's segments and the deeds. They come
        from generators of their own, so that all else is the same with or without them.
    pull : float
        How far a film's content moves the states; 0 = the world without that.
    redraw_films : bool
        Draw a film's semantics again for each person, so that a network that learns from them
        cannot recognise a film.
    deeds : float
        How far a complete recording's deeds depend on the state; 0 = not at all.
    """

    people: int
    effects: Effects
    segments: tuple[int, ...] = SEGMENTS
    world: World = "additive"
    dwell: str = "prototype"
    first: int = 0
    complete: bool = False
    pull: float = 1.0
    deeds: float = 1.0
    redraw_films: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedVideoRecording:
    """One person watching one video.

    Attributes
    ----------
    person, video : int
    states : (T,) int
        True state at each second, index into `AFFECTS`.
    streams : mapping from stream to Rows
        Received rows, without lost Blocks.
    surroundings : RecordingSurroundings or None
        Of a complete plan.
    """

    person: int
    video: int
    states: NDArray[np.int64]
    streams: Mapping[str, StreamRows]
    surroundings: RecordingSurroundings | None = None


@dataclass(frozen=True, slots=True)
class SimulatedExample:
    """A Window with its label and its person."""

    window: Window
    label: Affect
    person: int
    video: int


def iterate_recordings(
    plan: Plan, *, rng: np.random.Generator
) -> Iterator[SimulatedVideoRecording]:
    """Yield every person's recordings, person by person; deterministic in the state of `rng`."""
    videos = [
        draw_video(segments, leaning, rng=rng)
        for segments, leaning in zip(plan.segments, plan.effects.videos, strict=True)
    ]
    films = _draw_films(videos, plan, rng)
    for code in range(plan.first, plan.first + plan.people):
        person = draw_person(code, plan.effects, rng=rng)
        films = _draw_films(videos, plan, rng) if plan.redraw_films else films
        for number, video in enumerate(videos):
            yield record(person, video, number, plan, rng=rng, segments=films[number])


def _draw_films(
    videos: Sequence[SimulatedVideo], plan: Plan, rng: np.random.Generator
) -> list[Segments | None]:
    return [draw_film(each, rng.spawn(1)[0]) if plan.complete else None for each in videos]


def record(
    person: SimulatedPerson,
    video: SimulatedVideo,
    number: int,
    plan: Plan,
    *,
    rng: np.random.Generator,
    segments: Segments | None = None,
) -> SimulatedVideoRecording:
    """Simulate one person watching one video; `segments`: its semantics, in a complete plan."""
    effects = plan.effects
    states = draw_path(video, person.traits, effects, plan.dwell, rng=rng, pull_size=plan.pull)
    draw = (
        latent_values.draw_additive if plan.world == "additive" else latent_values.draw_event_locked
    )
    values = draw(person, states, effects, rng=rng)
    found = {name: _emit(name, values[name], effects, rng) for name in effects.emissions}
    kept = {
        name: _lose(name, found[name], states, effects, rng)
        for name in effects.emissions
        if name in person.shares
    }
    if not plan.complete:
        return SimulatedVideoRecording(person.code, number, states, kept)
    own = rng.spawn(1)[0]
    given = (kept, states, person, segments, found["heart"], effects, plan.deeds)
    return SimulatedVideoRecording(person.code, number, states, *complete(*given, rng=own))


@dataclass(frozen=True, slots=True)
class LabelledMoment:
    """A labelled 10 s of a recording, not cut yet, since most are never needed."""

    recording: SimulatedVideoRecording
    t0: float
    label: Affect


def list_moments(
    recording: SimulatedVideoRecording,
    effects: Effects,
    *,
    labels: tuple[Affect, ...],
    hop_s: float,
    rng: np.random.Generator,
) -> list[LabelledMoment]:
    """Return the recording's moments whose most frequent state is one of `labels`.

    A share `effects.label_noise` of the labels is redrawn at random, as people who label disagree
    too.
    """
    found = []
    for t0 in np.arange(0.0, len(recording.states) - WINDOW_S + 1, hop_s):
        label = _most_frequent(recording.states[int(t0) : int(t0 + WINDOW_S)])
        if label in labels:
            noisy = rng.random() < effects.label_noise
            label = labels[int(rng.integers(len(labels)))] if noisy else label
            found.append(LabelledMoment(recording, float(t0), label))
    return found


def cut_examples(found: Iterable[LabelledMoment]) -> Iterator[SimulatedExample]:
    """Cut each moment's Window; moments of one recording must be consecutive."""
    for recording, group in groupby(found, key=lambda moment: moment.recording):
        usual = opening(cut_window(recording, 0.0, OPENING_S))
        for moment in group:
            seen = cut_window(recording, moment.t0, moment.t0 + WINDOW_S)
            # The baseline is known from the end of the first minute on, not earlier.
            seen = replace(seen, opening=usual) if moment.t0 >= OPENING_S else seen
            yield SimulatedExample(seen, moment.label, recording.person, recording.video)


def cut_series(recording: SimulatedVideoRecording) -> Iterator[SimulatedExample]:
    """Cut the Windows that a site makes of a recording, one every `HOP_S`, with their states."""
    moments = [
        LabelledMoment(recording, t0, _most_frequent(recording.states[int(t0) :][: int(WINDOW_S)]))
        for t0 in np.arange(0.0, len(recording.states) - WINDOW_S + 1, HOP_S).tolist()
    ]
    return cut_examples(moments)


def cut_window(recording: SimulatedVideoRecording, t0: float, t1: float) -> Window:
    """Return the Window [t0, t1) s of `recording`, without its opening."""
    tracks = {}
    for name, (times, values) in recording.streams.items():
        known = stream(name)
        rate_hz = known.rate_hz or WAVE_HZ.get(name, 1.0)
        tracks[name] = cut_track(
            known,
            times,
            values,
            t0=max(0.0, min(t0, t1 - REACHES.get(name, 0.0))),
            t1=t1,
            backend=SOURCE,
            period_s=EVENT_HOLDS_S if known.events else 1.0 / rate_hz,
        )
    around = recording.surroundings
    return Window(t0, t1, tracks, context=around.context(t0, t1) if around else {})


def _most_frequent(states: NDArray[np.int64]) -> Affect:
    return AFFECTS[int(np.bincount(states, minlength=len(AFFECTS)).argmax())]


def _emit(
    name: str, values: NDArray[np.float64], effects: Effects, rng: np.random.Generator
) -> StreamRows:
    emission = effects.emissions[name]
    if name == "typing":
        return stream_rows.make_typing(emission, values, rng, effects.missing["typing_share"])
    emit = {
        "pointer": stream_rows.make_pointer,
        "activity": stream_rows.make_activity,
        "face": stream_rows.make_face,
        "heart": stream_rows.make_heart,
    }
    return emit[name](emission, values, rng)


def _lose(
    name: str,
    found: StreamRows,
    states: NDArray[np.int64],
    effects: Effects,
    rng: np.random.Generator,
) -> StreamRows:
    """Drop Blocks of 1 s at random, and faces more often when the person is frustrated."""
    lost = np.full(len(states), effects.missing["block_lost"])
    if name == "face":
        away = states == AFFECTS.index(Affect.FRUSTRATION)
        lost = lost + away * effects.missing["frustrated_looks_away"]
    kept = rng.random(len(states)) >= lost  # (T,)
    came = kept[found.times.astype(np.int64)]
    return StreamRows(found.times[came], found.values[came])
