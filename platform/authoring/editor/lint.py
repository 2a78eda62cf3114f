"""Warnings about a draft that could confuse Learners; it can be published nevertheless.

Each check is based on the text alone and links to the page where it can be fixed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authoring.editor.contrast import faint
from authoring.editor.course_package import Asked, all_asked
from authoring.formats.attune.questions import skills_of
from courses.rendering import course_html

Json = Mapping[str, Any]
ENOUGH: Final = 6


@dataclass(frozen=True, slots=True)
class Warning:
    """`at` is unit, question, skills or builder, `ref` its id, and `what` its name for people."""

    kind: str
    at: str
    ref: str
    what: str
    text: str


def warnings_of(package: Json) -> list[Warning]:
    """Return all warnings: the course first, then unit by unit."""
    found = [*_of_skills(package)]
    if not package["units"]:
        text = _("The course has no units yet.")
        found.append(Warning("empty", "builder", "", package["title"], text))
    for unit in package["units"]:
        found += _of_unit(unit)
    for asked in all_asked(package):
        found += _of_question(asked)
    return found


def _of_skills(package: Json) -> Iterator[Warning]:
    """Warn of skills with few questions: estimates from under six answers stay uncertain."""
    asked = Counter(slug for each in all_asked(package) for slug in _skills(each))
    for row in package["skills"]:
        number = asked[row["slug"]]
        if number < ENOUGH:
            text = ngettext(
                "Only {number} question tests it. With {enough} or more, it becomes clear what a "
                "learner knows.",
                "Only {number} questions test it. With {enough} or more, it becomes clear what a "
                "learner knows.",
                number,
            ).format(number=number, enough=ENOUGH)
            yield Warning("few", "skills", row["slug"], row["name"], text)


def _skills(asked: Asked) -> list[str]:
    return skills_of(asked.question) or skills_of(asked.sibling or {})


def _of_unit(unit: Json) -> Iterator[Warning]:
    def told(kind: str, text: str) -> Warning:
        return Warning(kind, "unit", unit["id"], unit["title"], text)

    if unit["kind"] == "video":
        if not unit["files"].get("video"):
            yield told("empty", _("This video has no file yet."))
        elif not unit["files"]["captions"]:
            yield told(
                "captions", _("It has no captions. People who cannot hear it cannot follow it.")
            )
        if unit.get("height", 0) > unit.get("width", 0):
            yield told(
                "portrait",
                _("The video is taller than it is wide, so it is shown small in a lesson."),
            )
    if unit["kind"] == "reading" and not unit["body"].strip():
        yield told("empty", _("This reading has no text yet."))
    if unit["kind"] == "reading" and (pair := faint(unit["body"])):
        yield told("contrast", _("A text colour is hard to read: {pair}.").format(pair=pair))
    if unit["kind"] == "quiz" and not unit.get("questions"):
        yield told("empty", _("This quiz has no questions, so it cannot be completed."))
    opens, due = (parse_datetime(unit.get(name) or "") for name in ("opens_at", "due_at"))
    if unit["kind"] == "quiz" and opens and due and opens >= due:
        yield told(
            "closed", _("Its due date is not after its opening date, so it cannot be opened.")
        )


def _of_question(asked: Asked) -> Iterator[Warning]:
    row = asked.question
    name = course_html.linear(row["prompt"] or row.get("stem", ""))

    def told(kind: str, text: str) -> Warning:
        return Warning(kind, "question", row["id"], name, text)

    if not row.get("explanation") and not row.get("hints"):
        yield told(
            "explanation",
            _("It has no explanation, so learners do not find out why an answer is wrong."),
        )
    if asked.unit["kind"] == "video" and asked.sibling is None and "jump_back" not in row:
        yield told("jump", _("It does not say which section of the video to watch again."))
    for number, hint in enumerate(row.get("hints", ()), 1):
        if hint["kind"] != "scaffold" and gives_away(hint, row):
            yield told("answer", _("Hint {number} gives the answer away.").format(number=number))
    texts = (row["prompt"], row.get("stem", ""), row.get("explanation", ""))
    if pair := faint(" ".join(texts)):
        yield told("contrast", _("A text colour is hard to read: {pair}.").format(pair=pair))


def gives_away(hint: Json, question: Json) -> bool:
    """Return whether the hint contains the answer as words that the question does not contain."""
    said = _plain(f"{hint['text']} {hint.get('other', '')}")
    known = _plain(f"{question['prompt']} {question.get('stem', '')}")
    return any(
        _holds(said, answer) and not _holds(known, answer)
        for answer in map(_plain, _answers(question))
    )


def _answers(question: Json) -> Iterator[str]:
    if question["type"] in ("single", "multiple"):
        yield from (row["text"] for row in question["choices"] if row["correct"])
    elif question["type"] in ("numeric", "text"):
        yield str(question["answer"])


def _plain(text: str) -> list[str]:
    """Split into words and numbers; a minus belongs to its number."""
    return re.findall(
        r"-?\d+(?:[.,]\d+)?|\w+", course_html.linear(text).casefold().replace("−", "-")
    )


def _holds(words: list[str], answer: list[str]) -> bool:
    size = len(answer)
    return bool(size) and any(words[at : at + size] == answer for at in range(len(words)))
