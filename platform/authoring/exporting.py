"""Writes a course as a package `import_course` reads: course.json and the files it names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings

from authoring import attune_checks
from courses.models import Course, Hint, Question, Unit, Video

Json = dict[str, Any]


class CannotExport(Exception):
    """The course holds something that the package format has no place for."""


def export(course: Course, folder: Path) -> list[str]:
    """Write the package into `folder`; the names of its files. BrokenPackage if it is no course."""
    package = course_json(course)
    attune_checks.check(package)
    files = [name for unit in package["units"] for name in _names(unit)]
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        source = Path(settings.MEDIA_ROOT) / str(course.code) / name
        shutil.copyfile(source, folder / name)
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (folder / attune_checks.FILE).write_text(text, encoding="utf-8")
    return [attune_checks.FILE, *files]


def course_json(course: Course) -> Json:
    """The content of course.json."""
    units = course.units.filter(position__isnull=False).prefetch_related("skills")
    return _without_blanks(
        {
            "format": "attune-course",
            "format_version": "1.0",
            "slug": course.slug,
            "title": course.title,
            "description": course.description,
            "language": course.language,
            "level": course.level,
            "estimated_minutes": course.minutes,
            "license": _without_blanks(
                {
                    "name": course.licence_name,
                    "url": course.licence_url,
                    "attribution": course.attribution,
                }
            ),
            "authors": course.authors,
            "skills": _skills(course),
            "misconceptions": list(
                course.misconceptions.order_by("slug").values("slug", "description")
            ),
            "units": [_unit(unit) for unit in units],
        }
    )


def _skills(course: Course) -> list[Json]:
    """In the order of their keys: a prerequisite was stored before what needs it."""
    rows = course.skills.order_by("pk").prefetch_related("prerequisites")
    return [
        _without_blanks(
            {"slug": row.slug, "name": row.name, "description": row.description or None}
        )
        | {"prerequisites": [needed.slug for needed in row.prerequisites.all()]}
        for row in rows
    ]


def _unit(unit: Unit) -> Json:
    head = {
        "id": unit.ref,
        "kind": unit.kind,
        "title": unit.title,
        "skills": [skill.slug for skill in unit.skills.order_by("pk")],
    }
    if unit.kind == "reading":
        body = {"format": "markdown", "body": unit.reading.source}
        return _without_blanks(head | {"estimated_minutes": unit.minutes} | body)
    rows = unit.questions.filter(sibling=None).prefetch_related("skills", "variants", "hints")
    questions = [_place(row) for row in rows]
    if unit.kind == "quiz":
        return head | {"questions": questions}
    return head | _video(unit.video) | {"questions": questions}


def _video(video: Video) -> Json:
    captions = [
        {
            "lang": track.lang,
            "label": track.label,
            "src": _base(track.file),
            "default": track.default,
        }
        for track in video.captions.all()
    ]
    poster = _base(video.poster) if video.poster else None
    files = {"video": _base(video.file), "poster": poster, "captions": captions}
    return {
        "duration": video.duration_s,
        "width": video.width,
        "height": video.height,
        "files": _without_blanks(files) | {"captions": captions},
        "chapters": video.chapters,
    }


def _place(row: Question) -> Json:
    skills = [skill.slug for skill in row.skills.all()]
    if row.kind == "text" or len(skills) != 1 or row.stem_html:
        what = f"{row.ref}: the package format has no text questions, stems or several skills"
        raise CannotExport(what)
    asked = _question(row) | {"skill": skills[0]}
    if row.time_s is not None:
        return asked | {"time": row.time_s, "jump_back": [row.jump_from_s, row.jump_to_s]}
    hints = [_hint(hint) for hint in row.hints.all()]
    variants = [
        _question(variant) | {"relation": variant.relation, "difficulty": variant.difficulty}
        for variant in row.variants.all()
        if variant.unit_id is not None
    ]
    return asked | {"difficulty": row.difficulty, "hints": hints, "variants": variants}


def _hint(row: Hint) -> Json:
    other = {"other": row.other_text} if row.other_text else {}
    return {"kind": row.kind, "text": row.text, **other}


def _question(row: Question) -> Json:
    head = {
        "id": row.ref,
        "type": row.kind,
        "prompt": row.prompt,
        "explanation": row.explanation,
    }
    if row.kind == "numeric":
        return head | _numeric(row)
    return head | {"choices": [_choice(choice) for choice in row.choices]}


def _numeric(row: Question) -> Json:
    kept = ("value", "tolerance", "misconception", "feedback")
    wrong = [{name: reply[name] for name in kept} for reply in row.wrong_answers]
    more = {"wrong_answers": wrong, "parameterised": row.parameterised}
    numbers = {"answer": _number(row.answer), "tolerance": _number(str(row.tolerance))}
    return numbers | _without_blanks(more)


def _choice(row: Json) -> Json:
    names = ("id", "text", "correct", "feedback", "misconception")
    return {name: row[name] for name in names if row.get(name, "") != ""}


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _base(path: str) -> str:
    return PurePosixPath(path).name


def _names(unit: Json) -> Iterable[str]:
    if unit["kind"] == "video":
        files = unit["files"]
        tracks = [track["src"] for track in files["captions"]]
        yield from (name for name in (files["video"], files.get("poster"), *tracks) if name)


def _without_blanks(row: Json) -> Json:
    return {key: value for key, value in row.items() if value not in (None, "", [])}
