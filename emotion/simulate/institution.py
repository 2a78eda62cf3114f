"""A simulated institution: its learners watch for two weeks, and now and then report how they feel.

The prior's own world, or one that is not: other effects, some turned round, other stays. Every row
is simulated; nothing of it is an accuracy on people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion.datasets.snapshot import Example, Snapshot
from emotion.labels import AFFECTS, PAPER_1
from emotion.simulate import effects as coefficients
from emotion.simulate.cohort import (
    SOURCE,
    Moment,
    Plan,
    Recording,
    examples,
    moments,
    record,
    recordings,
)
from emotion.simulate.effects import Effects
from emotion.simulate.people import draw_person
from emotion.simulate.state_paths import Video, draw_video
from emotion.training.example_table import HOP_S, labelled
from emotion.windows import WINDOW_S

OTHER_STAYS = "brief_confusion"
SIZES = (0.5, 1.5)
TURNED = 2
# One turned round that is smaller than this would change nothing that anybody could measure.
SIZEABLE = 0.3

# Five Sittings of ten minutes a week.
WEEKS, SITTINGS, SEGMENTS = 2, 5, 60
# Asked about every two minutes, and seven times in ten they say.
ASKED_S = (60.0, 180.0)
ANSWERED = 0.7


@dataclass(frozen=True, slots=True)
class Reports:
    """What `people` learners reported in two weeks, and what is true of where they were.

    Attributes
    ----------
    effects : Effects
    dwell : str
    turned : tuple of str
        Which effects were turned round: "face.au04 CONFUSION", …
    """

    effects: Effects
    dwell: str
    turned: tuple[str, ...]


def elsewhere(effects: Effects, *, rng: np.random.Generator) -> Reports:
    """Return an institution that is not the one of `effects`.

    Each effect is drawn anew at half to one and a half times its size, and two of the sizeable
    ones are turned round.
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
    return Reports(replace(effects, emissions=sized), OTHER_STAYS, said)


def two_weeks(
    of: Reports,
    people: int,
    *,
    rng: np.random.Generator,
    first: int = 1,
    group: int = 20,
    unsaid: int = 0,
) -> Iterator[Example]:
    """Yield what they report, person by person; each `group` of people has videos of its own.

    A report labels the 10 s before it with the commonest state in them; a share
    `effects.label_noise` is drawn anew from all six. Beside these come, of each Sitting, at most
    `unsaid` Windows of which nobody said anything; whatever their number, the reports are the same.
    """
    for at in range(first, first + people, group):
        kinds = [of.effects.videos[n % len(of.effects.videos)] for n in range(WEEKS * SITTINGS)]
        videos = [draw_video(SEGMENTS, leaning, rng=rng) for leaning in kinds]
        for code in range(at, min(at + group, first + people)):
            yield from _person(code, of, videos, at, rng, unsaid)


def own_world(
    effects: Effects, people: int, *, rng: np.random.Generator, first: int = 1, group: int = 20
) -> Iterator[Example]:
    """Yield what people of the prior's own world report, as its training had it: nothing else."""
    counts = [effects.label_counts[label] for label in PAPER_1]
    for at in range(first, first + people, group):
        plan = Plan(min(group, first + people - at), effects, first=at)
        found = [
            moment
            for one in recordings(plan, rng=rng)
            for moment in moments(one, effects, labels=PAPER_1, hop_s=HOP_S, rng=rng)
        ]
        yield from _examples(labelled(found, PAPER_1, counts, rng=rng), at)


def snapshot(found: Sequence[Example], **facts: object) -> Snapshot:
    """Return the examples as a set that says it is simulated."""
    people = {example.person for example in found}
    told = {"study": SOURCE, "people": len(people), "windows": len(found)}
    return Snapshot(tuple(found), {**told, **facts})


def shuffled(found: Sequence[Example], *, rng: np.random.Generator) -> list[Example]:
    """Return the same Windows with each other's labels: what was said tells nothing any more."""
    order = rng.permutation(len(found)).tolist()
    return [
        replace(one, label=found[n].label, source=found[n].source)
        for one, n in zip(found, order, strict=True)
    ]


def cold_start(people: int = 40, seed: int = 0) -> Snapshot:
    """Return two weeks of an institution that is not the prior's, as a snapshot."""
    rng = np.random.default_rng(seed)
    of = elsewhere(coefficients.load(), rng=rng)
    return snapshot(list(two_weeks(of, people, rng=rng)), seed=seed, turned=list(of.turned))


def _person(
    code: int,
    of: Reports,
    videos: Sequence[Video],
    group: int,
    rng: np.random.Generator,
    unsaid: int,
) -> Iterator[Example]:
    person, plan = draw_person(code, of.effects, rng=rng), Plan(1, of.effects, dwell=of.dwell)
    for number, video in enumerate(videos):
        recording = record(person, video, number, plan, rng=rng)
        told = list(_reported(recording, of.effects, rng))
        yield from _examples(told, group)
        for one in _examples(_between(recording, told, unsaid), group):
            yield replace(one, label=None, source="")


def _reported(recording: Recording, effects: Effects, rng: np.random.Generator) -> Iterator[Moment]:
    at = float(rng.uniform(*ASKED_S))
    while at < len(recording.states):
        if rng.random() < ANSWERED:
            t1 = int(at)
            states = recording.states[t1 - int(WINDOW_S) : t1]
            label = AFFECTS[int(np.bincount(states, minlength=len(AFFECTS)).argmax())]
            noisy = rng.random() < effects.label_noise
            label = AFFECTS[int(rng.integers(len(AFFECTS)))] if noisy else label
            yield Moment(recording, t1 - WINDOW_S, label)
        at += float(rng.uniform(*ASKED_S))


def _between(recording: Recording, told: Sequence[Moment], most: int) -> list[Moment]:
    """Return moments at equal distances that share no second with one of which something was said;
    what they felt then is nobody's to know."""
    times = np.floor(np.linspace(0.0, len(recording.states) - WINDOW_S, most))
    free = [t0 for t0 in times if all(abs(t0 - one.t0) >= WINDOW_S for one in told)]
    return [Moment(recording, float(t0), AFFECTS[0]) for t0 in free]


def _examples(found: Sequence[Moment], group: int) -> Iterator[Example]:
    for one in examples(found):
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
