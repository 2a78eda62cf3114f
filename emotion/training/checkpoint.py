"""A training under way kept in one file an epoch, so that one that was killed goes on where it was.

A file belongs to one recipe, code and torch: kept by another, it is not gone on with.
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
    """A network on its way, and everything that decides where it goes from here.

    Attributes
    ----------
    generator : torch.Generator
        Of order and hiding; weights and dropout are torch's own generator's.
    falling : LRScheduler or None
        Where the step size falls.
    epoch, waited : int
        Epochs done, and those since the best.
    best : float
        The least validation loss so far.
    kept : dict of tensors
        The network's as after the epoch of `best`.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    falling: torch.optim.lr_scheduler.LRScheduler | None = None
    epoch: int = 0
    waited: int = 0
    best: float = np.inf
    kept: dict[str, Tensor] = field(default_factory=dict)

    def judged(self, loss: float) -> None:
        """Count an epoch done, and keep its weights if none before was better."""
        better = loss < self.best
        self.epoch += 1
        self.waited = 0 if better else self.waited + 1
        self.best = loss if better else self.best
        if better or not self.kept:
            self.kept = _copied(self.network.state_dict())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One file of one training; `identity` says whose it is."""

    path: Path
    identity: str

    def save(self, training: Training) -> None:
        """Write whole or not at all: the process may be killed while it writes."""
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
        """Bring `training` to where the file left it; False where there is none of this identity.

        `training` is of the same recipe and has not begun.
        """
        if not self.path.is_file():
            return False
        with safe_open(self.path, framework="pt") as file:
            state = json.loads((file.metadata() or {}).get("state", "{}"))
            if state.get("identity") != self.identity:
                return False
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        _bring(training, state, tensors)
        return True


@dataclass(frozen=True, slots=True)
class Work:
    """A working folder; each training of a recipe has a stage of its own in it."""

    folder: Path
    identity: str

    def stage(self, name: str) -> Checkpoint:
        """Return where this stage is kept."""
        return Checkpoint(self.folder / f"{name}.safetensors", self.identity)


@contextmanager
def working(folder: Path, told: Mapping[str, Any]) -> Iterator[Work]:
    """Give a working folder to one process at a time; it goes when all is done, stays when not.

    Parameters
    ----------
    told : mapping
        The recipe, as JSON has it: with code and torch it is the work's identity.

    Raises
    ------
    Busy
        Where another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{folder}: another training is at work here; wait for it") from None
        yield Work(folder, identity(told))
        shutil.rmtree(folder)


def identity(told: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a recipe, of `emotion` as it stands and of torch's version, in hex."""
    found = sha256(json.dumps([told, torch.__version__], sort_keys=True).encode())
    for path in sorted([*CODE.rglob("*.py"), *CODE.rglob("*.json")]):
        found.update(str(path.relative_to(CODE)).encode() + sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _tensors(training: Training, moments: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return everything that is a tensor, each with memory of its own."""
    parts = {
        "network": training.network.state_dict(),
        "kept": training.kept,
        "random": {"torch": torch.get_rng_state(), "own": training.generator.get_state()},
        **{f"moments.{n}": each for n, each in moments.items()},
    }
    return {f"{part}:{n}": x for part, each in parts.items() for n, x in _copied(each).items()}


def _bring(training: Training, state: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
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
    """Return groups as the optimiser had them: JSON made a list of the two betas."""
    return [{**group, "betas": tuple(group["betas"])} for group in told]


def _copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n: x.detach().clone().contiguous() for n, x in tensors.items()}
