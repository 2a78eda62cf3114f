"""Runs jobs in this process or in several.

`python -m emotion.benchmarks.affect.workers STATE PART PARTS` starts one of several. Each worker
takes every PARTS-th unfinished job, and stops when its parent process is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from emotion.benchmarks.affect.fold_jobs import Job, list_jobs, run_job
from emotion.benchmarks.affect.plan import PlannedRow, plan_rows
from emotion.benchmarks.affect.result_store import ResultStore, open_existing

Say = Callable[[str], None]

LOOK_EVERY_S = 2.0
SAY_EVERY_S = 15.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerStopped(RuntimeError):
    """A worker ended before its jobs were done."""


def run_missing(state: ResultStore, wanted: Sequence[PlannedRow], workers: int, say: Say) -> None:
    """Do the unfinished jobs of the requested rows."""
    every = list_jobs(state.profile, list(wanted))
    missing = state.missing(every)
    say(f"{len(every)} fits, {len(every) - len(missing)} of them kept from before")
    if not missing:
        return
    if workers > 1:
        _run_in_processes(state, wanted, every, workers, say)
        return
    limit_threads()
    for number, job in enumerate(missing, start=1):
        state.save(job.key, run_job(job, state.profile))
        say(f"{number} of {len(missing)}: {job.key}")


def _run_in_processes(
    state: ResultStore, wanted: Sequence[PlannedRow], every: Sequence[Job], workers: int, say: Say
) -> None:
    keys = "\n".join(row.key for row in wanted)
    root = Path(__file__).resolve().parents[3]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(state.folder.resolve()), str(part), str(workers)],
            cwd=root,
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            text=True,
        )
        for part in range(workers)
    ]
    try:
        for worker in started:
            if worker.stdin is not None:
                worker.stdin.write(keys)
                worker.stdin.close()
        _watch(state, every, started, say)
    finally:
        for worker in started:
            worker.terminate()
            worker.wait()


def _watch(
    state: ResultStore, every: Sequence[Job], started: Sequence[subprocess.Popen[str]], say: Say
) -> None:
    said = time.monotonic()
    while any(worker.poll() is None for worker in started):
        time.sleep(LOOK_EVERY_S)
        if time.monotonic() - said >= SAY_EVERY_S:
            left = state.missing(every)
            after = left[0].key if left else "nothing"
            say(f"{len(every) - len(left)} of {len(every)} fits; next {after}")
            said = time.monotonic()
    if left := state.missing(every):
        raise WorkerStopped(f"expected {len(every)} fits, {len(left)} are missing: {left[0].key}")


def limit_threads() -> None:
    """Let torch use one thread: small networks are slower with more."""
    import torch

    torch.set_num_threads(1)


def main(folder: Path, part: int, parts: int) -> None:
    """Do every `parts`-th job of the rows named on the standard input."""
    limit_threads()
    state, keys, parent = open_existing(folder), set(sys.stdin.read().split("\n")), os.getppid()
    every = list_jobs(state.profile, [row for row in plan_rows() if row.key in keys])
    for job in every[part::parts]:
        if os.getppid() != parent:
            return
        if state.missing([job]):
            state.save(job.key, run_job(job, state.profile))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
