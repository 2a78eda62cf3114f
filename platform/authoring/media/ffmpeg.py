"""Ask ffmpeg for a video's codec and sound, and for its length where the file does not contain it.

The container format is set by us, never guessed from the file, so that no playlist is followed.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

MAX_WAIT_S: Final = 60.0
CODEC_WITHIN_S: Final = 5.0
MAX_OUTPUT: Final = 200_000
_CONTAINERS: Final = {".mp4": "mov", ".webm": "matroska"}
_CODEC: Final = re.compile(r"Stream #0:\d+.*?: Video: (\w+)")
_SOUND: Final = re.compile(r"Stream #0:\d+.*?: Audio: ")
_TIME: Final = re.compile(r"\btime=(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def codec_of(path: Path) -> str:
    """Return the codec of the video stream, such as "h264"; "" where ffmpeg cannot tell."""
    found = _CODEC.search(_read_output(path, CODEC_WITHIN_S, "-frames:v", "1"))
    return found[1] if found else ""


def has_sound(path: Path) -> bool | None:
    """Return whether ffmpeg finds an audio stream; None where it cannot tell."""
    output = _read_output(path, CODEC_WITHIN_S, "-frames:v", "1")
    return bool(_SOUND.search(output)) if output else None


def length_of(path: Path, wait_s: float = MAX_WAIT_S) -> float:
    """Return seconds, from reading each packet without decoding; 0 where there is none."""
    found = _TIME.findall(_read_output(path, wait_s))
    hours, minutes, seconds = found[-1] if found else ("0", "0", "0")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 2)


def start_of_command(path: Path, *options: str) -> list[str]:
    """Return the start of a command: the program, and `path` as its only input."""
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-protocol_whitelist", "file"]
    return [*command, *options, "-f", _CONTAINERS[path.suffix], "-i", f"file:{path.absolute()}"]


def _read_output(path: Path, wait_s: float, *more: str) -> str:
    """Return the start and end of ffmpeg's output; "" where it takes too long."""
    command = start_of_command(path)
    command += ["-map", "0:v:0", *more, "-c", "copy", "-stats_period", "30", "-f", "null", "-"]
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                command, stderr=output, stdout=subprocess.DEVNULL, timeout=wait_s, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        size = output.tell()
        output.seek(0)
        head = output.read(MAX_OUTPUT)
        output.seek(max(len(head), size - MAX_OUTPUT))
        return (head + output.read()).decode(errors="replace")
