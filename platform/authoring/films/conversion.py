"""Convert a video with ffmpeg to MP4 files that every browser plays.

ffmpeg runs as a process of its own, with limits on CPU time, memory and the size of a file. It
reads one local file in a container that we name, so that no playlist is followed.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from authoring.media import ffmpeg
from authoring.media.video_metadata import VideoMetadata

Tell = Callable[[int], None]
# The short side of the picture, and the most bits a second.
QUALITIES: Final = ((1080, 5_000_000), (720, 2_500_000), (480, 1_000_000))
CPU_S_PER_S: Final = 40
LEAST_CPU_S: Final = 600
MOST_MEMORY: Final = 4 * 1024**3
SOUND_BITS: Final = 128_000
# What a file may have beyond the bits of its length: indexes, and bursts of a short video.
MOST_OVERHEAD: Final = 64 * 1024**2
NICENESS: Final = 10
POSTER_WITHIN_S: Final = 60.0
# EBU R128, as broadcasters have it, so that no video of a course is louder than the next one.
LOUDNESS: Final = "loudnorm=I=-16:TP=-1.5:LRA=11,aresample=48000"
SOUND: Final = ("-af", LOUDNESS, "-c:a", "aac", "-b:a", str(SOUND_BITS), "-ac", "2")
PICTURE: Final = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2")
CONTAINER: Final = ("-movflags", "+faststart", "-map_metadata", "-1", "-f", "mp4")
_AT: Final = re.compile(rb"out_time_us=(\d+)")


class BrokenFilm(Exception):
    """ffmpeg cannot convert the file."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One converted file and the size of its picture."""

    path: Path
    width: int
    height: int


def choose_sizes(width: int, height: int) -> list[tuple[int, int, int]]:
    """Return (width, height, bits a second), best first; none is larger than the original."""
    short = min(width, height)
    wanted = [each for each in QUALITIES if each[0] <= short] or [(short, QUALITIES[-1][1])]
    return [
        (_even(width * side / short), _even(height * side / short), bits) for side, bits in wanted
    ]


def most_bytes(facts: VideoMetadata) -> int:
    """Return the most bytes that the renditions of a video take together."""
    return sum(_most_bytes(bits, facts.seconds) for *_, bits in _sizes_of(facts))


def _most_bytes(bits: int, seconds: float) -> int:
    return round((bits + SOUND_BITS) * seconds / 8) + MOST_OVERHEAD


def _sizes_of(facts: VideoMetadata) -> list[tuple[int, int, int]]:
    return choose_sizes(facts.width, facts.height)


def _even(side: float) -> int:
    """Return the side as H.264 can have it."""
    return max(2, round(side / 2) * 2)


def convert(film: Path, facts: VideoMetadata, into: Path, tell: Tell) -> list[Rendition]:
    """Write the renditions into a folder, best first; raises BrokenFilm and whatever `tell` raises.

    `tell` gets the percentage from time to time.
    """
    sizes = _sizes_of(facts)
    found = [
        Rendition(into / f"{min(width, height)}.mp4", width, height) for width, height, _ in sizes
    ]
    command = ffmpeg.start_of_command(film, "-threads", "2")
    names = [f"[v{number}]" for number in range(len(sizes))]
    scales = [
        f"[s{number}]scale={width}:{height},setsar=1,format=yuv420p{names[number]}"
        for number, (width, height, _) in enumerate(sizes)
    ]
    split = "".join(f"[s{number}]" for number in range(len(sizes)))
    graph = ";".join([f"[0:v:0]split={len(sizes)}{split}", *scales])
    command += ["-y", "-v", "error", "-progress", "pipe:1", "-filter_complex", graph]
    for rendition, name, (_, _, bits) in zip(found, names, sizes, strict=True):
        rate = ["-maxrate", str(bits), "-bufsize", str(2 * bits), "-fpsmax", "60"]
        command += ["-map", name, "-map", "0:a:0?", *PICTURE, *rate, *SOUND, *CONTAINER]
        command.append(f"file:{rendition.path.absolute()}")
    run_ffmpeg(command, facts.seconds, _most_bytes(sizes[0][2], facts.seconds), tell)
    return found


def take_poster(film: Path, seconds: float, into: Path) -> Path | None:
    """Write a picture from the first tenth of the video; None where there is none."""
    command = ffmpeg.start_of_command(film, "-ss", f"{min(seconds / 10, 10):.2f}")
    form = ["-frames:v", "1", "-vf", "scale=1280:-2:force_original_aspect_ratio=decrease"]
    command += ["-y", "-v", "error", *form, "-f", "mjpeg", f"file:{into.absolute()}"]
    try:
        subprocess.run(command, capture_output=True, timeout=POSTER_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    return into if into.is_file() and into.stat().st_size else None


def run_ffmpeg(command: Sequence[str], seconds: float, most_bytes: int, tell: Tell) -> None:
    """Run a command that reports its progress; raises BrokenFilm and whatever `tell` raises."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            limit_process(process.pid, seconds, MOST_MEMORY, most_bytes)
            for at in _read_progress(process.stdout or ()):
                tell(min(99, int(100 * at / seconds)))
            if process.wait():
                raise BrokenFilm(_read_end(errors))
        finally:
            process.kill()


def limit_process(pid: int, seconds: float, memory: int, file_bytes: int) -> None:
    """Limit a process that has just begun, by the length of its video; pages go first."""
    cpu_s = round(CPU_S_PER_S * seconds) + LEAST_CPU_S
    resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _read_progress(output: Iterable[bytes]) -> Iterator[float]:
    """Yield the seconds converted so far.

    ffmpeg reports one of the files that it writes, and not always the same one.
    """
    most = 0.0
    for line in output:
        at = _AT.match(line)
        if at:
            most = max(most, int(at[1]) / 1_000_000)
            yield most


def _read_end(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read(10_000).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "ffmpeg failed"
