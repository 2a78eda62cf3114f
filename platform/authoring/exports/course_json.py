"""Write a course as course.json, which `import_course` reads, and list the files it names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Prefetch

from authoring.exports.question_json import question_json, without_blanks
from authoring.formats.attune import validation
from authoring.imports.save_units import SETTINGS
from authoring.media import images
from courses.models import Course, Question, Unit, Video

VERSION = "1.1"
Json = dict[str, Any]


def course_json(course: Course) -> Json:
    """Return the content of course.json."""
    units = _units(course)
    package = without_blanks(
        {
            "format": "attune-course",
            "format_version": VERSION,
            "slug": course.slug,
            "title": course.title,
            "description": course.description,
            "language": course.language,
            "level": course.level,
            "estimated_minutes": course.minutes,
            "license": without_blanks(
                {
                    "name": course.licence_name,
                    "url": course.licence_url,
                    "attribution": course.attribution,
                }
            ),
            "authors": course.authors,
            "sections": course.sections,
            "misconceptions": list(
                course.misconceptions.order_by("slug").values("slug", "description")
            ),
        }
    )
    package |= {"skills": _skills(course), "units": [_unit(unit) for unit in units]}
    return package | without_blanks({"bank": _bank(course)})


def file_names(package: Json) -> Iterable[str]:
    """Yield the files next to course.json that it names."""
    for unit in package["units"]:
        if unit["kind"] == "video":
            files = unit["files"]
            rows = [row["src"] for row in (*files["captions"], *files.get("renditions", ()))]
            films = (files["video"], files.get("poster"), files.get("original"))
            yield from (name for name in (*films, *rows) if name)
        yield from images.image_names(unit)
    yield from images.image_names(package.get("bank", []))


def _skills(course: Course) -> list[Json]:
    """Return the skills in the order of their keys: prerequisites were stored first."""
    rows = course.skills.order_by("pk").prefetch_related("prerequisites")
    return [
        without_blanks(
            {
                "id": row.ref if row.ref != row.slug else "",
                "slug": row.slug,
                "name": row.name,
                "description": row.description,
            }
        )
        | {"prerequisites": [needed.slug for needed in row.prerequisites.all()]}
        for row in rows
    ]


def _bank(course: Course) -> list[Json]:
    rows = course.questions.filter(in_bank=True).order_by("pk")
    related = rows.prefetch_related("asks__skill", "hints", "variants")
    found: list[Json] = images.unshelve_images(list(map(question_json, related)), course.code)
    return found


def _units(course: Course) -> Iterable[Unit]:
    """Return the units with their related rows, in a constant number of queries.

    Questions include only those without a sibling; their variants are prefetched.
    """
    related = ("asks__skill", "hints", "variants__asks__skill", "variants__hints")
    asked = Question.objects.filter(sibling=None).prefetch_related(*related)
    return (
        course.units.filter(position__isnull=False)
        .select_related("course", "reading", "video", "external_video", "opens_after")
        .prefetch_related("unit_skills__skill", "video__captions", Prefetch("questions", asked))
    )


def _unit(unit: Unit) -> Json:
    head = {
        "id": unit.ref,
        "kind": unit.kind,
        "title": unit.title,
        "skills": [
            row.skill.slug for row in sorted(unit.unit_skills.all(), key=lambda row: row.pk)
        ],
        **without_blanks(
            {
                "section": unit.section,
                "estimated_minutes": unit.minutes,
                "opens_after": unit.opens_after.ref if unit.opens_after else "",
                "random_questions": unit.random_questions,
            }
            | _settings(unit)
        ),
    }
    if unit.kind == "reading":
        return _pack_images(head | {"format": "markdown", "body": unit.reading.source}, unit)
    if unit.kind == "external":
        return head | {"address": unit.external_video.address}
    body = _video(unit.video) if unit.kind == "video" else {}
    questions = [question_json(row) for row in unit.questions.all()]
    return _pack_images(head | body | {"questions": questions}, unit)


def _pack_images(unit: Json, row: Unit) -> Json:
    found: Json = images.unshelve_images(unit, row.course.code)
    return found


def _settings(unit: Unit) -> Json:
    """Return the settings that differ from the defaults of an import."""
    defaults = Unit()
    found = {name: getattr(unit, name) for name in SETTINGS}
    return {
        name: value.isoformat() if name in validation.MOMENTS and value else value
        for name, value in found.items()
        if value != getattr(defaults, name)
    }


def _video(video: Video) -> Json:
    captions = [
        {
            "lang": track.lang,
            "label": track.label,
            "src": _file_name(track.file),
            "default": track.default,
        }
        for track in video.captions.all()
    ]
    poster = _file_name(video.poster) if video.poster else None
    renditions = [{**row, "src": _file_name(row["src"])} for row in video.renditions]
    files = {"video": _file_name(video.file), "poster": poster, "renditions": renditions}
    files["original"] = _file_name(video.original) if video.original else None
    return {
        "duration": video.duration_s,
        "width": video.width,
        "height": video.height,
        "files": without_blanks(files) | {"captions": captions},
        "chapters": video.chapters,
    }


def _file_name(path: str) -> str:
    return PurePosixPath(path).name
