"""What is said in a video, chapter by chapter, in each language it has captions in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_info

from courses.models import CaptionTrack, Video
from learner.questions.view_model import format_clock
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
    """One of the languages to choose from."""

    lang: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """The sentences in one language, which runs in its own direction; titles of chapters are in
    that of the course. `languages` = all there are."""

    lang: str
    course_lang: str
    direction: str
    parts: tuple[TranscriptPart, ...]
    languages: tuple[TranscriptLanguage, ...]


def build_transcript(
    video: Video, tracks: Sequence[CaptionTrack], *, wanted: str, language: str
) -> Transcript:
    """In the language that is wanted where there is one, else that of the course, else the first.

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
    """`rtl` or `ltr`; a language Django has never heard of runs from left to right."""
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
                    cue["start"], format_clock(cue["start"]), " ".join(cue["text"].split())
                )
                for cue in track.cues
                if chapter["start"] <= cue["start"] < chapter["end"]
            ),
        )
        for chapter in chapters_of(video)
    )
