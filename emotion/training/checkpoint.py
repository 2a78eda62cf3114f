"""Checkpoints of a running training, one file per epoch, so that a killed one can be resumed.

A file belongs to one recipe, code and torch version; other trainings ignore it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

CODE = Path(__file__).resolve().parents[1]
LOCK = "lock"


class Busy(RuntimeError):
    """Another process trains in this folder."""


@dataclass(slots=True)
class Training:
    """A network in training, with everything that determines its further course.

    Attributes
    ----------
    generator : torch.Generator
        Of order and hiding; weights and dropout use torch's own generator.
    falling : LRScheduler or None
        If the step size decreases.
    epoch, waited : int
        Epochs done, and those since the best.
    best : float
        The least validation loss so far.
    kept : dict of tensors
        The network's after the epoch of `best`.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    falling: torch.optim.lr_scheduler.LRScheduler | None = None
    epoch: int = 0
    waited: int = 0
    best: float = np.inf
    kept: dict[str, Tensor] = field(default_factory=dict)

    def record_epoch(self, loss: float) -> None:
        """Record a finished epoch, and keep its weights if it is the best so far."""
        better = loss < self.best
        self.epoch += 1
        self.waited = 0 if better else self.waited + 1
        self.best = loss if better else self.best
        if better or not self.kept:
            self.kept = _copy(self.network.state_dict())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The file of one training; `identity` says which."""

    path: Path
    identity: str

    def save(self, training: Training) -> None:
        """Write atomically, as the process may be killed meanwhile."""
        told = training.optimiser.state_dict()
        state = {
            "identity": self.identity,
            "epoch": training.epoch,
            "waited": training.waited,
            "best": training.best,
            "groups": told["param_groups"],
            "falling": training.falling.state_dict() if training.falling else None,
        }
        half = self.path.with_suffix(".half")
        save_file(_tensors(training, told["state"]), half, {"state": json.dumps(state)})
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.replace(self.path)

    def restore(self, training: Training) -> bool:
        """Restore `training` from the file; False if there is none of this identity.

        `training` must have the same recipe and be at its start.
        """
        if not self.path.is_file():
            return False
        with safe_open(self.path, framework="pt") as file:
            state = json.loads((file.metadata() or {}).get("state", "{}"))
            if state.get("identity") != self.identity:
                return False
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        _load_state(training, state, tensors)
        return True


@dataclass(frozen=True, slots=True)
class Work:
    """A working folder; each training of a recipe has its own stage in it."""

    folder: Path
    identity: str

    def stage(self, name: str) -> Checkpoint:
        """Return the checkpoint of this stage."""
        return Checkpoint(self.folder / f"{name}.safetensors", self.identity)


@contextmanager
def open_work(folder: Path, recipe: Mapping[str, Any]) -> Iterator[Work]:
    """Lock a working folder for one process; delete it at success, keep it on failure.

    Parameters
    ----------
    recipe : mapping
        The recipe as JSON; with code and torch version it is the work's identity.

    Raises
    ------
    Busy
        If another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{folder}: another training is at work here; wait for it") from None
        yield Work(folder, identity(recipe))
        shutil.rmtree(folder)


def identity(recipe: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a recipe, of the source of `emotion` and of torch's version, in hex."""
    found = sha256(json.dumps([recipe, torch.__version__], sort_keys=True).encode())
    for path in sorted([*CODE.rglob("*.py"), *CODE.rglob("*.json")]):
        found.update(str(path.relative_to(CODE)).encode() + sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _tensors(training: Training, moments: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return all tensors, each with its own memory."""
    parts = {
        "network": training.network.state_dict(),
        "kept": training.kept,
        "random": {"torch": torch.get_rng_state(), "own": training.generator.get_state()},
        **{f"moments.{n}": each for n, each in moments.items()},
    }
    return {f"{part}:{n}": x for part, each in parts.items() for n, x in _copy(each).items()}


def _load_state(
    training: Training, state: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> None:
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        part, _, name = key.partition(":")
        parts.setdefault(part, {})[name] = tensor
    training.network.load_state_dict(parts["network"], strict=True)
    moments = {int(p.partition(".")[2]): x for p, x in parts.items() if p.startswith("moments.")}
    training.optimiser.load_state_dict({"state": moments, "param_groups": _groups(state["groups"])})
    if training.falling is not None:
        training.falling.load_state_dict(state["falling"])
    training.epoch, training.waited = state["epoch"], state["waited"]
    training.best, training.kept = state["best"], parts["kept"]
    torch.set_rng_state(parts["random"]["torch"])
    training.generator.set_state(parts["random"]["own"])


def _groups(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the optimiser's groups; JSON has turned the two betas into a list."""
    return [{**group, "betas": tuple(group["betas"])} for group in told]


def _copy(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n: x.detach().clone().contiguous() for n, x in tensors.items()}
