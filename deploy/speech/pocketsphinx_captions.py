#!/usr/bin/env python3
"""Draft captions with PocketSphinx: small, quick, English only, and rarely without mistakes.

For trying the feature out: its model comes with the package (`pip install pocketsphinx`), and knows
neither numbers nor punctuation. Called as `pocketsphinx_captions.py SOUND LANGUAGE` (ADR 0089).
"""

from __future__ import annotations

import sys
import wave

RATE = 16_000
# A pause of this length ends a cue, and so does this length of a cue.
PAUSE_S = 0.35
LONGEST_S = 6.0
UNKNOWN_LANGUAGE = 3
# Half a minute at a time, so that the progress is seen.
PIECE_S = 30


def main(sound: str, lang: str) -> int:
    if lang.partition("-")[0] != "en":
        return UNKNOWN_LANGUAGE
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    write("WEBVTT\n\n")
    with wave.open(sound) as file:
        at = 0.0
        while samples := file.readframes(PIECE_S * RATE):
            decoder.start_utt()
            decoder.process_raw(samples, full_utt=True)
            decoder.end_utt()
            for start, end, text in group_words(list(decoder.seg() or ())):
                write(f"{clock(at + start)} --> {clock(at + end)}\n{text}\n\n")
            at += len(samples) / 2 / RATE
    return 0


def group_words(segments):
    """Yield (start, end, text) of each cue, in seconds of the piece."""
    words, start, end = [], 0.0, 0.0
    for segment in segments:
        since, until = segment.start_frame / 100, (segment.end_frame + 1) / 100
        is_word = segment.word[:1] not in "<["
        long_pause = not is_word and until - since >= PAUSE_S
        if words and (long_pause or until - start > LONGEST_S):
            yield start, end, " ".join(words)
            words = []
        if is_word:
            start = start if words else since
            end = until
            words.append(segment.word.partition("(")[0])
    if words:
        yield start, end, " ".join(words)


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
    sys.exit(main(*sys.argv[1:3]))
