"""A study: labelled Windows of many people, each with person, video and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class WindowStudy:
    """N labelled Windows.

    Attributes
    ----------
    x : (N, T, F) float32
        Modalities concatenated in the order of their names, NaN where not seen.
    inputs : mapping from modality to number of features
        In the order of their names; they sum to F.
    labels, people, videos : (N,) int
        Index into `classes`; codes.
    times : (N,)
        Start of each Window, s since the person's Sitting began.
    classes : tuple of K str
    window_s : float
    groups : mapping from kind to (N,) int
        Such as "scenario"; for figures by group only, no model reads them.
    """

    x: Array
    inputs: Mapping[str, int]
    labels: Codes
    people: Codes
    videos: Codes
    times: NDArray[np.float64]
    classes: tuple[str, ...]
    window_s: float
    groups: Mapping[str, Codes] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return N."""
        return len(self.labels)

    def only(self, names: tuple[str, ...]) -> WindowStudy:
        """Return the study with only these modalities."""
        missing = sorted(set(names) - set(self.inputs))
        if missing:
            raise ValueError(f"expected modalities of {list(self.inputs)}, got {missing}")
        kept = sorted(names)
        places = self.places()
        x = np.concatenate([self.x[..., places[name]] for name in kept], axis=-1)
        return replace(self, x=x, inputs={name: self.inputs[name] for name in kept})

    def hidden(self, names: tuple[str, ...]) -> WindowStudy:
        """Return the study with these modalities missing."""
        x = self.x.copy()
        for name in names:
            x[..., self.places()[name]] = np.nan
        return replace(self, x=x)

    def part(self, rows: Codes) -> WindowStudy:
        """Return the selected rows."""
        return replace(
            self,
            x=self.x[rows],
            labels=self.labels[rows],
            people=self.people[rows],
            videos=self.videos[rows],
            times=self.times[rows],
            groups={kind: codes[rows] for kind, codes in self.groups.items()},
        )

    def places(self) -> dict[str, slice]:
        """Return each modality's columns among the F features."""
        return dict(_places(self.inputs))


def _places(inputs: Mapping[str, int]) -> Iterator[tuple[str, slice]]:
    at = 0
    for name in sorted(inputs):
        yield name, slice(at, at + inputs[name])
        at += inputs[name]
