"""The transcript of a video by chapter, in each language that has captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_info

from courses.models import CaptionTrack, Video
from courses.timestamps import format_time
from learner.units.chapters import chapters_of


@dataclass(frozen=True, slots=True)
class TranscriptSentence:
    start: float
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    """The sentences of one chapter."""

    title: str
    sentences: tuple[TranscriptSentence, ...]


@dataclass(frozen=True, slots=True)
class TranscriptLanguage:
    """A language the reader can select."""

    lang: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """The sentences in one language, with the languages available.

    `direction` is that of the transcript. Chapter titles are in `course_lang`.
    """

    lang: str
    course_lang: str
    direction: str
    parts: tuple[TranscriptPart, ...]
    languages: tuple[TranscriptLanguage, ...]


def build_transcript(
    video: Video, tracks: Sequence[CaptionTrack], *, wanted: str, language: str
) -> Transcript:
    """Build the transcript in the `wanted` language, else in the course's, else in the first.

    A sentence belongs to the chapter in which it begins.
    """
    track = _choose_track(tracks, wanted, language)
    return Transcript(
        lang=track.lang if track else language,
        course_lang=language,
        direction=find_direction(track.lang if track else language),
        parts=_parts(video, track) if track else (),
        languages=tuple(
            TranscriptLanguage(each.lang, each.label, each == track) for each in tracks
        ),
    )


def find_direction(lang: str) -> str:
    """Return `rtl` or `ltr`. A language unknown to Django is taken as `ltr`."""
    try:
        return "rtl" if get_language_info(lang)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def _choose_track(tracks: Sequence[CaptionTrack], *languages: str) -> CaptionTrack | None:
    by_lang = {track.lang: track for track in tracks}
    found = (by_lang[lang] for lang in languages if lang in by_lang)
    return next(found, next(iter(tracks), None))


def _parts(video: Video, track: CaptionTrack) -> tuple[TranscriptPart, ...]:
    return tuple(
        TranscriptPart(
            chapter["title"],
            tuple(
                TranscriptSentence(
                    cue["start"], format_time(cue["start"]), " ".join(cue["text"].split())
                )
                for cue in track.cues
                if chapter["start"] <= cue["start"] < chapter["end"]
            ),
        )
        for chapter in chapters_of(video)
    )
