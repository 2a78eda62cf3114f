"""Reads a Moodle XML file: a category becomes a quiz, a description a reading before it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.formats.course_builder import CourseBuilder, Package, require_one
from authoring.formats.gift.categories import Category, read_category
from authoring.formats.moodle.embedded_files import EmbeddedFiles
from authoring.formats.moodle.question_reader import read_questions
from authoring.formats.moodle.texts import (
    QuestionTexts,
    child,
    children,
    source_of,
    value_of,
    with_old_picture,
)
from authoring.formats.package_files import read_content
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode, decode, parse, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, digest, make_title, slug

ROOT = "quiz"
_OWN = re.compile(r"<!-- (course|skill): ([a-z0-9-]+)(?: = ([^\n<]*?))? -->")
_HIDDEN = _("question that is hidden in Moodle")
_PLACE = _("place of a description between questions (it is a reading before them)")


def fits(package: Package) -> bool:
    return bool(_files(package))


def slug_of(package: Package) -> str:
    return _slug_and_title(_read_text(_find_file(package)), package)[0]


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    file = _find_file(package)
    text = _read_text(file)
    name, title = _slug_and_title(text, package)
    reader = _MoodleReader(package.folder, shelf, title)
    for wanted, words in _own_lines(text, "skill"):
        reader.builder.add_skill(words or wanted, wanted)
    for node in children(parse(text.encode(), file.name), "question"):
        reader.take(node)
    return reader.course(name, title), reader.builder.left_out


def _files(package: Package) -> list[Path]:
    files = package.files()
    named = [path for path in files if path.suffix.lower() == ".xml" or len(files) == 1]
    return [path for path in named if root_of(path) == ROOT]


def _find_file(package: Package) -> Path:
    return require_one(
        _files(package), _("expected one Moodle XML file, found {found}"), package.name
    )


def _read_text(file: Path) -> str:
    text = decode(read_content(file, file.name), file.name)
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)


def _own_lines(text: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield slug and name of each remark at the head of our own files."""
    for match in _OWN.finditer(text[: max(0, text.find("<question"))]):
        if match[1] == kind:
            yield match[2], unescape(match[3] or "")


def _slug_and_title(text: str, package: Package) -> tuple[str, str]:
    """Return slug and title: from a remark in our own files, else from the file's name."""
    for name, title in _own_lines(text, "course"):
        return course_slug(name), title or make_title(name)
    return course_slug(package.name), make_title(package.name)


@dataclass(slots=True)
class _CategoryContent:
    readings: list[tuple[str, str, str]] = field(default_factory=list)
    questions: list[Json] = field(default_factory=list)


class _MoodleReader:
    """Collects questions and descriptions by category."""

    def __init__(self, folder: Path, shelf: MediaShelf, title: str) -> None:
        self.builder = CourseBuilder()
        self._files = EmbeddedFiles(folder, shelf, self.builder.left_out)
        self._place: Category = ("", title, "")
        self._categories: dict[Category, _CategoryContent] = {}

    def take(self, node: XmlNode) -> None:
        """Add a question, or begin a category."""
        kind, left_out = node.get("type").strip(), self.builder.left_out
        if kind == "category":
            self._place = read_category(
                source_of(child(node, "category")), value_of(node, "idnumber")
            )
            left_out[_("description of a category")] += bool(source_of(child(node, "info")))
        elif value_of(node, "hidden") == "1":
            left_out[_HIDDEN] += 1
        elif kind == "description":
            self._take_description(node)
        else:
            self._take_question(node)

    def _take_description(self, node: XmlNode) -> None:
        files = self._files.of_question(node)
        texts = QuestionTexts(node, files, self.builder.left_out)
        body = texts.convert_reading(with_old_picture(node))
        files.count_unused(self.builder.left_out)
        name = " ".join(source_of(child(node, "name")).split())
        wanted = value_of(node, "idnumber") or slug(name, "") or f"text-{digest(body)}"
        if body:
            self._content().readings.append((wanted, name or self._place[1], body))

    def _take_question(self, node: XmlNode) -> None:
        questions = read_questions(node, self._files, self.builder.left_out)
        if not questions:
            return
        tags = [
            source_of(tag)
            for group in children(node, "tags", "coursetags")
            for tag in children(group, "tag")
        ]
        skills = [self.builder.add_skill(tag, tag) for tag in tags if tag]
        name = value_of(node, "idnumber") or slug(source_of(child(node, "name")), "")
        name = name or f"q-{digest(questions[0]['prompt'])}"
        for number, question in enumerate(questions, 1):
            part = {"id": f"{name}-{number}", "group": name} if len(questions) > 1 else {"id": name}
            row = {**part, **question, "skills": list(dict.fromkeys(skills))}
            self._content().questions.append(row)

    def _content(self) -> _CategoryContent:
        return self._categories.setdefault(self._place, _CategoryContent())

    def course(self, name: str, title: str) -> Json:
        for (wanted, words, _path), content in self._categories.items():
            for reading in content.readings:
                self.builder.add_reading(*reading)
            self.builder.left_out[_PLACE] += len(content.readings) * bool(content.questions)
            self.builder.add_quiz(wanted or slug(words, "quiz"), words, content.questions)
        return self.builder.build_course(name, title)
