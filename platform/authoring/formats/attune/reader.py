"""Reads an Attune course (`course.json` and the files it names) into a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.course_draft import CaptionDraft, CourseDraft, SkillDraft, UnitDraft, VideoDraft
from authoring.errors import BrokenPackage, load_json
from authoring.formats.attune import validation
from authoring.formats.attune.questions import bank_drafts, question_drafts
from authoring.media import captions, images
from authoring.media.storage import Shelf
from authoring.translatable_message import message
from courses.rendering import course_html

FILE = validation.FILE
FILM_KINDS = (".mp4", ".webm")
SETTINGS = ("threshold", "scenario", "attempts", "time_limit_s")
Json = Mapping[str, Any]


def slug_of(root: Path) -> str:
    """Return the slug of the course in `root`; the whole file is validated first."""
    course = load_json(root, FILE)
    validation.check(course)
    return str(course["slug"])


def read(root: Path, shelf: Shelf) -> CourseDraft:
    """Return the draft; its files are on the shelf."""
    return draft_of(load_json(root, FILE), shelf)


def draft_of(course: Any, shelf: Shelf) -> CourseDraft:
    """Return the draft of the content of course.json, whose files the shelf finds."""
    validation.check(course)
    left_out: Counter[str] = Counter()
    refs = {row["slug"]: row.get("id", row["slug"]) for row in course["skills"]}
    units = tuple(
        _unit(f"units[{at}]", unit, shelf, left_out, refs)
        for at, unit in enumerate(course["units"])
    )
    bank = images.shelve_images(course.get("bank", []), shelf, (FILE, "bank"))
    _note_left_out(course, left_out)
    return CourseDraft(
        slug=course["slug"],
        columns=_columns(course),
        skills=tuple(_skill(row, refs) for row in course["skills"]),
        misconceptions={
            row["slug"]: row["description"] for row in course.get("misconceptions", ())
        },
        units=units,
        left_out=left_out,
        bank=tuple(bank_drafts(bank, left_out, refs)),
    )


def _columns(course: Json) -> dict[str, Any]:
    licence = course.get("license", {})
    return {
        "title": course["title"],
        "description": course.get("description", ""),
        "language": course["language"],
        "level": course.get("level", ""),
        "minutes": course.get("estimated_minutes"),
        "authors": course.get("authors", []),
        "sections": course.get("sections", []),
        "licence_name": licence.get("name", ""),
        "licence_url": licence.get("url", ""),
        "attribution": licence.get("attribution", ""),
    }


def _skill(row: Json, refs: Mapping[str, str]) -> SkillDraft:
    text = row.get("description", "")
    return SkillDraft(
        ref=refs[row["slug"]],
        slug=row["slug"],
        name=row["name"],
        description=text,
        description_html=course_html.inline(text),
        needs=tuple(refs[slug] for slug in row.get("prerequisites", ())),
    )


def _unit(
    place: str,
    unit: Json,
    shelf: Shelf,
    left_out: Counter[str],
    refs: Mapping[str, str],
) -> UnitDraft:
    unit = images.shelve_images(unit, shelf, (FILE, place))
    text = unit.get("body", "")
    return UnitDraft(
        ref=unit["id"],
        kind=unit["kind"],
        title=unit["title"],
        skills=tuple(refs[slug] for slug in unit["skills"]),
        section=unit.get("section", ""),
        opens_after=unit.get("opens_after", ""),
        minutes=unit.get("estimated_minutes"),
        reading=text,
        reading_html=course_html.reading(text),
        address=unit.get("address", ""),
        video=_video(place, unit, shelf, left_out) if unit["kind"] == "video" else None,
        questions=tuple(question_drafts(unit, left_out, refs)),
        columns=_settings(unit),
    )


def _settings(unit: Json) -> dict[str, Any]:
    """Return the settings that the package contains."""
    kept = {name: unit[name] for name in SETTINGS if name in unit}
    moments = {
        name: datetime.fromisoformat(unit[name]) for name in validation.MOMENTS if name in unit
    }
    return kept | moments | {"random_questions": list(unit.get("random_questions", ()))}


def _video(place: str, unit: Json, shelf: Shelf, left_out: Counter[str]) -> VideoDraft:
    files, where = unit["files"], (FILE, f"{place}.files")
    poster, original = files.get("poster"), files.get("original")
    columns = {
        "renditions": [
            {**row, "src": shelf.add(row["src"], kinds=FILM_KINDS, where=where)}
            for row in files.get("renditions", ())
        ],
        "original": shelf.add(original, kinds=FILM_KINDS, where=where) if original else "",
        "file": shelf.add(files["video"], kinds=FILM_KINDS, where=where),
        "poster": shelf.add(poster, kinds=(".png", ".jpg", ".webp"), where=where) if poster else "",
        "duration_s": unit["duration"],
        "width": unit.get("width", 1280),
        "height": unit.get("height", 720),
        "chapters": _chapters(shelf, unit, where),
    }
    tracks = tuple(_caption(row, shelf, where) for row in files["captions"])
    if len({track.lang for track in tracks}) != len(tracks):
        raise BrokenPackage(*where, _("two caption tracks have the same language"))
    spoken = tuple(track for track in tracks if track.cues)
    # A player would offer a language that never shows a caption.
    left_out[_("caption track without captions")] += len(tracks) - len(spoken)
    return VideoDraft(columns, spoken)


def _chapters(shelf: Shelf, unit: Json, where: tuple[str, str]) -> list[dict[str, Any]]:
    if "chapters" in unit or "chapters" not in unit["files"]:
        return list(unit.get("chapters", ()))
    found = _cues(shelf, unit["files"]["chapters"], where)
    return [{"start": cue["start"], "end": cue["end"], "title": cue["text"]} for cue in found]


def _caption(row: Json, shelf: Shelf, where: tuple[str, str]) -> CaptionDraft:
    return CaptionDraft(
        lang=row["lang"],
        label=row["label"],
        file=shelf.add(row["src"], kinds=(".vtt",), where=where),
        default=row.get("default", False),
        cues=_cues(shelf, row["src"], where),
    )


def _cues(shelf: Shelf, name: str, where: tuple[str, str]) -> list[dict[str, Any]]:
    try:
        text, guessed = captions.decode(shelf.read_bytes(name))
        if guessed:
            raise BrokenPackage(name, "", captions.NOT_UTF_8)
        return captions.read_vtt(text)
    except OSError as error:
        raise BrokenPackage(
            *where, message(_("expected the file {name}, found none"), name=name)
        ) from error
    except ValueError as error:
        raise BrokenPackage(name, "", error.args[0]) from error


def _note_left_out(course: Json, left_out: Counter[str]) -> None:
    for unit in course["units"]:
        if unit.get("pass_fraction", 1) < 1:
            left_out[
                _(
                    "pass_fraction of a quiz (here, a quiz is finished when every part has been "
                    "answered correctly once)"
                )
            ] += 1
        if "fps" in unit:
            left_out[_("frame rate (fps) of a video")] += 1
    if "spdx" in course.get("license", {}):
        left_out[_("SPDX name of the licence (its name and web address are kept)")] += 1
