"""A simulated institution: its learners watch for two weeks and sometimes report their feelings.

It is the prior's own world, or a different one with other effects, some reversed, and other
durations. Every row is simulated; no result is an accuracy on people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion.datasets.snapshot import Example, Snapshot
from emotion.labels import AFFECTS
from emotion.simulate import effects as coefficients
from emotion.simulate.cohort import (
    LabelledMoment,
    Plan,
    SimulatedVideoRecording,
    cut_examples,
    iterate_recordings,
    list_moments,
    record,
)
from emotion.simulate.effects import Effects
from emotion.simulate.people import draw_person
from emotion.simulate.state_paths import SimulatedVideo, draw_video
from emotion.simulate.stream_rows import SOURCE
from emotion.training.example_table import HOP_S, sample_labels
from emotion.windows import WINDOW_S

OTHER_STAYS = "brief_confusion"
SIZES = (0.5, 1.5)
TURNED = 2
# A smaller effect would not be measurably different if reversed.
SIZEABLE = 0.3

# Five Sittings of ten minutes a week.
WEEKS, SITTINGS, SEGMENTS = 2, 5, 60
# Asked about every two minutes; they answer seven times in ten.
ASKED_S = (60.0, 180.0)
ANSWERED = 0.7


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution whose learners report for two weeks, and its true parameters.

    Attributes
    ----------
    effects : Effects
    dwell : str
    turned : tuple of str
        The reversed effects: "face.au04 CONFUSION", …
    """

    effects: Effects
    dwell: str
    turned: tuple[str, ...]


def draw_institution(effects: Effects, *, rng: np.random.Generator) -> Institution:
    """Return an institution that differs from that of `effects`.

    Each effect is redrawn at half to one and a half times its size, and two of the larger ones are
    reversed.
    """
    sized = {
        name: replace(known, effect=known.effect * rng.uniform(*SIZES, known.effect.shape))
        for name, known in effects.emissions.items()
    }
    places = [
        (name, int(state), int(channel))
        for name, known in sized.items()
        for state, channel in zip(*np.nonzero(np.abs(known.effect) >= SIZEABLE), strict=True)
    ]
    chosen = [places[n] for n in sorted(rng.choice(len(places), TURNED, replace=False).tolist())]
    for name, state, channel in chosen:
        turned = sized[name].effect.copy()
        turned[state, channel] *= -1
        sized[name] = replace(sized[name], effect=turned)
    said = tuple(f"{n}.{sized[n].channels[c]} {AFFECTS[s]}" for n, s, c in chosen)
    return Institution(replace(effects, emissions=sized), OTHER_STAYS, said)


def simulate_two_weeks(
    of: Institution,
    people: int,
    *,
    rng: np.random.Generator,
    first: int = 1,
    group: int = 20,
    unsaid: int = 0,
) -> Iterator[Example]:
    """Yield what they report, person by person; each `group` of people has its own videos.

    A report labels the 10 s before it with their most frequent state; a share `effects.label_noise`
    is redrawn from all six. Each Sitting also yields at most `unsaid` Windows without a label;
    their number does not affect the reports.
    """
    for at in range(first, first + people, group):
        kinds = [of.effects.videos[n % len(of.effects.videos)] for n in range(WEEKS * SITTINGS)]
        videos = [draw_video(SEGMENTS, leaning, rng=rng) for leaning in kinds]
        for code in range(at, min(at + group, first + people)):
            yield from _simulate_person(code, of, videos, at, rng, unsaid)


def simulate_own_world(
    effects: Effects, people: int, *, rng: np.random.Generator, first: int = 1, group: int = 20
) -> Iterator[Example]:
    """Yield the reports of people from the prior's own world, exactly as in its training."""
    counts = effects.count_labels()
    for at in range(first, first + people, group):
        plan = Plan(min(group, first + people - at), effects, first=at, complete=True)
        found = [
            moment
            for one in iterate_recordings(plan, rng=rng)
            for moment in list_moments(one, effects, labels=AFFECTS, hop_s=HOP_S, rng=rng)
        ]
        yield from _examples(sample_labels(found, AFFECTS, counts, rng=rng), at)


def make_snapshot(found: Sequence[Example], **facts: object) -> Snapshot:
    """Return the examples as a snapshot that is marked as simulated."""
    people = {example.person for example in found}
    told = {"study": SOURCE, "people": len(people), "windows": len(found)}
    return Snapshot(tuple(found), {**told, **facts})


def shuffle_labels(found: Sequence[Example], *, rng: np.random.Generator) -> list[Example]:
    """Return the Windows with each other's labels, so that labels are uninformative."""
    order = rng.permutation(len(found)).tolist()
    return [
        replace(one, label=found[n].label, source=found[n].source)
        for one, n in zip(found, order, strict=True)
    ]


def simulate_cold_start(people: int = 40, seed: int = 0) -> Snapshot:
    """Return two weeks of an institution that differs from the prior's, as a snapshot."""
    rng = np.random.default_rng(seed)
    of = draw_institution(coefficients.load(), rng=rng)
    return make_snapshot(
        list(simulate_two_weeks(of, people, rng=rng)), seed=seed, turned=list(of.turned)
    )


def _simulate_person(
    code: int,
    of: Institution,
    videos: Sequence[SimulatedVideo],
    group: int,
    rng: np.random.Generator,
    unsaid: int,
) -> Iterator[Example]:
    person, plan = draw_person(code, of.effects, rng=rng), Plan(1, of.effects, dwell=of.dwell)
    for number, video in enumerate(videos):
        recording = record(person, video, number, plan, rng=rng)
        told = list(_draw_reports(recording, of.effects, rng))
        yield from _examples(told, group)
        for one in _examples(_draw_unlabelled(recording, told, unsaid), group):
            yield replace(one, label=None, source="")


def _draw_reports(
    recording: SimulatedVideoRecording, effects: Effects, rng: np.random.Generator
) -> Iterator[LabelledMoment]:
    at = float(rng.uniform(*ASKED_S))
    while at < len(recording.states):
        if rng.random() < ANSWERED:
            t1 = int(at)
            states = recording.states[t1 - int(WINDOW_S) : t1]
            label = AFFECTS[int(np.bincount(states, minlength=len(AFFECTS)).argmax())]
            noisy = rng.random() < effects.label_noise
            label = AFFECTS[int(rng.integers(len(AFFECTS)))] if noisy else label
            yield LabelledMoment(recording, t1 - WINDOW_S, label)
        at += float(rng.uniform(*ASKED_S))


def _draw_unlabelled(
    recording: SimulatedVideoRecording, told: Sequence[LabelledMoment], most: int
) -> list[LabelledMoment]:
    """Return evenly spaced moments that share no second with a labelled one.

    Their true states are not used.
    """
    times = np.floor(np.linspace(0.0, len(recording.states) - WINDOW_S, most))
    free = [t0 for t0 in times if all(abs(t0 - one.t0) >= WINDOW_S for one in told)]
    return [LabelledMoment(recording, float(t0), AFFECTS[0]) for t0 in free]


def _examples(found: Sequence[LabelledMoment], group: int) -> Iterator[Example]:
    for one in cut_examples(found):
        yield Example(
            person=f"P{one.person:03d}",
            material=f"G{group}V{one.video + 1}",
            t0=one.window.t0,
            window=one.window,
            label=str(one.label),
            source="report",
            simulated=True,
            sitting=one.video + 1,
        )
