"""Reads an H5P package: its questions, or those of its parts, become a quiz."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import load_json
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.h5p.content import (
    FOLDER,
    Content,
    ContentTexts,
    as_dict,
    as_list,
    as_text,
    is_on,
    read_part,
)
from authoring.formats.h5p.questions import read_questions
from authoring.formats.package_images import PackageImages
from authoring.formats.question_builder import Json
from authoring.formats.unsupported_features import TIME
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, make_title, slug

MANIFEST, CONTENT = "h5p.json", f"{FOLDER}/content.json"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_LANGUAGE = "und"
_VIDEO = "H5P.InteractiveVideo"
MAX_DEPTH = 10


def fits(package: Package) -> bool:
    return (package.folder / MANIFEST).is_file()


def slug_of(package: Package) -> str:
    return course_slug(_title_of(package, as_dict(load_json(package.folder, MANIFEST))))


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    manifest = as_dict(load_json(package.folder, MANIFEST))
    params = as_dict(load_json(package.folder, CONTENT))
    builder = CourseBuilder()
    images = PackageImages(package.folder, shelf, builder.left_out)
    texts = ContentTexts(images, builder.left_out)
    title = _title_of(package, manifest)
    whole = Content(as_text(manifest.get("mainLibrary")), params)
    rows = [row for part in _expand(whole, texts) for row in read_questions(part, texts)]
    builder.left_out[TIME] += len(rows) * (whole.kind == _VIDEO)
    builder.add_quiz(slug(title, "quiz"), title, rows)
    language = as_text(manifest.get("language"))
    named = language if _LANGUAGE.fullmatch(language) and language != _NO_LANGUAGE else ""
    course = builder.build_course(course_slug(title), title, language=named)
    return course, builder.left_out


def _title_of(package: Package, manifest: dict[str, Any]) -> str:
    return " ".join(as_text(manifest.get("title")).split()) or make_title(package.name)


def _expand(content: Content, texts: ContentTexts, depth: int = 0) -> Iterator[Content]:
    """Yield what a content type contains, in its order; itself where it contains nothing."""
    parts = _PARTS.get(content.kind)
    if parts is None or depth == MAX_DEPTH:
        yield content
        return
    for part in parts(content.params, texts):
        yield from _expand(part, texts, depth + 1)


def _question_set(params: dict[str, Any], texts: ContentTexts) -> Iterator[Content]:
    """Yield the parts of a set of questions."""
    introduction = as_dict(params.get("introPage"))
    if is_on(introduction.get("showIntroPage")):
        shown = texts.convert(introduction.get("introduction"))
        texts.left_out[_("introduction of a set of questions")] += bool(shown)
    chosen = bool(params.get("poolSize")) or is_on(params.get("randomQuestions"))
    texts.left_out[_("random choice or order of the questions of a set")] += chosen
    texts.left_out[_("share of a set that must be correct to pass")] += bool(
        params.get("passPercentage")
    )
    texts.count_overall(as_dict(params.get("endGame")).get("overallFeedback"))
    yield from map(read_part, as_list(params.get("questions")))


def _interactive_video(params: dict[str, Any], texts: ContentTexts) -> Iterator[Content]:
    """Yield what a video asks, in the order of its times."""
    video = as_dict(params.get("interactiveVideo"))
    files = as_dict(video.get("video")).get("files")
    texts.left_out[_("video of H5P (its questions become a quiz)")] += bool(as_list(files))
    found = map(as_dict, as_list(as_dict(video.get("assets")).get("interactions")))
    for interaction in sorted(found, key=_time_of):
        yield read_part(interaction.get("action"))
    summary = read_part(as_dict(video.get("summary")).get("task"))
    if as_list(summary.params.get("summaries")):
        yield summary


def _presentation(params: dict[str, Any], texts: ContentTexts) -> Iterator[Content]:
    """Yield what the slides of a presentation show."""
    slides = as_list(as_dict(params.get("presentation")).get("slides"))
    for slide in map(as_dict, slides):
        for element in map(as_dict, as_list(slide.get("elements"))):
            texts.left_out[_("comment on an element of a slide")] += bool(
                texts.convert(element.get("solution"))
            )
            # An element without content is a link to another slide.
            if element.get("action"):
                yield read_part(element["action"])


def _column(params: dict[str, Any], _texts: ContentTexts) -> Iterator[Content]:
    for row in map(as_dict, as_list(params.get("content"))):
        yield read_part(row.get("content"))


def _book(params: dict[str, Any], texts: ContentTexts) -> Iterator[Content]:
    """Yield the chapters of a book."""
    if is_on(params.get("showCoverPage")):
        texts.count_type("H5P.BookCover")
    yield from map(read_part, as_list(params.get("chapters")))


def _time_of(interaction: dict[str, Any]) -> float:
    start = as_dict(interaction.get("duration")).get("from")
    return start if isinstance(start, int | float) else 0


_PARTS: dict[str, Callable[[dict[str, Any], ContentTexts], Iterator[Content]]] = {
    "H5P.QuestionSet": _question_set,
    _VIDEO: _interactive_video,
    "H5P.CoursePresentation": _presentation,
    "H5P.Column": _column,
    "H5P.InteractiveBook": _book,
}
