"""What a course has and another format has no place for, counted before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from authoring.formats.asking import Json

TIME = "place of a question in a video (it stands in a quiz behind the video)"
_OF_A_QUESTION = {
    "hints": ("hints", "hint"),
    "variants": ("variants", "easier or harder variant of a question"),
    "parameterised": ("parameterised", "random numbers of a question (its own numbers are kept)"),
    "units": ("units", "unit of a number"),
    "wrong_answers": ("wrong_answers", "foreseen wrong number"),
    "explanation": ("explanation", "explanation"),
    "difficulty": ("difficulty", "difficulty of a question"),
    "skills": ("skills", "skill of a question"),
    "source": ("source", "source of a question"),
    "group": ("group", "group of a question"),
    "shown": ("shown", "answer as it is shown"),
}
_OF_A_UNIT = ("opens_at", "due_at", "attempts", "time_limit_s", "threshold", "estimated_minutes")
_OF_A_COURSE = [
    "description",
    "level",
    "estimated_minutes",
    "license",
    "authors",
    "misconceptions",
    "language",
]


def quizzes(package: Json, kinds: frozenset[str], left_out: Counter[str]) -> Iterator[Json]:
    """Every unit with questions as a quiz of those `kinds`; the others are counted. `of` is the
    id of the unit."""
    for unit in package["units"]:
        questions = [plain(row, left_out) for row in unit.get("questions", ())]
        left_out["question without a text"] += sum(not row["prompt"] for row in questions)
        questions = [row for row in questions if row["prompt"]]
        left_out[TIME] += unit["kind"] == "video" and len(questions)
        kept = [row for row in questions if row["type"] in kinds]
        for row in questions:
            left_out[f"{row['type']} question"] += row["type"] not in kinds
        if kept:
            name = unit["id"] if unit["kind"] == "quiz" else f"{unit['id']}-questions"
            yield {**unit, "id": name, "of": unit["id"], "kind": "quiz", "questions": kept}


def plain(question: Json, left_out: Counter[str]) -> Json:
    """A question with one list of skills, and what is asked of its whole group before its own."""
    skills = question.get("skills") or ([question["skill"]] if "skill" in question else [])
    stem = question.get("stem", "")
    left_out["text before a group of questions (it stands before each)"] += bool(stem)
    prompt = "\n".join(part for part in (stem, question["prompt"]) if part)
    return {**question, "skills": skills, "prompt": prompt}


def note_units(package: Json, kinds: frozenset[str], left_out: Counter[str]) -> None:
    """Units of other kinds."""
    for unit in package["units"]:
        left_out[f"{unit['kind']} unit"] += unit["kind"] not in kinds


def note(rows: list[Json], held: frozenset[str], left_out: Counter[str]) -> None:
    """What these questions have besides what is `held`."""
    for row in rows:
        for name, (column, what) in _OF_A_QUESTION.items():
            if name not in held and row.get(column):
                value = row[column]
                left_out[what] += len(value) if isinstance(value, list) else 1
        choices = [*row.get("choices", ()), *row.get("wrong_answers", ())]
        left_out["misconception of a wrong answer"] += sum(
            "misconception" in one for one in choices
        )


def note_scaffolds(hints: list[Mapping[str, Any]], left_out: Counter[str]) -> list[Json]:
    """The hints that are only words; the others, and second wordings, are counted."""
    plain_ones = [dict(hint) for hint in hints if hint["kind"] != "scaffold"]
    left_out["scaffold (a question inside a hint)"] += len(hints) - len(plain_ones)
    left_out["second wording of a hint"] += sum("other" in hint for hint in plain_ones)
    return plain_ones


def note_columns(package: Json, held: frozenset[str], left_out: Counter[str]) -> None:
    """What the course and its units say of themselves besides what is `held`."""
    for name in _OF_A_COURSE:
        if name not in held and package.get(name) and package[name] != "en":
            left_out[f"{name.replace('_', ' ')} of the course"] += 1
    if "prerequisites" not in held:
        needs = sum(len(skill["prerequisites"]) for skill in package["skills"])
        left_out["prerequisite of a skill"] += needs
    for unit in package["units"]:
        for name in _OF_A_UNIT:
            left_out[f"{name.replace('_', ' ')} of a unit"] += name not in held and name in unit
        scenario = unit.get("scenario", "course") != "course" and "scenario" not in held
        left_out["test that counts, or practice test (it is a quiz)"] += scenario
