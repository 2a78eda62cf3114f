"""Emission distributions of hidden states: Gaussian, Poisson or categorical, per observation.

A missing observation (NaN) has the same likelihood in every state, in filtering and learning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]

# Counts of nothing have no variance: without this a state would form around each zero.
LEAST_VARIANCE: Final = 0.05
# No count is impossible, however low the state's rate.
LEAST_RATE: Final = 0.01
# Assumed: prior weight, in observations, of every symbol.
WEIGHT: Final = 0.5


class Family(Protocol):
    """The distributions of F observations in each of k states."""

    @property
    def width(self) -> int:
        """F, the number of observations."""

    def log_density(self, observed: Array) -> Array:
        """Return log densities (..., k) of observations (..., F)."""

    def maximise(self, observed: Array, weight: Array) -> Self:
        """Return the most likely distributions for rows (N, F) with state weights (N, k)."""

    def reorder(self, order: NDArray[np.int64]) -> Self:
        """Return the same distributions with their states in another order."""

    def divergence(self, other: Self) -> Array:
        """Return (k, k'): Kullback-Leibler divergence both ways, summed, in nats."""

    def parts(self) -> Mapping[str, Array]:
        """Return the parameters by name."""


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Normal observations: mean and variance (k, F)."""

    mean: Array
    variance: Array

    @classmethod
    def draw_initial(cls, observed: Array, k: int, rng: np.random.Generator) -> Gaussian:
        """Draw k states around the rows' mean, spread as widely as the rows."""
        mean, variance = _moments(observed, np.ones((len(observed), 1)))
        apart = rng.normal(0.0, 1.0, (k, observed.shape[1])) * np.sqrt(variance)
        return cls(mean + apart, np.repeat(variance, k, axis=0))

    @property
    def width(self) -> int:
        """Return F."""
        return int(self.mean.shape[1])

    def log_density(self, observed: Array) -> Array:
        """Return log densities (..., k) of observations (..., F)."""
        far = (observed[..., None, :] - self.mean) ** 2 / self.variance
        return _sum_observed(-0.5 * (np.log(2 * np.pi * self.variance) + far))

    def maximise(self, observed: Array, weight: Array) -> Gaussian:
        """Return the most likely distributions, with variances of at least `LEAST_VARIANCE`."""
        return Gaussian(*_moments(observed, weight))

    def reorder(self, order: NDArray[np.int64]) -> Gaussian:
        """Return the same distributions with their states in another order."""
        return Gaussian(self.mean[order], self.variance[order])

    def divergence(self, other: Gaussian) -> Array:
        """Return (k, k') of both directions; the logarithms of the variances cancel out."""
        ours, theirs = self.variance[:, None], other.variance[None]
        far = (self.mean[:, None] - other.mean[None]) ** 2
        return np.asarray(0.5 * ((ours + far) / theirs + (theirs + far) / ours - 2.0).sum(axis=-1))

    def parts(self) -> Mapping[str, Array]:
        """Return mean and variance."""
        return {"mean": self.mean, "variance": self.variance}


@dataclass(frozen=True, slots=True)
class Poisson:
    """Counts: rate a step (k, F)."""

    rate: Array

    @classmethod
    def draw_initial(cls, observed: Array, k: int, rng: np.random.Generator) -> Poisson:
        """Draw k states around the rows' rates."""
        rate = _mean(observed, np.ones((len(observed), 1)))
        return cls(np.maximum(rate, LEAST_RATE) * rng.gamma(2.0, 0.5, (k, observed.shape[1])))

    @property
    def width(self) -> int:
        """Return F."""
        return int(self.rate.shape[1])

    def log_density(self, observed: Array) -> Array:
        """Return log densities (..., k) of counts (..., F)."""
        count = observed[..., None, :]
        return _sum_observed(count * np.log(self.rate) - self.rate - gammaln(count + 1.0))

    def maximise(self, observed: Array, weight: Array) -> Poisson:
        """Return the most likely distributions."""
        return Poisson(np.maximum(_mean(observed, weight), LEAST_RATE))

    def reorder(self, order: NDArray[np.int64]) -> Poisson:
        """Return the same distributions with their states in another order."""
        return Poisson(self.rate[order])

    def divergence(self, other: Poisson) -> Array:
        """Return (k, k') of both directions."""
        ours, theirs = self.rate[:, None], other.rate[None]
        return np.asarray(((ours - theirs) * np.log(ours / theirs)).sum(axis=-1))

    def parts(self) -> Mapping[str, Array]:
        """Return the rate."""
        return {"rate": self.rate}


@dataclass(frozen=True, slots=True)
class Categorical:
    """Symbols 0 .. C - 1: the share (k, F, C) of each."""

    share: Array

    @classmethod
    def draw_initial(
        cls, observed: Array, k: int, rng: np.random.Generator, *, symbols: int
    ) -> Categorical:
        """Draw k states around the rows' shares of the symbols."""
        whole = _shares(observed, np.ones((len(observed), 1)), symbols)  # (1, F, C)
        drawn = whole * rng.gamma(1.0, 1.0, (k, *whole.shape[1:])) + 0.1 * whole
        return cls(drawn / drawn.sum(axis=-1, keepdims=True))

    @property
    def width(self) -> int:
        """Return F."""
        return int(self.share.shape[1])

    def log_density(self, observed: Array) -> Array:
        """Return log densities (..., k) of symbols (..., F)."""
        known = ~np.isnan(observed)
        symbols = np.where(known, observed, 0.0).astype(np.int64)
        each = np.log(self.share)[:, np.arange(self.width), symbols]  # (k, ..., F)
        return np.moveaxis(np.where(known, each, 0.0).sum(axis=-1), 0, -1)

    def maximise(self, observed: Array, weight: Array) -> Categorical:
        """Return the most likely distributions, with a prior of `WEIGHT` observations of every
        symbol.
        """
        return Categorical(_shares(observed, weight, self.share.shape[2]))

    def reorder(self, order: NDArray[np.int64]) -> Categorical:
        """Return the same distributions with their states in another order."""
        return Categorical(self.share[order])

    def divergence(self, other: Categorical) -> Array:
        """Return (k, k') of both directions."""
        ours, theirs = self.share[:, None], other.share[None]
        return np.asarray(((ours - theirs) * np.log(ours / theirs)).sum(axis=(-1, -2)))

    def parts(self) -> Mapping[str, Array]:
        """Return the shares."""
        return {"share": self.share}


def _sum_observed(each: Array) -> Array:
    """Return the sum over the observations; missing ones add nothing."""
    return np.asarray(np.where(np.isnan(each), 0.0, each).sum(axis=-1))


def _mean(observed: Array, weight: Array) -> Array:
    known = ~np.isnan(observed)
    there = weight.T @ known  # (k, F)
    return np.asarray(weight.T @ np.where(known, observed, 0.0) / np.maximum(there, 1e-9))


def _moments(observed: Array, weight: Array) -> tuple[Array, Array]:
    mean = _mean(observed, weight)
    square = _mean(observed**2, weight) - mean**2
    return mean, np.maximum(square, 0.0) + LEAST_VARIANCE


def _shares(observed: Array, weight: Array, symbols: int) -> Array:
    counts = np.stack([weight.T @ (observed == symbol) for symbol in range(symbols)], axis=-1)
    counts = counts + WEIGHT
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))
