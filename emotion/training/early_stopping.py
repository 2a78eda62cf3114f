"""The training loop of all networks: epochs until patience ends; the best weights are kept."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from emotion.training.checkpoint import Checkpoint, Training
from emotion.training.example_table import Say


def train_until_best(
    training: Training,
    epoch: Callable[[], float],
    epochs: int,
    patience: int,
    *,
    kept_at: Checkpoint | None,
    say: Say,
) -> nn.Module:
    """Return the network after the epoch with the least validation loss.

    Parameters
    ----------
    epoch : callable
        Trains `training.network` once through its data and returns the validation loss.
    epochs, patience : int
        Maximum number of epochs, and epochs without a better loss before stopping.
    kept_at : Checkpoint or None
        Stores each epoch, to resume from; None stores nothing.
    """
    if kept_at is not None and kept_at.restore(training):
        say(f"going on after epoch {training.epoch} of {epochs}")
    while training.epoch < epochs and training.waited < patience:
        loss = epoch()
        training.record_epoch(loss)
        if kept_at is not None:
            kept_at.save(training)
        say(f"epoch {training.epoch} of {epochs}: validation loss {loss:.4f}")
    training.network.load_state_dict(training.kept)
    return training.network.eval()
