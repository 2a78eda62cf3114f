"""Simulation of paper 1's laboratory: labelled features per second of six modalities, as a Study.

Every row is simulated: results on it are never accuracies on people. The video content is a vector
per segment of 10 s, in the kinds of paper 1's Table 3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.dataset import WindowStudy
from emotion.labels import AFFECTS, PAPER_1
from emotion.simulate import latent_values, stream_rows
from emotion.simulate.cohort import SEGMENTS, World
from emotion.simulate.effects import EFFECTS_FILE, Effects, load, read_emission, read_locked
from emotion.simulate.people import SimulatedPerson, draw_person
from emotion.simulate.state_paths import SEGMENT_S, SimulatedVideo, draw_path, draw_video
from emotion.windows import OPENING_S

LAB_FILE = Path(__file__).with_name("lab.json")

OWN_LABEL = 0.1

# Each modality's Streams of the generator.
PARTS: Mapping[str, tuple[str, ...]] = {
    "behaviour": ("pointer", "activity"),
    "eda": ("eda",),
    "face": ("face",),
    "gaze": ("gaze",),
    "ppg": ("ppg",),
}
SEMANTICS = "semantics"
WORN = frozenset({"eda", "ppg"})
SEEN = frozenset({"face", "gaze"})

Kind = Literal["captions", "summary", "description"]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lab:
    """Parameters of the laboratory.

    Attributes
    ----------
    people : int
    world : {"additive", "event_locked"}
    size : float
        Factor of every effect; 0 = no signal at all, the label depends only on time and video.
    worn : bool
        True = everybody wears and shows everything, as in a laboratory; False = one in five refuses
        the camera and two in five have no wearable, as at home.
    kind : {"captions", "summary", "description"}
        Kind of video semantics.
    segments : tuple of int
        Length of each of the five videos, in 10 s.
    as_published : bool
        Like the cohort of science.md section 2, on which the papers' protocol was measured. People
        are 1.2 and their videos 1.0 deviations apart, and there is no difference from the opening.
        Nine Windows in ten have their video's most frequent label (assumed: each was chosen to
        induce one emotion), the rest their own.
    """

    people: int = 68
    world: World = "additive"
    size: float = 1.0
    worn: bool = True
    kind: Kind = "description"
    segments: tuple[int, ...] = SEGMENTS
    as_published: bool = False


def scenarios() -> tuple[str, ...]:
    """Return the names of the codes of a Study's group "scenario"."""
    return tuple(sorted(set(_read_raw()["scenarios"][0])))


def digest() -> str:
    """Return the SHA-256 of both files of coefficients, in hex."""
    return sha256(LAB_FILE.read_bytes() + EFFECTS_FILE.read_bytes()).hexdigest()


def simulate_study(lab: Lab, seed: int) -> WindowStudy:
    """Record everybody; the seed determines the states, whatever the kind of semantics."""
    rng = np.random.default_rng([seed, 1])
    effects = _effects(lab)
    videos = [
        draw_video(count, leaning, rng=rng)
        for count, leaning in zip(lab.segments, effects.videos, strict=True)
    ]
    told = [_encode_segments(video, lab.kind, seed, number) for number, video in enumerate(videos)]
    parts = [
        part
        for code in range(lab.people)
        for part in _simulate_sitting(
            draw_person(code, effects, rng=rng), videos, told, effects, lab, rng
        )
    ]
    return _join(parts, effects, lab)


@cache
def _read_raw() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(LAB_FILE.read_text(encoding="utf-8"))
    return found


def _effects(lab: Lab) -> Effects:
    """Return the generator's coefficients with the laboratory's Streams in place of its own."""
    extra = {name: read_emission(table) for name, table in _read_raw()["channels"].items()}
    known = {name: load().emissions[name] for name in ("pointer", "activity", "face")}
    locked = read_locked(_read_raw()["event_locked"])
    made = replace(load(), emissions=known | extra, further={}, locked=locked)
    made = made.scale_effects(lab.size)
    if not lab.as_published:
        return made
    return replace(made, noise={**made.noise, "person": 1.2, "video": 1.0}, label_noise=0.0)


def _encode_segments(
    video: SimulatedVideo, kind: Kind, seed: int, number: int
) -> NDArray[np.float32]:
    """Return (S, 60): a segment's text vector, a tanh of the qualities it expresses."""
    semantics = _read_raw()["semantics"]
    how, width = semantics["kinds"][kind], semantics["width"]
    qualities = np.stack([getattr(video, name) for name in how["hears"]], axis=1)  # (S, Q)
    together = how["segments"]
    means = [
        qualities[max(0, s - together + 1) : s + 1].mean(axis=0) for s in range(len(qualities))
    ]
    # All videos share the same encoder; only the noise differs between segments.
    encoder = np.random.default_rng([seed, 2]).normal(0, 2.0, (qualities.shape[1], width))
    noise = np.random.default_rng([seed, 3, number]).normal(0, how["noise"][0], (len(means), width))
    return np.asarray(np.tanh((np.array(means) - 0.5) @ encoder) + noise, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One person's labelled Windows of one video."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]
    times: Array
    person: int
    video: int
    away: frozenset[str]


def _simulate_sitting(
    person: SimulatedPerson,
    videos: list[SimulatedVideo],
    told: list[NDArray[np.float32]],
    effects: Effects,
    lab: Lab,
    rng: np.random.Generator,
) -> Iterator[_Part]:
    began = 0.0
    draw = (
        latent_values.draw_additive if lab.world == "additive" else latent_values.draw_event_locked
    )
    away = frozenset() if lab.worn else _find_missing(person)
    for number, video in enumerate(videos):
        states = draw_path(video, person.traits, effects, "prototype", rng=rng)
        seen = _seconds(draw(person, states, effects, rng=rng), effects, rng)
        for name in away:
            seen[name][:] = np.nan
        labels, kept = _labels(states, effects, rng)
        if lab.as_published:
            labels = _by_video(labels, kept, rng)
        else:
            kept[: int(OPENING_S) // SEGMENT_S] = False
        x = _windows(seen, told[number], lab)[kept]
        times = np.asarray(began + np.flatnonzero(kept) * float(SEGMENT_S), np.float64)
        yield _Part(x, labels[kept], times, person.code, number, away)
        began += video.seconds


def _seconds(
    values: Mapping[str, Array], effects: Effects, rng: np.random.Generator
) -> dict[str, Array]:
    """Return each modality's (T, F): the Streams' linked channels, with lost seconds NaN."""
    found = {}
    for name, streams in PARTS.items():
        columns = [stream_rows.apply_links(effects.emissions[s], values[s], rng) for s in streams]
        joined = np.stack([v for part in columns for v in part.values()], axis=1)
        lost = rng.random(len(joined)) < effects.missing["block_lost"]
        found[name] = np.where(lost[:, None], np.nan, joined)
    return found


def _find_missing(person: SimulatedPerson) -> frozenset[str]:
    """Return the modalities a person never has at home.

    The wearable depends on the code, so that no other draw changes: a Person of the generator has
    only a heart rate.
    """
    wearable = np.random.default_rng([person.code, 4]).random() >= load().missing["heart_absent"]
    return (frozenset() if "face" in person.shares else SEEN) | (frozenset() if wearable else WORN)


def _labels(
    states: NDArray[np.int64], effects: Effects, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each segment's most frequent state as a label of paper 1 (S,), and which have one."""
    by_segment = states.reshape(-1, SEGMENT_S)
    commonest = np.array([np.bincount(row, minlength=len(AFFECTS)).argmax() for row in by_segment])
    place = np.array([PAPER_1.index(a) if a in PAPER_1 else -1 for a in AFFECTS])
    labels = place[commonest]
    noisy = rng.random(len(labels)) < effects.label_noise
    anew = rng.integers(0, len(PAPER_1), len(labels))
    return np.where(noisy, anew, labels), labels >= 0


def _by_video(
    labels: NDArray[np.int64], kept: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the labels (S,), most of them replaced by the video's most frequent one."""
    own = rng.random(len(labels)) < OWN_LABEL
    mostly = np.bincount(labels[kept], minlength=1).argmax() if kept.any() else 0
    return np.where(own, labels, mostly)


def _windows(seen: Mapping[str, Array], told: NDArray[np.float32], lab: Lab) -> NDArray[np.float32]:
    """Return (S, 10, F): each feature, its difference from the opening, and the video semantics."""
    pieces = seen if lab.as_published else {n: _from_opening(v) for n, v in seen.items()}
    spoken = np.repeat(told, SEGMENT_S, axis=0)  # (T, D)
    joined = np.concatenate([pieces[name] for name in sorted(pieces)] + [spoken], axis=1)
    return joined.reshape(len(told), SEGMENT_S, -1).astype(np.float32)


def _from_opening(values: Array) -> Array:
    """Return (T, 2F): the values, and minus their mean over the video's first minute.

    Windows of that minute are excluded from the study: there the difference would be small because
    a video has just begun, and a model would learn the time.
    """
    first = values[: int(OPENING_S)]
    count = np.maximum((~np.isnan(first)).sum(axis=0), 1)
    return np.concatenate([values, values - np.nansum(first, axis=0) / count], axis=1)


def _join(parts: list[_Part], effects: Effects, lab: Lab) -> WindowStudy:
    sizes = [len(part.labels) for part in parts]
    twice = 1 if lab.as_published else 2
    widths = {
        n: twice * sum(len(effects.emissions[s].channels) for s in p) for n, p in PARTS.items()
    }
    videos = np.repeat([part.video for part in parts], sizes)
    scenarios, _ = _read_raw()["scenarios"]
    codes = np.unique(scenarios, return_inverse=True)[1]
    return WindowStudy(
        x=np.concatenate([part.x for part in parts]),
        inputs=widths | {SEMANTICS: _read_raw()["semantics"]["width"]},
        labels=np.concatenate([part.labels for part in parts]),
        people=np.repeat([part.person for part in parts], sizes),
        videos=videos,
        times=np.concatenate([part.times for part in parts]),
        classes=tuple(str(label) for label in PAPER_1),
        window_s=float(SEGMENT_S),
        groups={
            "scenario": codes[videos],
            "camera": np.repeat([int(not part.away & SEEN) for part in parts], sizes),
            "wearable": np.repeat([int(not part.away & WORN) for part in parts], sizes),
        },
    )
