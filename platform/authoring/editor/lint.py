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

from authoring.course_package import PackagedQuestion, iterate_questions
from authoring.editor.contrast import find_faint_colours
from authoring.formats.attune.questions import skills_of
from authoring.opening_conditions import can_be_finished
from courses.questions.answer_parts import read_share
from courses.rendering import course_html

Json = Mapping[str, Any]
MIN_QUESTIONS: Final = 6


@dataclass(frozen=True, slots=True)
class DraftWarning:
    """`at` is unit, question, skills or builder, `ref` its id, and `what` its name for people."""

    kind: str
    at: str
    ref: str
    what: str
    text: str


def find_warnings(package: Json) -> list[DraftWarning]:
    """Return all warnings: the course first, then unit by unit."""
    found = [*_check_skills(package)]
    if not package["units"]:
        text = _("The course has no units yet.")
        found.append(DraftWarning("empty", "builder", "", package["title"], text))
    for unit in package["units"]:
        found += _check_unit(unit)
    for asked in iterate_questions(package):
        found += _check_question(asked)
    return found


def _check_skills(package: Json) -> Iterator[DraftWarning]:
    """Warn of skills with few questions: estimates from under six answers stay uncertain."""
    asked = Counter(slug for each in iterate_questions(package) for slug in _skills_of(each))
    for row in package["skills"]:
        number = asked[row["slug"]]
        if number < MIN_QUESTIONS:
            text = ngettext(
                "Only {number} question tests it. With {enough} or more, it becomes clear what a "
                "learner knows.",
                "Only {number} questions test it. With {enough} or more, it becomes clear what a "
                "learner knows.",
                number,
            ).format(number=number, enough=MIN_QUESTIONS)
            yield DraftWarning("few", "skills", row["slug"], row["name"], text)


def _skills_of(asked: PackagedQuestion) -> list[str]:
    return skills_of(asked.question) or skills_of(asked.sibling or {})


def _check_unit(unit: Json) -> Iterator[DraftWarning]:
    def warn(kind: str, text: str) -> DraftWarning:
        return DraftWarning(kind, "unit", unit["id"], unit["title"], text)

    if unit["kind"] == "video":
        if not unit["files"].get("video"):
            yield warn("empty", _("This video has no file yet."))
        elif not unit["files"]["captions"]:
            yield warn(
                "captions", _("It has no captions. People who cannot hear it cannot follow it.")
            )
        if unit.get("height", 0) > unit.get("width", 0):
            yield warn(
                "portrait",
                _("The video is taller than it is wide, so it is shown small in a lesson."),
            )
    if unit["kind"] == "external" and not unit["address"]:
        yield warn("empty", _("This video has no address yet."))
    if unit["kind"] == "reading" and not unit["body"].strip():
        yield warn("empty", _("This reading has no text yet."))
    if unit["kind"] == "reading" and (pair := find_faint_colours(unit["body"])):
        yield warn("contrast", _("A text colour is hard to read: {pair}.").format(pair=pair))
    if not can_be_finished(unit):
        yield warn("empty", _("This quiz has no questions, so it cannot be completed."))
    opens, due = (parse_datetime(unit.get(name) or "") for name in ("opens_at", "due_at"))
    if unit["kind"] == "quiz" and opens and due and opens >= due:
        yield warn(
            "closed", _("Its due date is not after its opening date, so it cannot be opened.")
        )


def _check_question(asked: PackagedQuestion) -> Iterator[DraftWarning]:
    row = asked.question
    name = course_html.linear(row["prompt"] or row.get("stem", ""))

    def warn(kind: str, text: str) -> DraftWarning:
        return DraftWarning(kind, "question", row["id"], name, text)

    if not row.get("explanation") and not row.get("hints"):
        yield warn(
            "explanation",
            _("It has no explanation, so learners do not find out why an answer is wrong."),
        )
    if asked.unit["kind"] == "video" and asked.sibling is None and "jump_back" not in row:
        yield warn("jump", _("It does not say which section of the video to watch again."))
    for number, hint in enumerate(row.get("hints", ()), 1):
        if hint["kind"] != "scaffold" and gives_away(hint, row):
            yield warn("answer", _("Hint {number} gives the answer away.").format(number=number))
    if has_harmless_wrong_choices(row):
        yield warn(
            "shares",
            _(
                "A learner who ticks every choice earns all points, because no wrong choice takes "
                "any away. Give the wrong choices less than 0 %."
            ),
        )
    texts = (row["prompt"], row.get("stem", ""), row.get("explanation", ""))
    if pair := find_faint_colours(" ".join(texts)):
        yield warn("contrast", _("A text colour is hard to read: {pair}.").format(pair=pair))


def has_harmless_wrong_choices(question: Json) -> bool:
    """Return whether ticking every choice of a multiple-choice question earns all its points."""
    if question["type"] != "multiple" or not question.get("partial_credit"):
        return False
    wrong = [choice for choice in question["choices"] if not choice["correct"]]
    return bool(wrong) and all("share" in one and not read_share(one["share"]) for one in wrong)


def gives_away(hint: Json, question: Json) -> bool:
    """Return whether the hint contains the answer as words that the question does not contain."""
    hint_words = _split_words(f"{hint['text']} {hint.get('other', '')}")
    question_words = _split_words(f"{question['prompt']} {question.get('stem', '')}")
    return any(
        _contains(hint_words, answer) and not _contains(question_words, answer)
        for answer in map(_split_words, _correct_answers(question))
    )


def _correct_answers(question: Json) -> Iterator[str]:
    yield from (row["text"] for row in question.get("choices", ()) if row.get("correct"))
    if "answer" in question:
        yield str(question["answer"])


def _split_words(text: str) -> list[str]:
    """Split into words and numbers; a minus belongs to its number."""
    return re.findall(
        r"-?\d+(?:[.,]\d+)?|\w+", course_html.linear(text).casefold().replace("−", "-")
    )


def _contains(words: list[str], answer: list[str]) -> bool:
    size = len(answer)
    return bool(size) and any(words[at : at + size] == answer for at in range(len(words)))
