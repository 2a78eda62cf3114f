"""Any network of `emotion.networks` as a scikit-learn classifier.

Early stopping uses people who do not train; the same seed gives the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from torch import Tensor, nn
from torch.nn import functional

from emotion.baselines.feature_columns import check_fit_input, check_predict_input

# Rows in one forward pass of prediction.
TOGETHER = 512


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Adam on cross-entropy; the defaults are paper 1's schedule (section 4.2).

    Parameters
    ----------
    config : a network's Config
        Of `emotion.networks`; its `classes` are set from y, and empty `inputs` from X: one modality
        of all features.
    epochs : int
        Maximum number of epochs.
    rows : int
        Batch size.
    rate : float
        Adam's step size; a tenth of it after `flat` epochs without a better validation loss.
    patience : int
        Epochs without a better validation loss before it stops.
    l2 : float
        Factor of the sum of squares of all weights (not biases) in the loss.
    held_out : float
        Share of the groups (of the rows, without groups) used for early stopping.
    class_weight : "balanced" or None
    hidden : float
        Probability of hiding each modality of each training row, as missing sensors do.
    random_state : int, RandomState or None

    Attributes
    ----------
    classes_ : (K,)
    config_ : the config that was built
    network_ : nn.Module
        With the weights of the epoch with the least validation loss.
    history_ : (epochs, 2)
        Training and validation loss of each epoch.
    best_epoch_ : int
    stopped_by_ : (P,) or None
        Codes of the groups used for early stopping.
    """

    def __init__(
        self,
        config: Any,
        *,
        epochs: int = 500,
        rows: int = 32,
        rate: float = 1e-3,
        flat: int = 5,
        patience: int = 10,
        l2: float = 1e-3,
        held_out: float = 0.2,
        class_weight: str | None = "balanced",
        hidden: float = 0.0,
        random_state: Any = 0,
    ) -> None:
        self.config = config
        self.epochs = epochs
        self.rows = rows
        self.rate = rate
        self.flat = flat
        self.patience = patience
        self.l2 = l2
        self.held_out = held_out
        self.class_weight = class_weight
        self.hidden = hidden
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Learn from X and labels y (N,).

        Parameters
        ----------
        X : (N, T, F) or (N, F), NaN where not seen; for a network of pictures (N, side, side)
            or (N, C, side, side)
        y : (N,)
        groups : (N,) or None
            People; each is used either for training or for early stopping. None = random rows, for
            data without people.

        Raises
        ------
        ValueError
            If X has other features than the config says, or the loss was never finite.
        """
        X, y = check_fit_input(self, X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.config_ = _fit_config(self.config, X, len(self.classes_))
        seed = int(check_random_state(self.random_state).randint(2**31))
        train, valid = self._split(labels, groups, seed)
        self.stopped_by_ = None if groups is None else np.unique(np.asarray(groups)[valid])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network_ = self.config_.build()
            self._learn(_Side.take(X, labels, train), _Side.take(X, labels, valid), seed)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return (N, K)."""
        rows = torch.from_numpy(np.ascontiguousarray(check_predict_input(self, X)))
        proba = _logits(self.network_, self.config_, rows).double().softmax(dim=1)
        return np.asarray(proba.numpy())

    def predict(self, X: Any) -> Any:
        """Return the most likely label of each row (N,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def _split(self, labels: NDArray[np.int64], groups: Any, seed: int) -> Any:
        if groups is None:
            splitter: Any = ShuffleSplit(1, test_size=self.held_out, random_state=seed)
        else:
            splitter = GroupShuffleSplit(1, test_size=self.held_out, random_state=seed)
        return next(splitter.split(labels, labels, groups))

    def _learn(self, train: _Side, valid: _Side, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        optimiser = torch.optim.Adam(_group_parameters(self.network_, self.l2), lr=self.rate)
        slower = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, factor=0.1, patience=self.flat - 1, threshold=0.0
        )
        weights = self._weights(train.labels.numpy())
        best, kept, history, self.best_epoch_ = math.inf, _state(self.network_), [], 0
        for epoch in range(self.epochs):
            seen = self._epoch(train, optimiser, weights, generator)
            found = _logits(self.network_, self.config_, valid.rows)
            loss = float(functional.cross_entropy(found, valid.labels, weights))
            history.append((seen, loss))
            slower.step(loss)
            if loss < best:
                best, kept, self.best_epoch_ = loss, _state(self.network_), epoch
            elif epoch - self.best_epoch_ >= self.patience:
                break
        if math.isinf(best):
            raise ValueError(f"no epoch had a finite validation loss: try a rate below {self.rate}")
        self.history_ = np.array(history)
        self.network_.load_state_dict(kept)
        self.network_.eval()

    def _epoch(
        self,
        train: _Side,
        optimiser: torch.optim.Optimizer,
        weights: Tensor | None,
        generator: torch.Generator,
    ) -> float:
        self.network_.train()
        total = 0.0
        for rows, labels in train.steps(self.rows, generator):
            shown = _hide_modalities(self.config_, rows, self.hidden, generator)
            found = self.network_(*_arguments(self.config_, shown))
            loss = functional.cross_entropy(found, labels, weights)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
            total += float(loss.detach()) * len(labels)
        return total / len(train.labels)

    def _weights(self, labels: NDArray[np.int64]) -> Tensor | None:
        """Return (K,) weights of the loss; a class without training rows weighs 1."""
        if self.class_weight is None:
            return None
        there = np.unique(labels)
        weights = np.ones(len(self.classes_), np.float32)
        weights[there] = compute_class_weight(self.class_weight, classes=there, y=labels)
        return torch.from_numpy(weights)

    def __sklearn_tags__(self) -> Any:
        """Declare what it reads."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.non_deterministic = False
        return tags


class _Side:
    """One side of the inner split: rows as given, and labels (N,)."""

    def __init__(self, rows: Tensor, labels: Tensor) -> None:
        self.rows, self.labels = rows, labels

    @classmethod
    def take(cls, X: Any, labels: NDArray[np.int64], index: NDArray[np.int64]) -> _Side:
        return cls(torch.from_numpy(X[index]), torch.from_numpy(labels[index]))

    def steps(self, rows: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.labels), generator=generator)
        for index in (order[at : at + rows] for at in range(0, len(order), rows)):
            yield self.rows[index], self.labels[index]


def _fit_config(config: Any, X: NDArray[np.float32], classes: int) -> Any:
    """Return the config with its classes, and with inputs that match X."""
    inputs = getattr(config, "inputs", None)
    if inputs is None:
        return replace(config, classes=classes)
    inputs = dict(inputs) or {"all": X.shape[-1]}
    if sum(inputs.values()) != X.shape[-1]:
        raise ValueError(f"expected {sum(inputs.values())} features ({inputs}), got {X.shape[-1]}")
    return replace(config, classes=classes, inputs=inputs)


def _arguments(config: Any, rows: Tensor) -> tuple[Any, ...]:
    """Return the network's arguments: modalities' values and masks, or pictures (B, C, H, W)."""
    if not hasattr(config, "inputs"):
        return (rows[:, None] if rows.ndim == 3 else rows,)
    rows = rows[:, None] if rows.ndim == 2 else rows  # (B, T, F)
    names = sorted(config.inputs)
    pieces = rows.split_with_sizes([config.inputs[name] for name in names], dim=-1)
    masks = {name: ~torch.isnan(piece) for name, piece in zip(names, pieces, strict=True)}
    values = {n: torch.nan_to_num(piece) for n, piece in zip(names, pieces, strict=True)}
    return values, masks


def _hide_modalities(config: Any, rows: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """Return rows with each modality set to NaN with probability `rate`."""
    if rate == 0 or not hasattr(config, "inputs"):
        return rows
    pieces = rows.split_with_sizes([config.inputs[n] for n in sorted(config.inputs)], dim=-1)
    shape = (len(rows), *[1] * (rows.ndim - 1))
    drawn = [torch.rand(shape, generator=generator) < rate for _ in pieces]
    return torch.cat([p.masked_fill(d, math.nan) for p, d in zip(pieces, drawn, strict=True)], -1)


def _logits(network: nn.Module, config: Any, rows: Tensor) -> Tensor:
    network.eval()
    with torch.inference_mode():
        return torch.cat(
            [network(*_arguments(config, part)) for part in torch.split(rows, TOGETHER)]
        )


def _group_parameters(network: nn.Module, l2: float) -> list[dict[str, Any]]:
    """Return Adam's parameter groups; l2 times the squares has the gradient 2 l2 w."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    biases = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": 2 * l2}, {"params": biases}]


def _state(network: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in network.state_dict().items()}
