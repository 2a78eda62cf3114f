"""The generator's coefficients, read from `effects.json`: each has a source or is "assumed"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from emotion.labels import AFFECTS

EFFECTS_FILE = Path(__file__).with_name("effects.json")
# Emissions of Streams that only complete recordings have; a file of their own, because the digest
# of `effects.json` is on cards.
FURTHER_FILES = tuple(
    EFFECTS_FILE.with_name(name) for name in ("eye_effects.json", "pulse_effects.json")
)


# How often people give each label that paper 1 did not count; assumed.
UNCOUNTED = 1300


@dataclass(frozen=True, slots=True)
class Emission:
    """How one Stream's latent values become numbers.

    Attributes
    ----------
    channels, links : tuple of str
        Names and links ("linear", "log", "logistic", "positive", "count", "switch").
    base, scale : (C,) float64
        Of the link's argument: base + scale x latent.
    effect : (6, C) float64
        Shift of the latent by state, in its standard deviations, rows as `AFFECTS`.
    """

    channels: tuple[str, ...]
    links: tuple[str, ...]
    base: NDArray[np.float64]
    scale: NDArray[np.float64]
    effect: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LockedEffect:
    """The event-locked world: a response follows its cause after a lag that depends on the state.

    Attributes
    ----------
    cause, response : (stream, channel)
    every_s : float
        Mean time between causes.
    size : float
        Height of both, in latent standard deviations.
    lag_s : mapping from state to s; in other states the lag is random each time.
    """

    cause: tuple[str, str]
    response: tuple[str, str]
    every_s: float
    size: float
    lag_s: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Effects:
    """All coefficients of the generator.

    Attributes
    ----------
    noise, missing : mapping
        Standard deviations of the latent's parts; shares of missing data.
    label_noise : float
        Share of labels redrawn at random.
    label_counts : mapping from label to int
        How often people label each state, which differs from its frequency.
    dwell_s : mapping of presets
        Mean duration of each state, s.
    videos : tuple of (5,) float64
        Logits of difficulty, novelty, pace, humour, visual of each kind of video.
    jumps : (6, 6) float64
        Transition probabilities on leaving a state; rows sum to 1, the diagonal is 0.
    further : mapping from stream to Emission
        Of complete recordings alone.
    """

    version: int
    noise: Mapping[str, float]
    label_noise: float
    label_counts: Mapping[str, int]
    missing: Mapping[str, float]
    dwell_s: Mapping[str, NDArray[np.float64]]
    jumps: NDArray[np.float64]
    locked: LockedEffect
    emissions: Mapping[str, Emission]
    videos: tuple[NDArray[np.float64], ...]
    further: Mapping[str, Emission]

    def count_labels(self) -> list[int]:
        """Return how often people give each label of `AFFECTS`: paper 1's counts, or assumed."""
        return [self.label_counts.get(label, UNCOUNTED) for label in AFFECTS]

    def scale_effects(self, multiplier: float) -> Effects:
        """Return the same world with every effect `multiplier` times as large; 0 = no signal."""
        emissions, further = (
            {n: replace(each, effect=each.effect * multiplier) for n, each in some.items()}
            for some in (self.emissions, self.further)
        )
        locked = replace(self.locked, size=self.locked.size * multiplier)
        away = {**self.missing, "frustrated_looks_away": self._looks_away(multiplier)}
        return replace(self, emissions=emissions, further=further, locked=locked, missing=away)

    def _looks_away(self, multiplier: float) -> float:
        # Missing data that depends on the state would be a signal too.
        return min(1.0, self.missing["frustrated_looks_away"] * multiplier)


@cache
def load() -> Effects:
    """Return the coefficients in the file."""
    raw = json.loads(EFFECTS_FILE.read_text(encoding="utf-8"))
    return Effects(
        version=raw["version"],
        noise=MappingProxyType(raw["noise"]),
        label_noise=raw["label_noise"][0],
        label_counts=MappingProxyType(raw["label_counts"][0]),
        missing=MappingProxyType(raw["missing"]),
        dwell_s={name: _by_state(preset) for name, preset in raw["dwell_s"].items()},
        jumps=_jumps(raw["jumps"]),
        locked=read_locked(raw["event_locked"]),
        emissions={name: read_emission(table) for name, table in raw["channels"].items()},
        videos=tuple(np.array(list(video.values()), float) for video in raw["videos"].values()),
        further=_load_further(),
    )


def _load_further() -> dict[str, Emission]:
    tables = [json.loads(path.read_text(encoding="utf-8"))["channels"] for path in FURTHER_FILES]
    return {name: read_emission(table) for each in tables for name, table in each.items()}


def digest() -> str:
    """Return the SHA-256 of the coefficients' file, in hex."""
    return sha256(EFFECTS_FILE.read_bytes()).hexdigest()


def describe_files() -> str:
    """Return the name and digest of each file of a complete recording's numbers."""
    files = (EFFECTS_FILE, *FURTHER_FILES, EFFECTS_FILE.with_name("surroundings.json"))
    return ", ".join(f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in files)


def _by_state(values: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([float(values.get(state, 0.0)) for state in AFFECTS])


def _jumps(table: Mapping[str, Mapping[str, tuple[float, str]]]) -> NDArray[np.float64]:
    rows = [_by_state({to: cell[0] for to, cell in table[state].items()}) for state in AFFECTS]
    return np.stack(rows)  # (6, 6)


def read_locked(raw: Mapping[str, object]) -> LockedEffect:
    values = {**raw, "cause": tuple(raw["cause"]), "response": tuple(raw["response"])}  # type: ignore[arg-type]  # JSON lists of two names
    return LockedEffect(**values)  # type: ignore[arg-type]  # fields checked by the tests


def read_emission(table: Mapping[str, Mapping[str, object]]) -> Emission:
    return Emission(
        channels=tuple(table),
        links=tuple(str(row["link"]) for row in table.values()),
        base=np.array([row["base"] for row in table.values()], dtype=np.float64),
        scale=np.array([row["scale"] for row in table.values()], dtype=np.float64),
        effect=np.stack([_effect(row["effects"]) for row in table.values()], axis=1),
    )


def _effect(cells: object) -> NDArray[np.float64]:
    if not isinstance(cells, dict):
        raise TypeError(f"expected effects by state, got {cells!r}")
    return _by_state({state: cell[0] for state, cell in cells.items()})
