"""Packages written at test time, and a separate media folder for imports."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from authoring.imports.import_course import Imported, import_package
from authoring.imports.target import Target
from authoring.versions.drafts import stored_package
from courses.models import Course
from demo.seed_data import COURSE_PACKAGE as DEMO

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OATUTOR = Path(__file__).parents[2] / "data/oatutor-cut"
POOL = OATUTOR.parent / "inputs/oatutor/c12-two-hints-one-id"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def whole_course() -> Json:
    return json.loads((DEMO / "course.json").read_text(encoding="utf-8"))


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def small_course(whole_course: Json) -> Json:
    """Return the first lesson alone: a video, a reading and a quiz."""
    course = copy.deepcopy(whole_course)
    course["slug"] = "one-lesson"
    course["units"] = course["units"][:3]
    return course


@pytest.fixture
def package(tmp_path: Path) -> Callable[[Json], Path]:
    """Return a function that writes a course.json with tiny placeholders for its files."""

    def write(course: Json) -> Path:
        folder = tmp_path / "package"
        folder.mkdir(exist_ok=True)
        (folder / "course.json").write_text(json.dumps(course), encoding="utf-8")
        for name, content in FILES.items():
            (folder / name).write_bytes(content)
        return folder

    return write


@pytest.fixture
def load(media: Path) -> Callable[..., Imported]:
    """Return a function that imports a package; it updates the same slug unless told otherwise."""

    def run(path: Path, *, slug: str = "", updates: bool = True, **options: Any) -> Imported:
        target = Target(slug=slug, updates=updates)
        return import_package(
            path, tell=lambda done, total: None, target=target, **{"now": NOW} | options
        )

    return run


def stored() -> dict[str, Json]:
    """Return each course with its units and questions, by slug."""
    return {course.slug: stored_package(course) for course in Course.objects.all()}


def files_in(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


FILES = {
    "01-one-step-equations.mp4": b"\0\0\0\x18ftypisom" + bytes(50),
    "01-one-step-equations.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "01-one-step-equations.en.vtt": (DEMO / "01-one-step-equations.en.vtt").read_bytes(),
    "01-one-step-equations.es.vtt": (DEMO / "01-one-step-equations.es.vtt").read_bytes(),
    "01-one-step-equations.chapters.vtt": (
        DEMO / "01-one-step-equations.chapters.vtt"
    ).read_bytes(),
}
