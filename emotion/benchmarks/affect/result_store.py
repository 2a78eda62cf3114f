"""Results stored job by job in a folder, so that an interrupted run can be resumed.

A folder belongs to one plan: other settings or cohorts are refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.plan import BenchmarkProfile, to_settings

PLAN = "plan.json"

# Increase it if a change of this package invalidates stored results.
VERSION = 3


class OtherPlan(CannotMeasure):
    """The folder has results of other settings."""


@dataclass(frozen=True, slots=True)
class ResultStore:
    """A folder of results."""

    folder: Path
    profile: BenchmarkProfile

    def path(self, key: str) -> Path:
        """Return the path of a job's result."""
        return self.folder / f"{key}.npz"

    def missing(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs without a result."""
        return [job for job in jobs if not self.path(job.key).exists()]

    def save(self, key: str, kept: Kept) -> None:
        """Write atomically, as a process may be killed meanwhile."""
        half = self.path(key).with_suffix(f".{os.getpid()}.half")
        with half.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **kept)
        half.replace(self.path(key))

    def load(self, key: str) -> Kept:
        """Return a result; nothing in it is unpickled."""
        with np.load(self.path(key), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    def remember(self, key: str, make: Callable[[], Kept]) -> Kept:
        """Return the stored result of `make`; call it only if there is none."""
        if not self.path(key).exists():
            self.save(key, make())
        return self.load(key)


def open_or_create(folder: Path, profile: BenchmarkProfile, data: str) -> ResultStore:
    """Open or create the folder's store.

    Parameters
    ----------
    data : str
        Digest of the data or of its simulator.

    Raises
    ------
    OtherPlan
        If it has results of another profile, version or data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mine = _describe_plan(profile, data)
    file = folder / PLAN
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != mine:
        raise OtherPlan(f"{folder} holds results of another plan: name an empty folder")
    file.write_text(json.dumps(mine, indent=1), encoding="utf-8")
    return ResultStore(folder, profile)


def open_existing(folder: Path) -> ResultStore:
    """Open a folder that `begin` has created; for worker processes."""
    found = json.loads((folder / PLAN).read_text(encoding="utf-8"))["profile"]
    tuples: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in found.items()}
    return ResultStore(folder, BenchmarkProfile(**tuples))


def _describe_plan(profile: BenchmarkProfile, data: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": VERSION,
        "data": data,
        "profile": to_settings(profile),
    }
    return dict(json.loads(json.dumps(found)))
