"""The process of one training: fed over its standard input, heard line by line, killed at once.

Its lines come through a pipe: where its worker was killed, the next line it writes ends it too, and
a checkpoint of that epoch is all that is left of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from estimates.registry import training_command

EPOCH: Final = re.compile(r"epoch (\d+) of (\d+)")
# Of two cores, pages and help come first.
NICENESS: Final = 10
BUSY: Final = "another training is at work here"
GRACE_S: Final = 5


class Child:
    """A training under way."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.epoch: tuple[int, int] = (0, 0)
        self._heard: dict[str, bytes] = {"out": b"", "err": b""}
        self._open = selectors.DefaultSelector()
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            self._open.register(_of(pipe), selectors.EVENT_READ, name)

    def feed(self, data: bytes) -> None:
        """Give it the snapshot; one that died meanwhile is heard of by its exit."""
        with contextlib.suppress(BrokenPipeError), _of(self.process.stdin) as pipe:
            pipe.write(data)

    def hear(self, seconds: float) -> bool:
        """Wait so long for what it says; False once it has ended and all is heard."""
        for key, _ in self._open.select(seconds):
            found = os.read(key.fd, 1 << 16)
            if not found:
                self._open.unregister(key.fileobj)
            self._heard[key.data] += found
        if said := EPOCH.findall(self._heard["err"].decode(errors="replace")):
            self.epoch = (int(said[-1][0]), int(said[-1][1]))
        return bool(self._open.get_map())

    @property
    def is_busy(self) -> bool:
        """Whether it left because one of before is still at work in its folder."""
        return BUSY.encode() in self._heard["err"]

    def report(self) -> dict[str, Any]:
        """Its last line; ChildProcessError where it ended otherwise than by finishing."""
        if self.process.wait():
            raise ChildProcessError(
                f"training ended with {self.process.returncode}: {self._last_words()}"
            )
        report: dict[str, Any] = json.loads(self._heard["out"].splitlines()[-1])
        return report

    def _last_words(self) -> str:
        """Why it stopped, in its own words; of what it did not foresee the kind alone, because a
        message of others' may quote what it learned from."""
        said = self._heard["err"].decode(errors="replace").splitlines() or [""]
        unforeseen = any(line.startswith("Traceback ") for line in said)
        return said[-1].partition(":")[0] if unforeseen else said[-1]

    def end(self) -> None:
        """Gone when this returns, however it was."""
        self.process.terminate()
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._open.close()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                _of(pipe).close()


@contextmanager
def started(recipe: str, out: Path, data: bytes | None) -> Iterator[Child]:
    """Train within; it does not outlive the block."""
    process = subprocess.Popen(
        training_command.command(recipe, out, "" if data is None else training_command.OVER_INPUT),
        cwd=settings.BASE_DIR,
        env=training_command.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child = Child(process)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        child.feed(data or b"")
        yield child
    finally:
        child.end()


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("expected a pipe")
    return pipe
