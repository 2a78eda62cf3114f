"""Results stored job by job in a folder, so that an interrupted run can be resumed.

A folder belongs to one plan: other settings or cohorts are refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotion.benchmarks.affect.fold_jobs import Job, Kept, digest_cohorts
from emotion.benchmarks.affect.plan import BenchmarkProfile, to_settings

PLAN = "plan.json"

# Increase it if a change of this package invalidates stored results.
VERSION = 2


class OtherPlan(ValueError):
    """The folder has results of other settings."""


@dataclass(frozen=True, slots=True)
class ResultStore:
    """A folder of results."""

    folder: Path
    profile: BenchmarkProfile

    def path(self, job: Job) -> Path:
        """Return the path of the job's result."""
        return self.folder / f"{job.key}.npz"

    def missing(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs without a result."""
        return [job for job in jobs if not self.path(job).exists()]

    def save(self, job: Job, kept: Kept) -> None:
        """Write atomically, as a process may be killed meanwhile."""
        half = self.path(job).with_suffix(f".{os.getpid()}.half")
        with half.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **kept)
        half.replace(self.path(job))

    def load(self, job: Job) -> Kept:
        """Return a result; nothing in it is unpickled."""
        with np.load(self.path(job), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}


def open_or_create(folder: Path, profile: BenchmarkProfile) -> ResultStore:
    """Open or create the folder's store.

    Raises
    ------
    OtherPlan
        If it has results of another profile, version or simulator.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mine = _describe_plan(profile)
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


def _describe_plan(profile: BenchmarkProfile) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": VERSION,
        "cohorts": digest_cohorts(),
        "profile": to_settings(profile),
    }
    return dict(json.loads(json.dumps(found)))
