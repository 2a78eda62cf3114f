#!/usr/bin/env python3
"""Draft captions with faster-whisper and a model in a folder of this computer.

Called as `faster_whisper_captions.py MODEL_FOLDER SOUND LANGUAGE`. The program that
ATTUNE_SPEECH_PROGRAM names gives the folder, such as /opt/speech/captions (docs/operations.md):

    #!/bin/sh
    exec /opt/speech/env/bin/python /opt/speech/faster_whisper_captions.py /opt/speech/small "$@"
"""

from __future__ import annotations

import os
import sys

UNKNOWN_LANGUAGE = 3


def main(folder: str, sound: str, lang: str) -> int:
    if not os.path.isdir(folder):
        # The package would otherwise ask a model hub for a model of this name.
        sys.exit(f"{folder} is no folder")
    from faster_whisper import WhisperModel

    model = WhisperModel(folder, device="cpu", compute_type="int8", local_files_only=True)
    if lang.partition("-")[0] not in model.supported_languages:
        return UNKNOWN_LANGUAGE
    segments, _ = model.transcribe(
        sound, language=lang.partition("-")[0], vad_filter=True, condition_on_previous_text=False
    )
    write("WEBVTT\n\n")
    for each in segments:
        write(f"{clock(each.start)} --> {clock(each.end)}\n{each.text.strip()}\n\n")
    return 0


def write(text):
    """Write at once, so that the progress is seen."""
    sys.stdout.write(text)
    sys.stdout.flush()


def clock(seconds):
    """Return the time as WebVTT has it."""
    hours, rest = divmod(round(seconds * 1000), 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
