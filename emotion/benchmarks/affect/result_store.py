"""Results kept job by job in a folder, so that a run that was killed goes on where it stopped.

A folder belongs to one plan: what was begun with other settings or cohorts is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotion.benchmarks.affect.fold_jobs import Job, Kept, cohorts_digest
from emotion.benchmarks.affect.plan import Profile, settings

PLAN = "plan.json"

# Raise it where a change of this package makes kept results wrong.
VERSION = 2


class OtherPlan(ValueError):
    """The folder holds results of other settings."""


@dataclass(frozen=True, slots=True)
class State:
    """A folder of results."""

    folder: Path
    profile: Profile

    def path(self, job: Job) -> Path:
        """Return where the job's result is or will be."""
        return self.folder / f"{job.key}.npz"

    def missing(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs whose result is not there."""
        return [job for job in jobs if not self.path(job).exists()]

    def save(self, job: Job, kept: Kept) -> None:
        """Write whole or not at all: a process may be killed while it writes."""
        half = self.path(job).with_suffix(f".{os.getpid()}.half")
        with half.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **kept)
        half.replace(self.path(job))

    def load(self, job: Job) -> Kept:
        """Return a result; nothing in it is unpickled."""
        with np.load(self.path(job), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}


def begin(folder: Path, profile: Profile) -> State:
    """Return the folder's state, new or gone on with.

    Raises
    ------
    OtherPlan
        Where it holds results of another profile, version or simulator.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mine = _plan(profile)
    file = folder / PLAN
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != mine:
        raise OtherPlan(f"{folder} holds results of another plan: name an empty folder")
    file.write_text(json.dumps(mine, indent=1), encoding="utf-8")
    return State(folder, profile)


def of(folder: Path) -> State:
    """Return the state of a folder that `begin` has made: for worker processes."""
    found = json.loads((folder / PLAN).read_text(encoding="utf-8"))["profile"]
    tuples: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in found.items()}
    return State(folder, Profile(**tuples))


def _plan(profile: Profile) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": VERSION,
        "cohorts": cohorts_digest(),
        "profile": settings(profile),
    }
    return dict(json.loads(json.dumps(found)))
