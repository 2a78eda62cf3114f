"""The recipe of a theory prior, and what training it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.calibration.temperature import softmax
from emotion.features.batch import Standard, standardise
from emotion.features.window import STREAMS
from emotion.labels import Affect
from emotion.models.crossmodal.fit import FitSchedule, logits
from emotion.models.crossmodal.network import CrossModal
from emotion.training.example_table import ExampleTable

Array = NDArray[np.float64]
Labels = tuple[Affect, ...]


@dataclass(frozen=True, slots=True)
class PriorRecipe:
    """The number of simulated people, and the seed; the values are in `prior.toml`.

    Attributes
    ----------
    name : str
        Of the artefact.
    context : tuple of str
        What it reads of the course, see `emotion.features.window.CONTEXT`.
    group : int
        People of a group; each group has five videos of its own.
    groups : int
        Groups for training.
    valid, test : int
        Groups for early stopping, temperature and threshold; groups for the figures.
    plain_every : int
        One group in so many that trains or tunes has no gaze, pulse, semantics or deeds.
    quiet_groups : int
        Training groups of each world that serves as a control.
    coverage : float
        Share of validation Windows that get an answer.
    """

    name: str
    seed: int
    context: tuple[str, ...]
    group: int
    groups: int
    valid: int
    test: int
    plain_every: int
    quiet_groups: int
    coverage: float
    schedule: FitSchedule

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of all that it reads."""
        return (*STREAMS, *self.context)


@dataclass(frozen=True, slots=True)
class TrainedPrior:
    """A network with everything needed to use it."""

    network: CrossModal
    labels: Labels
    standards: Mapping[str, Standard]
    temperature: float
    threshold: float

    def proba(self, table: ExampleTable) -> Array:
        """Return (N, K) calibrated probabilities of an unstandardised table."""
        found = logits(self.network, standardise(table.batch, self.standards))
        return softmax(found, self.temperature)
