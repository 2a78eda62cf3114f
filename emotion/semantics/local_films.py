"""Films on disk with WebVTT captions: what the axes and the benchmark are measured on."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from emotion.semantics import ffmpeg
from emotion.semantics.caption_segments import Cue, Material

CAPTIONS = ".en.vtt"


def read_films(folder: Path) -> list[Material]:
    """Return each MP4 film of `folder` that has English captions, in order of their names."""
    films = (path for path in sorted(folder.glob("*.mp4")))
    return [read_film(path) for path in films if path.with_suffix(CAPTIONS).is_file()]


def read_film(path: Path) -> Material:
    """Return a film with its captions; it counts until its last cue ends."""
    cues = []
    blocks = path.with_suffix(CAPTIONS).read_text(encoding="utf-8").split("\n\n")
    for lines in (block.splitlines() for block in blocks):
        times = next((at for at, line in enumerate(lines) if " --> " in line), None)
        if times is not None:
            start, end = map(_read_seconds, lines[times].split(" --> "))
            cues.append(Cue(start, end, " ".join(lines[times + 1 :])))
    return Material(path, max(cue.end for cue in cues), cues)


def _read_seconds(time: str) -> float:
    hours, minutes, seconds = time.strip().split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def join_films(films: Sequence[Material], into: Path, seconds: float) -> Material:
    """Write `films` one after another, again and again, to `into` until it has `seconds`."""
    cues: list[Cue] = []
    parts, length = [], 0.0
    for film in cycle(films):
        cues += (replace(c, start=c.start + length, end=c.end + length) for c in film.cues)
        parts.append(f"file '{film.file}'\noutpoint {film.duration_s}\n")
        length += film.duration_s
        if length >= seconds:
            break
    listed = into.with_suffix(".txt")
    listed.write_text("ffconcat version 1.0\n" + "".join(parts), encoding="utf-8")
    command = [ffmpeg.find_program(), "-v", "error", "-f", "concat", "-safe", "0"]
    copied = ["-i", str(listed), "-c", "copy", "-t", f"{seconds:g}", "-y", str(into)]
    subprocess.run([*command, *copied], check=True)
    return Material(into, seconds, [cue for cue in cues if cue.start < seconds])
