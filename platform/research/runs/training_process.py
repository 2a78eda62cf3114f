"""The process of one training: fed over its standard input, read line by line, killed at once.

Its output goes through a pipe. If its worker is killed, its next write ends it too, and only the
checkpoint of that epoch remains.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from estimates.registry import training_command

# An epoch of a training, or a row of a paper's tables.
EPOCH: Final = re.compile(r"(?:epoch|row) (\d+) of (\d+)")
LOSS: Final = re.compile(r"epoch (\d+) of \d+: validation loss (\d+\.\d+)")
RESUMED: Final = "going on after epoch"
# With two cores, pages and live work take priority.
NICENESS: Final = 10
BUSY: Final = "another training is at work here"
GRACE_S: Final = 5
TABLES_MODULE: Final = "emotion.benchmarks.papers"


class TrainingProcess:
    """A training in progress."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.epoch: tuple[int, int] = (0, 0)
        self._output: dict[str, bytes] = {"out": b"", "err": b""}
        self._open = selectors.DefaultSelector()
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            self._open.register(_require_pipe(pipe), selectors.EVENT_READ, name)

    def write_input(self, data: bytes) -> None:
        """Write the snapshot to it; if it died meanwhile, its exit code reports that."""
        with contextlib.suppress(BrokenPipeError), _require_pipe(self.process.stdin) as pipe:
            pipe.write(data)

    def read_output(self, seconds: float) -> bool:
        """Wait this long for output; returns False once it has ended and all is read."""
        for key, _ in self._open.select(seconds):
            found = os.read(key.fd, 1 << 16)
            if not found:
                self._open.unregister(key.fileobj)
            self._output[key.data] += found
        if said := EPOCH.findall(self._output["err"].decode(errors="replace")):
            self.epoch = (int(said[-1][0]), int(said[-1][1]))
        return bool(self._open.get_map())

    @property
    def is_busy(self) -> bool:
        """Return whether it exited because an earlier one still works in its folder."""
        return BUSY.encode() in self._output["err"]

    @property
    def learning_curves(self) -> list[list[tuple[int, float]]]:
        """Return (epoch, validation loss) of each network that it trained, in their order.

        A training that went on from a checkpoint has none: the epochs before were not read.
        """
        curves: list[list[tuple[int, float]]] = []
        said = self._output["err"].decode(errors="replace")
        for epoch, loss in LOSS.findall(said) if RESUMED not in said else ():
            point = (int(epoch), float(loss))
            if not curves or point[0] <= curves[-1][-1][0]:
                curves.append([])
            curves[-1].append(point)
        return curves

    def report(self) -> dict[str, Any]:
        """Return its last line; raises ChildProcessError unless it finished."""
        if self.process.wait():
            raise ChildProcessError(
                f"training ended with {self.process.returncode}: {self._last_words()}"
            )
        report: dict[str, Any] = json.loads(self._output["out"].splitlines()[-1])
        return report

    def _last_words(self) -> str:
        """Return its last error line, or for an unexpected error only the exception type.

        A library's message may quote training data.
        """
        said = self._output["err"].decode(errors="replace").splitlines() or [""]
        unforeseen = any(line.startswith("Traceback ") for line in said)
        return said[-1].partition(":")[0] if unforeseen else said[-1]

    def stop(self) -> None:
        """Stop the process; it has ended when this returns."""
        self.process.terminate()
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._open.close()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                _require_pipe(pipe).close()


def start_training(
    recipe: str, out: Path, data: bytes | None
) -> AbstractContextManager[TrainingProcess]:
    """Train within the context; the process does not outlive it."""
    return _start(training_command.command(recipe, out, _name_data(data)), data)


def start_tables(
    paper: int, extent: str, out: Path, data: bytes | Path | None
) -> AbstractContextManager[TrainingProcess]:
    """Compute the tables of a paper within the context, as a training is."""
    words = [sys.executable, "-m", TABLES_MODULE, str(paper), extent, str(out)]
    if isinstance(data, Path):
        return _start([*words, str(data)], None)
    return _start([*words, *filter(None, [_name_data(data)])], data)


@contextmanager
def _start(command: list[str], data: bytes | None) -> Iterator[TrainingProcess]:
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=training_command.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child = TrainingProcess(process)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        child.write_input(data or b"")
        yield child
    finally:
        child.stop()


def _name_data(data: bytes | None) -> str:
    return "" if data is None else training_command.FROM_STDIN


def _require_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("expected a pipe")
    return pipe
