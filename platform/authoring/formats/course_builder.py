"""Collect units and questions of any format as the content of course.json.

What course.json cannot hold is counted and left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as _

from authoring import open_questions
from authoring.errors import BrokenPackage
from authoring.formats.attune import answer_validation, validation
from authoring.formats.question_builder import (
    MAX_ROWS,
    TOO_MANY_ROWS,
    Json,
    without_blanks,
)
from authoring.slugs import Names, Slugs, add_free_number, course_slug, normalise_name
from authoring.translatable_message import message
from courses.models.question import LONGEST_TAG
from courses.question_types.registry import QUESTION_TYPES

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

VERSION = "1.1"
# The name of a stored picture ends in the digest of its content.
_PICTURE = re.compile(r"!\[[^\]\n]*+\]\([A-Za-z0-9._/-]*?-([0-9a-f]{12}\.[a-z]+)\)")
MOVED = _("question that people mark, in a quiz that is no test (it is in the question bank)")
UNIT_KINDS = ("video", "external", "reading", "quiz")


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package: its folder, and its name without the suffix.

    `part` names the course to import, where the package holds several.
    """

    folder: Path
    name: str
    part: str = ""

    def files(self) -> list[Path]:
        """Return all files except those that macOS adds to an archive."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.name.startswith("._"))


@dataclass(slots=True)
class CourseBuilder:
    """The units and questions that a reader has found so far."""

    left_out: Counter[str] = field(default_factory=Counter)
    units: list[Json] = field(default_factory=list)
    bank: list[Json] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    skills: dict[str, str] = field(default_factory=dict)
    slugs: Slugs = field(default_factory=Slugs)
    tags: set[str] = field(default_factory=set)

    def add_skill(self, name: str, wanted: str = "") -> str:
        """Return the slug of a skill, and register the skill."""
        found = self.slugs.take(normalise_name(wanted or name), "skill")
        self.skills.setdefault(found, name[:200] or found)
        return found

    def add_quiz(self, wanted: str, title: str, questions: Iterable[Json], **columns: Any) -> None:
        """Add a quiz of those `questions` that course.json can hold, unless there are none.

        In a quiz that is no test, those that people mark go to the bank.
        """
        rows = [row for row in questions if self._is_storable(row)]
        if columns.get("scenario", "course") == "course":
            rows = self._move_open(rows, title)
        if not rows and not columns.get("random_questions"):
            return
        own = self.add_skill(title) if any(not row.get("skills") for row in rows) else ""
        for row in rows:
            row["id"] = self.names.take(row.get("id", ""), "question")
            row["skills"] = row.get("skills") or [own]
        drawn = {entry["tag"] for entry in columns.get("random_questions", ())}
        tested = [*rows, *(row for row in self.bank if drawn & set(row["tags"]))]
        skills = list(dict.fromkeys(one for row in tested for one in row["skills"]))
        self._add_unit("quiz", wanted, title, skills, {"questions": rows} | columns)

    def _move_open(self, rows: list[Json], title: str) -> list[Json]:
        """Put the questions that people mark into the bank; return the others."""
        found = [row for row in rows if open_questions.is_open(row)]
        if found:
            self.left_out[MOVED] += len(found)
            self.add_to_bank(found, self.take_tag(title), title)
        return [row for row in rows if not open_questions.is_open(row)]

    def take_tag(self, title: str) -> str:
        """Return a title as a tag that no other questions of the bank have."""
        tag = add_free_number(make_tag(title), self.tags, LONGEST_TAG)
        self.tags.add(tag)
        return tag

    def add_to_bank(self, questions: Iterable[Json], tag: str, title: str) -> None:
        """Add questions to the bank with a tag; those without a skill test that of the title."""
        for row in questions:
            if self._is_storable(row):
                named = {"id": self.names.take(row.get("id", ""), "question"), "tags": [tag]}
                skills = row.get("skills") or [self.add_skill(title)]
                self.bank.append(row | named | {"skills": skills})

    def add_reading(self, wanted: str, title: str, body: str, **columns: Any) -> None:
        self._add_unit("reading", wanted, title, [], {"format": "markdown", "body": body} | columns)

    def add_video(self, wanted: str, title: str, content: Json) -> None:
        self._add_unit("video", wanted, title, [], content)

    def add_external_video(self, wanted: str, title: str, address: str) -> None:
        """Add a video on another site; its address must be an accepted one."""
        self._add_unit("external", wanted, title, [], {"address": address})

    def _add_unit(self, kind: str, wanted: str, title: str, skills: list[str], more: Json) -> None:
        name = self.names.take(wanted, kind)
        title = " ".join(title.split())[:200] or kind.capitalize()
        self.units.append({"id": name, "kind": kind, "title": title, "skills": skills, **more})

    def _is_storable(self, row: Json) -> bool:
        """Return whether course.json can hold a question; count it as left out otherwise."""
        what = find_question_flaw(row)
        if what:
            self.left_out[what] += 1
        return not what

    def build_course(self, wanted: str, title: str, **columns: Any) -> Json:
        """Return the content of course.json."""
        skills = [
            {"slug": name, "name": words, "prerequisites": []}
            for name, words in self.skills.items()
        ]
        head = {"format": "attune-course", "format_version": VERSION, "slug": course_slug(wanted)}
        rest = {"title": title[:200] or "Course", "language": "en", **without_blanks(columns)}
        return {
            **head,
            **rest,
            "skills": skills,
            "units": self.units,
            **without_blanks({"bank": self.bank}),
        }


def make_tag(title: str) -> str:
    """Return a title as a tag: words without commas."""
    return " ".join(title.replace(",", " ").split())[:LONGEST_TAG].strip() or "group"


def require_one(found: Sequence[Path], what: str, name: str) -> Path:
    """Return the only file of a kind; `what` is the error for another number of files."""
    if len(found) != 1:
        raise BrokenPackage(name, "", message(what, found=len(found)))
    return found[0]


def find_question_flaw(row: Json) -> str:
    """Return why course.json cannot hold a question that was read; "" where it can."""
    return _find_flaw(without_blanks(row) | {"prompt": row["prompt"], "id": "q"})


@cache
def _question_schema() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    schema = {"$ref": "#/$defs/question", "$defs": validation.schema()["$defs"]}
    return Draft202012Validator(schema)


def _find_flaw(question: Json) -> str:
    """Return why a question cannot be part of a course; "" where it can."""
    if not question["prompt"].strip():
        return _("question left out: it has no text")
    rows = [*question.get("choices", ()), *question.get("parts", ())]
    if any("text" in row and not row["text"].strip() for row in [*rows, *_choices_of_gaps(rows)]):
        return _("question left out: a choice has no text")
    type = QUESTION_TYPES[question["type"]]
    if type.has_options and not any(row["correct"] for row in rows):
        return _("question left out: no choice is correct")
    if len(question.get("choices", ())) < type.min_choices:
        return _("question left out: fewer than two choices")
    if any(part.get("kind") == "choice" and len(part["choices"]) < 2 for part in rows):
        return _("question left out: a gap with fewer than two choices")
    if type.has_options and _has_twins(rows):
        return _("question left out: two choices have the same text")
    if any(_has_twins(part.get("choices", ())) for part in rows):
        return _("question left out: two choices have the same text")
    if max(len(question.get("choices", ())), len(question.get("parts", ()))) > MAX_ROWS:
        return TOO_MANY_ROWS
    error = next(iter(_question_schema().iter_errors(question)), None)
    if error is not None:
        return _("question left out: a learner could not type the answer here")
    try:
        answer_validation.check("", question, question["prompt"])
    except BrokenPackage:
        return _("question left out: its gaps do not match its text")
    return ""


def _choices_of_gaps(parts: Iterable[Json]) -> list[Json]:
    return [choice for part in parts for choice in part.get("choices", ())]


def _has_twins(rows: Iterable[Json]) -> bool:
    """Return whether two choices look the same, so that no Learner could tell them apart."""
    texts = [" ".join(_PICTURE.sub(r"\1", row["text"]).split()) for row in rows]
    return len(set(texts)) < len(texts)
