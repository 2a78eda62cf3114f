"""The files of a video unit: upload, replace and remove its video, poster and captions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from authoring import course_package as packages
from authoring.editor.form_parsing import write_clock
from authoring.editor.units.caption_text import BEYOND_S
from authoring.media import captions, uploads, video_codecs, video_metadata
from courses.answers.numerals import language_typed_in
from courses.models import Course
from courses.refused_file import RefusedFile
from courses.timestamps import read_seconds

Json = dict[str, Any]
ACTS: Final = ("video", "poster", "captions", "uncued", "unposter")
# What belongs to one video and goes with it.
FILES_OF_ONE_VIDEO: Final = ("video", "renditions", "original")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NO_LENGTH: Final = lazy(
    "The file does not contain its length, and it could not be measured in a few "
    "seconds. Enter the length, such as 4:30."
)
# The Author's browser waits this long for a video whose length must be measured.
LENGTH_WITHIN_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class TrackLink:
    lang: str
    label: str
    default: bool
    url: str


@dataclass(frozen=True, slots=True)
class UnitFiles:
    video: str
    poster: str
    original: str
    tracks: tuple[TrackLink, ...]


@dataclass(frozen=True, slots=True)
class NewFilm:
    """A video for a unit: names of its files, `renditions` as in course.json."""

    video: str
    seconds: float
    width: int
    height: int
    renditions: tuple[Json, ...] = ()
    poster: str = ""
    original: str = ""


def with_film(unit: Json, film: NewFilm) -> Json:
    """Return the unit with this video; a thumbnail that the Author chose stays."""
    old = {name: value for name, value in unit["files"].items() if name not in FILES_OF_ONE_VIDEO}
    files = old | {"video": film.video}
    if film.renditions:
        files["renditions"] = list(film.renditions)
    if film.original:
        files["original"] = film.original
    if film.poster and not files.get("poster"):
        files["poster"] = film.poster
    size = {"duration": film.seconds, "width": film.width, "height": film.height}
    return unit | {"files": files} | size


def files_of(course: Course, unit: Mapping[str, Any]) -> UnitFiles | None:
    """Return the addresses of the draft's files; None for a unit without files."""
    if unit["kind"] != "video":
        return None
    named = unit["files"]
    code = packages.code_of(course, "unit", unit["id"])
    tracks = (
        TrackLink(
            row["lang"],
            row["label"],
            row.get("default", False),
            reverse("authoring:captions", args=[course.slug, code, row["lang"]]),
        )
        for row in named["captions"]
    )
    return UnitFiles(
        video=file_url(course, named.get("video")),
        poster=file_url(course, named.get("poster")),
        original=file_url(course, named.get("original")),
        tracks=tuple(tracks),
    )


def apply_act(request: HttpRequest, course: Course, unit: Json, act: str) -> tuple[Json, str]:
    """Return the unit with its new file and the message key (`layout.DONE`); RefusedFile."""
    act, _, lang = act.partition(":")
    if act == "uncaption":
        tracks = [row for row in unit["files"]["captions"] if row["lang"] != lang]
        return _with_files(unit, captions=tracks), "saved"
    if act == "unposter":
        files = {name: value for name, value in unit["files"].items() if name != "poster"}
        return unit | {"files": files}, "saved"
    sent: Any = request.FILES.get("file")
    if act == "video":
        return _replace_video(course, unit, sent, request.POST)
    if act == "poster":
        return _with_files(unit, poster=uploads.shelve(course, sent, uploads.POSTER)), "saved"
    return _add_captions(course, unit, sent, request.POST)


def _replace_video(
    course: Course, unit: Json, sent: Any, fields: Mapping[str, Any]
) -> tuple[Json, str]:
    with uploads.open_on_disk(sent, uploads.VIDEO) as path:
        codec = video_codecs.codec_of(path)
        film = video_metadata.measure(path, wait_s=LENGTH_WITHIN_S)
    if codec.browsers == "few":
        raise RefusedFile(
            _(
                "Many browsers cannot play this video: it is encoded as {codec}. Export it as MP4 "
                "with H.264 and upload it again."
            ).format(codec=codec.name.upper())
        )
    seconds = film.seconds or read_seconds(fields.get("length", ""), language_typed_in(fields))
    if not seconds:
        raise RefusedFile(NO_LENGTH)
    name = uploads.shelve(course, sent, uploads.VIDEO)
    new = NewFilm(name, seconds, film.width or 1280, film.height or 720)
    if codec.browsers == "recent":
        return with_film(unit, new), "av1"
    return with_film(unit, new), "portrait" if new.height > new.width else "saved"


def _add_captions(
    course: Course, unit: Json, sent: Any, fields: Mapping[str, Any]
) -> tuple[Json, str]:
    """Add captions from a file, or an empty track where the Author writes them here."""
    lang, label = fields.get("lang", "").strip(), fields.get("label", "").strip()
    if not LANGUAGE.fullmatch(lang) or not label:
        raise RefusedFile(_("Enter the language code, such as en, and the language name."))
    if fields.get("act") == "uncued":
        _check_no_track(unit, lang)
        return with_track(course, unit, lang, label, []), "saved"
    cues, done = read_captions(sent, unit["duration"])
    return with_track(course, unit, lang, label, cues), done


def _check_no_track(unit: Json, lang: str) -> None:
    """Raise RefusedFile where captions exist, because an empty track would replace them."""
    for row in unit["files"]["captions"]:
        if row["lang"] == lang:
            raise RefusedFile(
                _(
                    "This video already has captions in {language}. Open them in the list above to "
                    "edit them, or remove them there first."
                ).format(language=row["label"])
            )


def read_captions(sent: Any, length: float) -> tuple[list[Json], str]:
    """Return the cues of a file, and the message key (`layout.DONE`); raises RefusedFile.

    `length` of the video in seconds, 0 if it has none yet.
    """
    text, guessed = uploads.read_text(sent, uploads.CAPTIONS)
    try:
        cues = captions.read_captions(text)
    except ValueError as error:
        raise RefusedFile(
            _("The captions could not be read: {error}.").format(error=error)
        ) from error
    return _fit_cues(cues, length), "guessed" if guessed else "saved"


def _fit_cues(cues: list[Json], length: float) -> list[Json]:
    """Return the cues, the last ones ending with the video; RefusedFile if any begins after it."""
    if not length:
        return cues
    latest, limit = max(cue["start"] for cue in cues), length + BEYOND_S
    if latest >= limit:
        raise RefusedFile(
            _(
                "The captions go on after the end of the video: one begins at {start}, and the "
                "video lasts {time}. Choose the file that belongs to this video."
            ).format(start=write_clock(latest), time=write_clock(length))
        )
    return [cue | {"end": min(cue["end"], limit)} for cue in cues]


def with_track(course: Course, unit: Json, lang: str, label: str, cues: list[Json]) -> Json:
    """Return the unit with these captions in this language; the first track is the default."""
    name = uploads.shelve_text(course, f"{unit['id']}-{lang}.vtt".lower(), captions.write_vtt(cues))
    tracks = unit["files"]["captions"]
    first = not any(row["lang"] != lang and row.get("default") for row in tracks)
    track = {"lang": lang, "label": label, "src": name, "default": first}
    if not any(row["lang"] == lang for row in tracks):
        return _with_files(unit, captions=[*tracks, track])
    own = [row | track | {"default": row.get("default", first)} for row in tracks]
    both = zip(tracks, own, strict=True)
    return _with_files(unit, captions=[new if old["lang"] == lang else old for old, new in both])


def _with_files(unit: Json, **files: Any) -> Json:
    return unit | {"files": unit["files"] | files}


def file_url(course: Course, name: str | None) -> str:
    """Return the URL of a file of the draft; "" for none."""
    return f"{settings.MEDIA_URL}{course.code}/{name}" if name else ""
