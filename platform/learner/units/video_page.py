"""The page of a video: player, chapters, transcript and the questions in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from courses.access import is_learner
from courses.completion import load_resume_second
from courses.models import CaptionTrack, Unit, Video
from courses.timestamps import format_time
from courses.watched_intervals import Stretch
from learner.questions.view_model import QuestionView, build_question
from learner.units.chapters import Segment, segments
from learner.units.transcripts import build_transcript, find_direction


@dataclass(frozen=True, slots=True)
class PlayerSource:
    """The URL of one of the unit's files, with language and label for captions."""

    url: str
    lang: str = ""
    label: str = ""
    default: bool = False
    direction: str = "ltr"


@dataclass(frozen=True, slots=True)
class Quality:
    """The video in one size; `label` is its short side, such as "720p"."""

    url: str
    label: str
    width: int


@dataclass(frozen=True, slots=True)
class QuestionMarker:
    x: float
    right: bool


@dataclass(frozen=True, slots=True)
class Player:
    file: PlayerSource
    qualities: tuple[Quality, ...]
    poster: str
    captions: tuple[PlayerSource, ...]
    duration_s: float
    length: str
    begin_s: float
    begin: str
    width: int
    height: int
    segments: tuple[Segment, ...]
    diamonds: tuple[QuestionMarker, ...]


def build_context(request: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """Return the context of `learner/units/video.html`, without the frame around it."""
    video = unit.video
    tracks = list(video.captions.all())
    rows = unit.questions.filter(sibling=None).order_by("time_s", "id").prefetch_related("skills")
    questions = list(rows)
    sent, about = request.POST, request.POST.get("question", "")
    asks = [
        build_question(
            user, question, problem=problem if str(question.code) == about else "", sent=sent
        )
        for question in questions
    ]
    begin = choose_begin(request.GET.get("t", ""), load_resume_second(user, unit))
    learner = user if is_learner(user, unit.course) else None
    parts = segments(video, questions, learner, now=timezone.now())
    wanted, language = request.GET.get("lang", ""), unit.course.language
    return {
        "player": build_player(unit, video, tracks, parts, asks, begin),
        "transcript": build_transcript(video, tracks, wanted=wanted, language=language),
        "asks": asks,
    }


def choose_begin(wanted: str, resume_s: float) -> float:
    """Return the start time in seconds: the one in the URL, else where the Learner stopped."""
    try:
        seconds = float(wanted)
    except ValueError:
        return resume_s
    return seconds if math.isfinite(seconds) and seconds >= 0 else resume_s


def build_player(
    unit: Unit,
    video: Video,
    tracks: Sequence[CaptionTrack],
    parts: tuple[Segment, ...],
    asks: Sequence[QuestionView],
    begin: float,
) -> Player:
    length = video.duration_s
    shown = next((track for track in tracks if track.default), tracks[0] if tracks else None)
    return Player(
        file=PlayerSource(file_url(unit, video.file)),
        qualities=list_qualities(unit, video),
        poster=file_url(unit, video.poster) if video.poster else "",
        captions=tuple(
            PlayerSource(
                file_url(unit, track.file),
                track.lang,
                track.label,
                track == shown,
                find_direction(track.lang),
            )
            for track in tracks
        ),
        duration_s=length,
        length=format_time(length),
        begin_s=begin,
        begin=format_time(begin),
        width=video.width,
        height=video.height,
        segments=parts,
        diamonds=tuple(
            QuestionMarker(round(100 * ask.time_s / length, 3), ask.right)
            for ask in asks
            if ask.time_s is not None
        ),
    )


def list_qualities(unit: Unit, video: Video) -> tuple[Quality, ...]:
    """Return the sizes to choose from, largest first; none where there is only one."""
    if not video.renditions:
        return ()
    whole = {"src": video.file, "width": video.width, "height": video.height}
    return tuple(
        Quality(file_url(unit, row["src"]), f"{min(row['width'], row['height'])}p", row["width"])
        for row in (whole, *video.renditions)
    )


def file_url(unit: Unit, path: str) -> str:
    return f"/media/units/{unit.code}/{PurePosixPath(path).name}"


def parse_stretches(text: str) -> list[Stretch]:
    """Parse `0,12.5,20,31` into pairs of seconds. Raises ValueError."""
    edges = [float(edge) for edge in text.split(",") if edge]
    return list(zip(edges[::2], edges[1::2], strict=True))
