"""The attentive network as an estimator: batches of histories, early stopping, temperature."""

from __future__ import annotations

import copy
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor
from torch.nn import functional

from emotion.calibration.temperature import fit_temperature, log_loss, softmax
from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.base import Tracer
from emotion.knowledge.tracers.elo_states import EloStates, transform_crosswise
from emotion.knowledge.tracers.sequence_batches import (
    History,
    NetworkInputs,
    iterate_batches,
    list_histories,
    make_inputs,
)
from emotion.networks import akt
from emotion.networks.simple_kt import Attentive, Config

Array = NDArray[np.float64]
Network = Attentive | akt.Akt

# One in so many learners is used for early stopping only.
PARTS: Final = 10
# Places in a batch for prediction.
PLACES: Final = 8192


class AttentiveTracer(Tracer):
    """Attention over a learner's whole history.

    Items' difficulties come from `EloStates`: in training, those fitted on other learners.

    Parameters
    ----------
    width, heads, layers : int
        Of the network.
    dropout : float
    epochs : int
        Maximum; it stops after `patience` epochs without a smaller loss on the validation learners.
    patience : int
    answers : int
        Approximate number per step.
    rate : float
        AdamW's peak; it rises over the first tenth and then falls to zero.
    decay : float
        AdamW's weight decay.
    random_state : int

    Attributes
    ----------
    network_ : Attentive or Akt
    states_ : EloStates
    temperature_ : float
    losses_ : list of float
        On the validation learners, after each epoch.
    classes_ : (2,)
    """

    config_class: type[Config] | type[akt.Config] = Config

    def __init__(
        self,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        dropout: float = 0.2,
        epochs: int = 8,
        patience: int = 2,
        answers: int = 2048,
        rate: float = 3e-3,
        decay: float = 0.05,
        random_state: int = 0,
    ) -> None:
        self.width = width
        self.heads = heads
        self.layers = layers
        self.dropout = dropout
        self.epochs = epochs
        self.patience = patience
        self.answers = answers
        self.rate = rate
        self.decay = decay
        self.random_state = random_state

    def fit(self, log: ResponseLog) -> Self:
        """Learn from other learners' logs; the log includes the answers."""
        rng = np.random.default_rng(self.random_state)
        self.classes_ = np.array([0, 1])
        self.states_ = EloStates().fit(log)
        width = log.skills.shape[1]
        read = make_inputs(log, transform_crosswise(log, rng=rng)[:, 0], width)
        count = min(PARTS, len(np.unique(log.users)))
        taught, aside = (
            list_histories(log, rows)
            for rows in next(iter(iterate_folds(log.users, count, rng=rng)))
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.random_state)
            config = self.config_class(width, self.width, self.heads, self.layers, self.dropout)
            self.network_ = config.build()
            self._learn(taught, aside, read, rng)
        logits, rows = _logits(self.network_, aside, read)
        self.temperature_ = fit_temperature(_two_logits(logits), log.correct[rows])
        return self

    def _right(self, log: ResponseLog) -> Array:
        read = make_inputs(log, self.states_.difficulties(log), self.network_.config.skills)
        logits, rows = _logits(self.network_, list_histories(log, np.arange(len(log))), read)
        right = np.empty(len(log))
        right[rows] = expit(logits / self.temperature_)
        return right

    def _learn(
        self,
        taught: list[History],
        aside: list[History],
        read: NetworkInputs,
        rng: np.random.Generator,
    ) -> None:
        weights = self.network_.parameters()
        optimiser = torch.optim.AdamW(weights, lr=self.rate, weight_decay=self.decay)
        kept, self.losses_ = copy.deepcopy(self.network_.state_dict()), []
        for epoch in range(self.epochs):
            parts = list(iterate_batches(taught, self.answers, rng))
            for place, batch in enumerate(parts):
                done = (epoch + place / len(parts)) / self.epochs
                optimiser.param_groups[0]["lr"] = self.rate * min(10 * done + 0.01, 1.0 - done)
                _step(self.network_, optimiser, read.pad(batch))
            self.losses_.append(_loss(self.network_, aside, read))
            best = int(np.argmin(self.losses_))
            if best == epoch:
                kept = copy.deepcopy(self.network_.state_dict())
            elif epoch - best >= self.patience:
                break
        self.network_.load_state_dict(kept)


class AktTracer(AttentiveTracer):
    """AKT over a learner's whole history, trained as `AttentiveTracer` is."""

    config_class = akt.Config


def _step(network: Network, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...]) -> None:
    *read, there = batch
    correct = read[-1].to(torch.float32)
    network.train()
    logits = network(*read)
    loss = functional.binary_cross_entropy_with_logits(logits[there], correct[there])
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def _logits(
    network: Network, whole: list[History], read: NetworkInputs
) -> tuple[Array, NDArray[np.int64]]:
    """Return (M,) logits of right answers, and the rows of the log they belong to."""
    network.eval()
    found, rows = [], []
    with torch.inference_mode():
        for batch in iterate_batches(whole, PLACES, None):
            *inputs, there = read.pad(batch)
            found.append(network(*inputs)[there].double().numpy())
            rows.extend(batch)
    return np.concatenate(found), np.concatenate(rows)


def _loss(network: Network, whole: list[History], read: NetworkInputs) -> float:
    logits, rows = _logits(network, whole, read)
    return log_loss(softmax(_two_logits(logits)), read.correct[rows])


def _two_logits(logits: Array) -> Array:
    """Return (M, 2) logits of wrong and right."""
    return np.stack([np.zeros(len(logits)), logits], axis=1)
