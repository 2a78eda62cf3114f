"""Simulated videos, and the semi-Markov path of states a learner takes through one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.labels import AFFECTS, Affect
from emotion.simulate.effects import Effects

SEGMENT_S = 10

_AT = {state: index for index, state in enumerate(AFFECTS)}


@dataclass(frozen=True, slots=True)
class SimulatedVideo:
    """Qualities of a video per segment of 10 s; each (S,) in 0-1."""

    difficulty: NDArray[np.float64]
    novelty: NDArray[np.float64]
    pace: NDArray[np.float64]
    humour: NDArray[np.float64]
    visual: NDArray[np.float64]

    @property
    def seconds(self) -> int:
        """Length, s."""
        return SEGMENT_S * len(self.difficulty)


@dataclass(frozen=True, slots=True)
class Traits:
    """A person's ability (sd 1), and tendencies to boredom and interest (logits)."""

    ability: float
    boredom: float
    interest: float


def draw_video(
    segments: int, leaning: NDArray[np.float64], *, rng: np.random.Generator
) -> SimulatedVideo:
    """Draw a video: its five qualities vary slowly around levels near `leaning` (logits)."""
    level = leaning + rng.normal(0.0, 0.5, 5)
    wander = np.cumsum(rng.normal(0.0, 0.35, (segments, 5)), axis=0)
    return SimulatedVideo(*(1 / (1 + np.exp(-(level + wander - wander.mean(axis=0))))).T)


def draw_path(
    video: SimulatedVideo,
    traits: Traits,
    effects: Effects,
    preset: str,
    *,
    rng: np.random.Generator,
    pull_size: float = 1.0,
) -> NDArray[np.int64]:
    """Draw the state at each second (T,), indices into `AFFECTS`.

    A state is left at rate exp(-fit / 2) / dwell each second. The next one is drawn from the jump
    matrix (D'Mello & Graesser 2012 where the file says so) times exp(pull of the video).

    Parameters
    ----------
    pull_size : float
        How far segments differ in their pull; 0 = each pulls as the mean segment of any video.
    """
    pulls = np.repeat(
        _scale_pull(pull(video, traits), traits, pull_size), SEGMENT_S, axis=0
    )  # (T, 6)
    pulls += 0.001 * np.arange(len(pulls))[:, None] * _LONG_WATCHED
    dwell_s = effects.dwell_s[preset]
    leave, choose = rng.random(len(pulls)), rng.random(len(pulls))
    path = np.empty(len(pulls), np.int64)
    state = _AT[Affect.INTEREST]
    for second, pulling in enumerate(pulls):
        if leave[second] < np.exp(-0.5 * pulling[state]) / dwell_s[state]:
            odds = np.cumsum(effects.jumps[state] * np.exp(pulling))
            state = int(np.searchsorted(odds, choose[second] * odds[-1], side="right"))
        path[second] = state
    return path


def _scale_pull(pulls: NDArray[np.float64], traits: Traits, size: float) -> NDArray[np.float64]:
    """Return the pulls (S, 6) with their distance from a middling video's times `size`."""
    if size == 1.0:
        return pulls
    middle = pull(SimulatedVideo(*np.full((5, 1), 0.5)), traits)  # (1, 6)
    return np.asarray(middle + size * (pulls - middle))


def pull(video: SimulatedVideo, traits: Traits) -> NDArray[np.float64]:
    """Return (S, 6) logits of each segment's pull on this person towards each state."""
    gap = 2 * (video.difficulty - 0.5) - 0.5 * traits.ability
    logits = np.zeros((len(video.difficulty), len(AFFECTS)))
    logits[:, _AT[Affect.CONFUSION]] = 1.5 * (gap + 0.35 * video.pace)
    logits[:, _AT[Affect.BOREDOM]] = (
        1.4 * (0.5 - video.novelty) + 1.2 * (0.4 - video.difficulty) + traits.boredom
    )
    logits[:, _AT[Affect.HAPPINESS]] = 2.4 * (video.humour - 0.5)
    logits[:, _AT[Affect.INTEREST]] = 1.6 * (video.novelty + video.visual - 1) + traits.interest
    logits[:, _AT[Affect.FRUSTRATION]] = 0.8 * np.maximum(gap, 0)
    return logits


_LONG_WATCHED = np.array([state in (Affect.BOREDOM, Affect.DISTRACTION) for state in AFFECTS])
