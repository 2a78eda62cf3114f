"""The page of a video: player, chapters, transcript, questions inside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from classroom.asking import Asked, asked, clock
from courses.completion import progress
from courses.models import CaptionTrack, Unit, Video
from courses.watching import Stretch

GAP = 0.3


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the unit as the page asks for it."""

    url: str
    lang: str = ""
    label: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A chapter as drawn on the bar: `x` and `width` in percent of it."""

    title: str
    start: float
    end: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Diamond:
    x: float
    right: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    start: float
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences of one chapter."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Player:
    file: Source
    poster: str
    captions: tuple[Source, ...]
    duration_s: float
    length: str
    begin_s: float
    begin: str
    width: int
    height: int
    segments: tuple[Segment, ...]
    diamonds: tuple[Diamond, ...]
    lang: str


def body(request: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """What `classroom/video.html` needs beside the page around it."""
    video = unit.video
    tracks = list(video.captions.all())
    questions = unit.questions.filter(sibling=None).order_by("time_s").prefetch_related("skills")
    about = request.POST.get("question", "")
    asks = [
        asked(user, question, problem=problem if str(question.code) == about else "")
        for question in questions
    ]
    begin = begin_at(request.GET.get("t", ""), progress(user, unit.course)[unit.pk].resume_s)
    return {
        "player": player(unit, video, tracks, asks, begin),
        "transcript": transcript(video, spoken(tracks, unit.course.language)),
        "asks": asks,
    }


def begin_at(wanted: str, resume_s: float) -> float:
    """The second to begin at: the one in the address, else where the Learner stopped."""
    try:
        seconds = float(wanted)
    except ValueError:
        return resume_s
    return seconds if math.isfinite(seconds) and seconds >= 0 else resume_s


def player(
    unit: Unit, video: Video, tracks: Sequence[CaptionTrack], asks: Sequence[Asked], begin: float
) -> Player:
    length = video.duration_s
    shown = next((track for track in tracks if track.default), tracks[0] if tracks else None)
    return Player(
        file=Source(file_url(unit, video.file)),
        poster=file_url(unit, video.poster) if video.poster else "",
        captions=tuple(
            Source(file_url(unit, track.file), track.lang, track.label, track == shown)
            for track in tracks
        ),
        duration_s=length,
        length=clock(length),
        begin_s=begin,
        begin=clock(begin),
        width=video.width,
        height=video.height,
        segments=segments(chapters_of(video), length),
        diamonds=tuple(
            Diamond(round(100 * ask.time_s / length, 3), ask.right)
            for ask in asks
            if ask.time_s is not None
        ),
        lang=shown.lang if shown else "",
    )


def file_url(unit: Unit, path: str) -> str:
    return f"/media/units/{unit.code}/{PurePosixPath(path).name}"


def chapters_of(video: Video) -> list[dict[str, Any]]:
    """Its chapters, or the whole video as one without a title."""
    return video.chapters or [{"start": 0.0, "end": video.duration_s, "title": ""}]


def segments(chapters: Sequence[dict[str, Any]], length: float) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            title=chapter["title"],
            start=chapter["start"],
            end=chapter["end"],
            x=round(100 * chapter["start"] / length, 3),
            width=round(max(0.2, 100 * (chapter["end"] - chapter["start"]) / length - GAP), 3),
        )
        for chapter in chapters
    )


def spoken(tracks: Sequence[CaptionTrack], language: str) -> CaptionTrack | None:
    """The track in the language of the course, else the first."""
    own = (track for track in tracks if track.lang == language)
    return next(own, next(iter(tracks), None))


def transcript(video: Video, track: CaptionTrack | None) -> tuple[Part, ...]:
    """What is said, chapter by chapter; a cue belongs to the chapter in which it begins."""
    cues = track.cues if track else []
    return tuple(
        Part(
            chapter["title"],
            tuple(
                Sentence(cue["start"], clock(cue["start"]), " ".join(cue["text"].split()))
                for cue in cues
                if chapter["start"] <= cue["start"] < chapter["end"]
            ),
        )
        for chapter in chapters_of(video)
    )


def stretches(text: str) -> list[Stretch]:
    """`0,12.5,20,31` as stretches; ValueError where it is none."""
    edges = [float(edge) for edge in text.split(",") if edge]
    return list(zip(edges[::2], edges[1::2], strict=True))
