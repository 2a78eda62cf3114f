"""The bank of a package: its tags, the tests that draw from it, and moves in and out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authoring import course_package as packages
from authoring import open_questions, random_questions
from authoring.course_package import BANK, PackagedQuestion
from authoring.translatable_message import TranslatableMessage

Json = dict[str, Any]
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class DrawingTest:
    """A unit that draws from the bank, and why it cannot be published as it is, if so."""

    unit: Mapping[str, Any]
    problem: TranslatableMessage | None


def count_tags(package: Mapping[str, Any]) -> Counter[str]:
    """Count the questions of the bank by tag; the tags of other questions count as 0."""
    counts: Counter[str] = Counter()
    for each in packages.iterate_questions(package):
        counts.update({tag: int(each.in_bank) for tag in each.question.get("tags", ())})
    return counts


def list_drawing(package: Mapping[str, Any]) -> list[DrawingTest]:
    """Return the units that draw random questions, in the order of the course."""
    bank = package.get("bank", ())
    return [
        DrawingTest(unit, random_questions.find_problem(unit, bank))
        for unit in package["units"]
        if unit.get("random_questions")
    ]


def find_page(package: Mapping[str, Any], ref: str) -> int:
    """Return the page of the whole list, from 1, that shows the question; 1 if it is not there."""
    refs = [row["id"] for row in package.get("bank", ())]
    return refs.index(ref) // PAGE_SIZE + 1 if ref in refs else 1


def can_be_moved(found: PackagedQuestion) -> bool:
    """Return whether the bank can hold the question: it has no variants and no time."""
    plain = found.sibling is None and not found.question.get("variants")
    return plain and found.unit["kind"] == "quiz"


def list_targets(package: Mapping[str, Any], found: PackagedQuestion) -> dict[str, str]:
    """Return where the question can be moved, by id: from a quiz to the bank, or back to one.

    Only tests can ask a question that people mark.
    """
    if not can_be_moved(found):
        return {}
    if not found.in_bank:
        return {BANK: packages.bank_of(package)["title"]}
    quizzes = (unit for unit in package["units"] if unit["kind"] == "quiz")
    if open_questions.is_open(found.question):
        quizzes = (unit for unit in quizzes if open_questions.can_ask(unit))
    return {unit["id"]: unit["title"] for unit in quizzes}


def move_question(package: Json, found: PackagedQuestion, target: str) -> Json:
    """Return the package with the question at the end of another quiz, or in the bank."""
    rest = packages.without_question(package, found.id)
    return packages.with_question(rest, target, found.question)
