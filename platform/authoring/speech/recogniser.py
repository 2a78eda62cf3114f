"""Run the speech program that the operator names (ADR 0089).

It is called as `PROGRAM SOUND LANGUAGE`, and writes WebVTT to its output, best as it goes: the last
time it wrote is the progress. It runs with limits, with none of the site's settings in its
environment, and without a network where the kernel allows that.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from authoring.films.conversion import limit_process
from authoring.media import captions

logger = logging.getLogger(__name__)
Json = dict[str, Any]
Tell = Callable[[int], None]
# The exit status of a program that does not know the language.
UNKNOWN_LANGUAGE: Final = 3
# Of the program, and of a shell whose program it was.
OUT_OF_TIME: Final = (-signal.SIGXCPU, 128 + signal.SIGXCPU)
MAX_OUTPUT: Final = 1024**2
MOST_MEMORY: Final = 8 * 1024**3
# What a program may write into a file of its own, such as a cache.
MOST_FILE: Final = 256 * 1024**2
WALL_S_PER_S: Final = 10
LEAST_WALL_S: Final = 600
LOOK_EVERY_S: Final = 1.0
# After its output has ended.
END_WITHIN_S: Final = 30.0
TRY_WITHIN_S: Final = 10.0
# Limits reach only what begins after them, so the program waits for a line until they are set.
WAIT_FOR_LIMITS: Final = ("/bin/sh", "-c", 'read -r _ && exec "$@"', "sh")
NO_NETWORK: Final = ("unshare", "--user", "--map-current-user", "--net")


class BrokenProgram(Exception):
    """The program cannot be started, ended with an error, or wrote what is not WebVTT."""


class LanguageUnknown(Exception):
    """The program does not know the language."""


class TooSlow(Exception):
    """The program did not end within the time for this video."""


def recognise(program: Path, sound: Path, lang: str, seconds: float, tell: Tell) -> list[Json]:
    """Return the cues within the video, none where there is no speech.

    Raises BrokenProgram, LanguageUnknown, TooSlow and whatever `tell` raises.
    """
    if not (program.is_file() and os.access(program, os.X_OK)):
        raise BrokenProgram("not a program")
    command = [*_without_network(), str(program.absolute()), str(sound.absolute()), lang]
    try:
        return _fit(_read_cues(_run(command, seconds, sound.parent, tell)), seconds)
    except OverflowError as error:
        raise BrokenProgram("no times") from error


def _run(command: list[str], seconds: float, folder: Path, tell: Tell) -> str:
    """Return what the program wrote; afterwards nothing that it started is left."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as home,
        _start(command, home) as process,
    ):
        try:
            limit_process(process.pid, seconds, MOST_MEMORY, MOST_FILE)
            _begin(process)
            text = _collect(process, seconds, tell)
            _check_status(process.wait(END_WITHIN_S))
        except subprocess.TimeoutExpired as error:
            raise TooSlow from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return text


def _start(command: list[str], home: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [*WAIT_FOR_LIMITS, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=_make_environment(home),
            start_new_session=True,
        )
    except OSError as error:
        raise BrokenProgram("cannot be started") from error


def _begin(process: subprocess.Popen[bytes]) -> None:
    """Send the line that the program waits for; it has no other input."""
    if process.stdin:
        with suppress(BrokenPipeError), process.stdin as line:
            line.write(b"\n")


def _make_environment(home: str) -> dict[str, str]:
    """Return the whole environment of the program: no password, key or address of the site."""
    places = os.environ.get("PATH", os.defpath)
    quiet = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PATH": places, "HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8", **quiet}


def _collect(process: subprocess.Popen[bytes], seconds: float, tell: Tell) -> str:
    """Read the output until it ends, and tell the progress at least each second."""
    ends_at = time.monotonic() + WALL_S_PER_S * seconds + LEAST_WALL_S
    output, percent = bytearray(), 0
    for piece in _read_pieces(process.stdout) if process.stdout else ():
        output += piece
        if len(output) > MAX_OUTPUT:
            raise BrokenProgram("too much output")
        if time.monotonic() > ends_at:
            raise TooSlow
        percent = max(percent, _measure_progress(bytes(output[-2000:]), seconds))
        tell(percent)
    # NUL is read as WebVTT requires; the database has no place for it.
    return output.decode(errors="replace").replace("\0", "\ufffd")


def _read_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what is written, and an empty piece where nothing is for a second."""
    handle = stream.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        while True:
            if not selector.select(LOOK_EVERY_S):
                yield b""
            elif piece := os.read(handle, 65536):
                yield piece
            else:
                return


def _measure_progress(written: bytes, seconds: float) -> int:
    """Return the percentage of the video up to the end of the last cue."""
    lines = written.decode(errors="replace").splitlines()
    ends = [times[1] for line in lines if (times := captions.find_times(line))]
    return min(99, int(100 * ends[-1] / seconds)) if ends and seconds else 0


def _check_status(status: int) -> None:
    if status == UNKNOWN_LANGUAGE:
        raise LanguageUnknown
    if status in OUT_OF_TIME:
        raise TooSlow
    if status:
        raise BrokenProgram(f"status {status}")


def _read_cues(text: str) -> list[Json]:
    try:
        return captions.read_vtt(text)
    except ValueError as error:
        # Times without any words are no captions, but no error of the program.
        if text.lstrip("\ufeff\r\n").startswith("WEBVTT"):
            return []
        raise BrokenProgram("no WebVTT") from error


def _fit(cues: list[Json], seconds: float) -> list[Json]:
    """Return the cues that begin within the video; the last ones end with it."""
    within = [cue for cue in cues if cue["start"] < seconds]
    return [cue | {"end": min(cue["end"], seconds)} for cue in within]


@cache
def _without_network() -> tuple[str, ...]:
    """Return the start of a command without a network; none where the kernel forbids it.

    Raises BrokenProgram where this cannot be found out now; the next draft tries again.
    """
    try:
        tried = subprocess.run(
            [*NO_NETWORK, "true"], capture_output=True, timeout=TRY_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BrokenProgram("no answer about the network") from error
    except OSError:
        tried = None
    if tried is not None and not tried.returncode:
        return NO_NETWORK
    logger.warning("speech.with_network")
    return ()
