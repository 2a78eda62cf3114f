"""Trainings of many short parts: finished parts are stored, so that a killed one can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from emotion.training.checkpoint import Work
from emotion.training.example_table import Say

Arrays = Mapping[str, NDArray[Any]]


@dataclass(slots=True)
class Parts:
    """The parts of one training, reported as epochs, the only unit that progress listeners know.

    Attributes
    ----------
    work : Work or None
        Where parts are stored; None stores nothing.
    count : int
        The total number of parts.
    """

    work: Work | None
    say: Say
    count: int
    done: int = 0

    def get(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the stored result of `make`; call it only if there is none."""
        found = self._read(name) or self._make_part(name, make)
        self.done += 1
        self.say(f"epoch {self.done} of {self.count}: {name}")
        return found

    def _make_part(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        found = {n: np.ascontiguousarray(x) for n, x in make().items()}
        if self.work is not None:
            path = self.work.folder / f"{name}.safetensors"
            half = path.with_suffix(".half")
            save_file(found, half, {"identity": json.dumps(self.work.identity)})
            half.replace(path)
        return found

    def _read(self, name: str) -> Arrays | None:
        path = self.work.folder / f"{name}.safetensors" if self.work else None
        if self.work is None or path is None or not path.is_file():
            return None
        with safe_open(path, framework="np") as file:
            if (file.metadata() or {}).get("identity") != json.dumps(self.work.identity):
                return None
            return {n: file.get_tensor(n) for n in file.keys()}  # noqa: SIM118  # no mapping
