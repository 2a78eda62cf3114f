"""Fine-tuning of an affect artefact's last layer on a few reports, regularised to its old values.

Only the classifier's last layer and the linear path change. This is a convex problem with one
solution, so the same reports give the same weights. All other layers are the base's.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import nn

from emotion import artefacts
from emotion.artefacts import Weights
from emotion.calibration.temperature import softmax
from emotion.evaluation.logistic_baseline import summary
from emotion.features.batch import Batch, Standard, mask_unfamiliar, measure_standard, standardise
from emotion.models.crossmodal.fit import logits
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.training.recipe import WrongRecipe

Array = NDArray[np.float64]
Standards = Mapping[str, Standard]

SHIPPED = Path(__file__).resolve().parents[3] / "artefacts"
STEPS = 500
# Prefix of a network's tensors in an artefact.
NETWORK = "network."


@dataclass(frozen=True, slots=True)
class Base:
    """The model to fine-tune.

    Attributes
    ----------
    weights, standards : as in the artefact
    body : nn.Module
        The network without its last layer and its linear path.
    head : (K, D)
        Last layer, linear path and intercept concatenated, in the column order of `inputs`.
    """

    card: Mapping[str, Any]
    weights: Weights
    standards: Standards
    body: nn.Module
    head: Array

    def inputs(self, batch: Batch, standards: Standards) -> Array:
        """Return the head's inputs (N, D) for an unstandardised batch; the last column is 1."""
        known = standardise(mask_unfamiliar(batch, standards)[0], standards)
        hidden = logits(self.body, known)  # type: ignore[arg-type]  # a network without its end
        one = np.ones((len(hidden), 1))
        linear = [summary(known)] if self.card["network"]["linear"] else []
        return np.concatenate([hidden, *linear, one], axis=1).astype(np.float64)

    def with_head(self, head: Array) -> Weights:
        """Return the artefact's weights with another head (K, D)."""
        single, at = head.astype(np.float32), self.weights["network.last.weight"].shape[1]
        made = {"network.last.weight": single[:, :at], "network.last.bias": single[:, -1]}
        for name in self._linear():
            width = len(self.standards[name].mean)
            made[f"network.linear.layers.{name}.weight"] = single[:, at : at + width]
            made[f"network.linear.layers.{name}.bias"] = single[:, at + width]
            at += width + 1
        return {**self.weights, **{n: np.ascontiguousarray(w) for n, w in made.items()}}

    def with_network(self, learned: Weights) -> Base:
        """Return a copy with these tensors of the network replaced."""
        weights = {**self.weights, **learned}
        return make_base(CrossModalPredictor(self.card, weights), weights)

    def _linear(self) -> list[str]:
        return list(self.standards) if self.card["network"]["linear"] else []


def base_folder(told: str) -> Path:
    """Return the folder of a shipped artefact by name, or of any artefact by path.

    Raises
    ------
    WrongRecipe
        If there is none, or more than one.
    """
    found = [Path(told)] if Path(told).is_dir() else sorted(SHIPPED.glob(f"{told}-????????????"))
    if len(found) != 1:
        raise WrongRecipe(f"base: expected one artefact {told!r}, got {len(found)}")
    return found[0].resolve()


def open_base(path: Path) -> Base:
    """Return the artefact's parts; WrongRecipe if it cannot be fine-tuned."""
    card, weights = artefacts.read(path)
    if card["name"] != "prior":
        raise WrongRecipe(
            f"base: expected a prior, which never met anybody, got {card['name']!r}: what people "
            "taught it could not be withdrawn"
        )
    return make_base(CrossModalPredictor(card, weights), weights)


def make_base(predictor: CrossModalPredictor, weights: Weights) -> Base:
    """Return the parts of a loaded artefact."""
    body = copy.deepcopy(predictor._network)
    body.last, body.linear = nn.Identity(), None
    parts = [weights["network.last.weight"]]
    if predictor.card["network"]["linear"]:
        for name in predictor.standards:
            layer = f"network.linear.layers.{name}"
            parts += [weights[f"{layer}.weight"], weights[f"{layer}.bias"][:, None]]
    parts.append(weights["network.last.bias"][:, None])
    head = np.concatenate(parts, axis=1).astype(np.float64)
    return Base(predictor.card, weights, predictor.standards, body, head)


def fit_head(inputs: Array, labels: NDArray[np.int64], head: Array, pull: float) -> Array:
    """Return the head (K, D) with the least log loss plus penalty for the distance from `head`.

    Parameters
    ----------
    inputs : (N, D)
    pull : float
        Penalty of half a squared distance of 1 from `head`, relative to one row's log loss. The
        intercept is free, since people differ in how often they report.
    """
    truth, held = np.eye(len(head))[labels], np.ones_like(head) * pull
    held[:, -1] = 0.0

    def cost(flat: Array) -> tuple[float, Array]:
        away = flat.reshape(head.shape) - head
        proba = softmax(inputs @ (head + away).T)
        right = np.maximum(proba[np.arange(len(labels)), labels], 1e-12)
        slope = (proba - truth).T @ inputs + held * away
        return float(-np.log(right).sum() + 0.5 * (held * away**2).sum()), slope.ravel()

    found = minimize(cost, head.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x.reshape(head.shape))


def widen_standards(standards: Standards, batch: Batch) -> dict[str, Standard]:
    """Return standards whose range includes these people; mean and deviation stay the base's."""
    return {name: _widen(known, batch, name) for name, known in standards.items()}


def _widen(known: Standard, batch: Batch, name: str) -> Standard:
    came = batch.masks[name].any(axis=(0, 1))  # (F,)
    found = measure_standard(batch.values[name], batch.masks[name])
    lo = np.where(came, np.minimum(known.lo, found.lo), known.lo)
    hi = np.where(came, np.maximum(known.hi, found.hi), known.hi)
    return Standard(known.mean, known.deviation, lo, hi)
