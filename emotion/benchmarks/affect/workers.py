"""Run jobs, in this process or in several.

`python -m emotion.benchmarks.affect.workers STATE PART PARTS` is one of several. Each worker takes
every PARTS-th job that is not done, and stops when whoever started it is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from emotion.benchmarks.affect.fold_jobs import Job, jobs, run
from emotion.benchmarks.affect.plan import Row, rows
from emotion.benchmarks.affect.result_store import State, of

Say = Callable[[str], None]

LOOK_EVERY_S = 2.0
SAY_EVERY_S = 15.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerStopped(RuntimeError):
    """A worker ended before its jobs were done."""


def finish(state: State, wanted: Sequence[Row], workers: int, say: Say) -> None:
    """Do what is not done yet of the rows asked for."""
    every = jobs(state.profile, list(wanted))
    missing = state.missing(every)
    say(f"{len(every)} fits, {len(every) - len(missing)} of them kept from before")
    if not missing:
        return
    if workers > 1:
        _in_processes(state, wanted, every, workers, say)
        return
    _one_thread()
    for number, job in enumerate(missing, start=1):
        state.save(job, run(job, state.profile))
        say(f"{number} of {len(missing)}: {job.key}")


def _in_processes(
    state: State, wanted: Sequence[Row], every: Sequence[Job], workers: int, say: Say
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
    state: State, every: Sequence[Job], started: Sequence[subprocess.Popen[str]], say: Say
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


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def main(folder: Path, part: int, parts: int) -> None:
    """Do every `parts`-th job of the rows named on the standard input."""
    _one_thread()
    state, keys, parent = of(folder), set(sys.stdin.read().split("\n")), os.getppid()
    every = jobs(state.profile, [row for row in rows() if row.key in keys])
    for job in every[part::parts]:
        if os.getppid() != parent:
            return
        if state.missing([job]):
            state.save(job, run(job, state.profile))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
