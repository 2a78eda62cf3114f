"""Count what a course contains and another format does not support, before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats.question_builder import Json
from courses.question_types.registry import QUESTION_TYPES

TIME = _("position of a question in a video (it is put in a quiz after the video)")
OTHER_NUMBER = _("other number that earns points")
PARTIAL = _("partial credit of a question (an answer is right or wrong there)")
_OF_A_QUESTION = {
    "hints": ("hints", _("hint")),
    "variants": ("variants", _("easier or harder variant of a question")),
    "parameterised": (
        "parameterised",
        _("random numbers of a question (the numbers in its text are kept)"),
    ),
    "units": ("units", _("unit of a number")),
    "wrong_answers": ("wrong_answers", _("expected wrong number")),
    "explanation": ("explanation", _("explanation")),
    "difficulty": ("difficulty", _("difficulty of a question")),
    "skills": ("skills", _("skill of a question")),
    "tags": ("tags", _("tag of a question")),
    "source": ("source", _("source of a question")),
    "group": ("group", _("group of a question")),
    "shown": ("shown", _("displayed form of the answer")),
    "points": ("points", _("points of a question")),
    "other_answers": ("other_answers", OTHER_NUMBER),
    "partial_credit": ("partial_credit", PARTIAL),
    "rubric": ("rubric", _("criterion of a rubric")),
    "word_limit": ("word_limit", _("word limit of an essay")),
    "file_kinds": ("file_kinds", _("kind of file that is allowed")),
    "most_files": ("most_files", _("number of files")),
}
SHARES = _("shares of the points of choices")
ALL_OR_NOTHING = _("all or nothing (there, a partly right answer earns a share of the points)")
_OF_A_UNIT = {
    "opens_at": _("opening date of a unit"),
    "opens_after": _("unit that has to be finished before another one"),
    "due_at": _("due date of a unit"),
    "attempts": _("attempts allowed in a unit"),
    "time_limit_s": _("time limit of a unit"),
    "threshold": _("share of a unit that must be watched"),
    "estimated_minutes": _("estimated time of a unit"),
}
_OF_A_COURSE = {
    "description": _("description of the course"),
    "level": _("level of the course"),
    "estimated_minutes": _("estimated time of the course"),
    "license": _("licence of the course"),
    "authors": _("authors of the course"),
    "misconceptions": _("misconceptions of the course"),
    "language": _("language of the course"),
}
_UNITS = {
    "video": _("video unit"),
    "external": _("unit with a video on another site"),
    "reading": _("reading unit"),
    "quiz": _("quiz unit"),
}


def supported_quizzes(
    package: Json, kinds: frozenset[str], left_out: Counter[str]
) -> Iterator[Json]:
    """Yield each unit with questions as a quiz of those `kinds`; count the other questions.

    `of` is the id of the unit.
    """
    for unit in package["units"]:
        questions = [flatten_question(row, left_out) for row in unit.get("questions", ())]
        left_out[_("question without text")] += sum(not row["prompt"] for row in questions)
        questions = [row for row in questions if row["prompt"]]
        left_out[TIME] += unit["kind"] == "video" and len(questions)
        kept = [row for row in questions if row["type"] in kinds]
        for row in questions:
            left_out[QUESTION_TYPES[row["type"]].counted_as] += row["type"] not in kinds
        if kept:
            name = unit["id"] if unit["kind"] == "quiz" else f"{unit['id']}-questions"
            yield {**unit, "id": name, "of": unit["id"], "kind": "quiz", "questions": kept}


def flatten_question(question: Json, left_out: Counter[str]) -> Json:
    """Return a question with one list of skills, and the text of its group before its own."""
    skills = question.get("skills") or ([question["skill"]] if "skill" in question else [])
    stem = question.get("stem", "")
    left_out[_("text before a group of questions (repeated before each one)")] += bool(stem)
    prompt = "\n".join(part for part in (stem, question["prompt"]) if part)
    return {**question, "skills": skills, "prompt": prompt}


def note_units(package: Json, kinds: frozenset[str], left_out: Counter[str]) -> None:
    """Count units of other kinds."""
    for unit in package["units"]:
        left_out[_UNITS[unit["kind"]]] += unit["kind"] not in kinds


def note_questions(rows: list[Json], supported: frozenset[str], left_out: Counter[str]) -> None:
    """Count the features of these questions that are not in `supported`."""
    for row in rows:
        for name, (column, what) in _OF_A_QUESTION.items():
            if name not in supported and row.get(column):
                value = row[column]
                left_out[what] += len(value) if isinstance(value, list) else 1
        if "shares" not in supported:
            left_out[SHARES] += any("share" in one for one in row.get("choices", ()))
        choices = [*row.get("choices", ()), *row.get("wrong_answers", ())]
        left_out[_("misconception of a wrong answer")] += sum(
            "misconception" in one for one in choices
        )


def note_comparisons(row: Json, supported: Collection[str], left_out: Counter[str]) -> None:
    """Count the typed answers of a question, or of its gaps, that are compared in another way."""
    typed = [
        one for one in (row, *row.get("parts", ())) if one.get("type", one.get("kind")) == "text"
    ]
    left_out[_("comparison method of a typed answer")] += sum(
        (one.get("compare") or "string") not in supported for one in typed
    )


def note_scaffolds(hints: list[Mapping[str, Any]], left_out: Counter[str]) -> list[Json]:
    """Return the hints that are only text; count the others, and alternative wordings."""
    plain_ones = [dict(hint) for hint in hints if hint["kind"] != "scaffold"]
    left_out[_("sub-question (a question inside a hint)")] += len(hints) - len(plain_ones)
    left_out[_("alternative wording of a hint")] += sum("other" in hint for hint in plain_ones)
    return plain_ones


def note_columns(package: Json, supported: frozenset[str], left_out: Counter[str]) -> None:
    """Count the settings of the course and its units that are not in `supported`."""
    for name, what in _OF_A_COURSE.items():
        if name not in supported and package.get(name) and package[name] != "en":
            left_out[what] += 1
    if "prerequisites" not in supported:
        needs = sum(len(skill["prerequisites"]) for skill in package["skills"])
        left_out[_("prerequisite of a skill")] += needs
    if "bank" not in supported:
        left_out[_("question in the question bank")] += len(package.get("bank", ()))
    for unit in package["units"]:
        left_out[_("random questions of a test")] += len(unit.get("random_questions", ()))
        for name, what in _OF_A_UNIT.items():
            left_out[what] += name not in supported and name in unit
        scenario = unit.get("scenario", "course") != "course" and "scenario" not in supported
        left_out[_("graded or practice test (becomes a quiz)")] += scenario
