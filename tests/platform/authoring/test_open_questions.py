"""Essays in a package: in tests and in the bank, and nowhere else."""

from __future__ import annotations

import pytest

from authoring import open_questions, question_bank
from authoring.course_package import PackagedQuestion, bank_of
from authoring.errors import BrokenPackage
from authoring.formats.attune import validation

ESSAY = {"id": "e", "type": "essay", "prompt": "Why?", "skill": "sums"}
PLAIN = {"id": "p", "type": "text", "prompt": "Why?", "skill": "sums", "answer": "so"}
LEVELS = [{"id": "a", "text": "None", "points": 0}, {"id": "b", "text": "Clear", "points": 2}]
RUBRIC = [{"id": "thesis", "text": "Thesis", "levels": LEVELS}]


def package(*questions, bank=(), **columns):
    unit = {"id": "quiz", "kind": "quiz", "title": "Quiz", "skills": ["sums"]}
    return {
        "format": "attune-course",
        "format_version": "1.1",
        "slug": "sums",
        "title": "Sums",
        "language": "en",
        "skills": [{"slug": "sums", "name": "Sums", "prerequisites": []}],
        "units": [unit | {"questions": list(questions)} | columns],
        "bank": list(bank),
    }


def refusal(made):
    with pytest.raises(BrokenPackage) as broken:
        validation.check(made)
    return str(broken.value.what)


@pytest.mark.parametrize("scenario", ["practice", "graded"])
def test_a_test_and_the_bank_may_have_essays(scenario):
    validation.check(package(ESSAY | {"rubric": RUBRIC}, scenario=scenario))
    validation.check(package(PLAIN, bank=[ESSAY]))


def test_a_quiz_of_the_course_may_not():
    assert refusal(package(ESSAY)) == "only a test can ask questions that people mark"


def test_no_variant_and_no_hint_is_an_essay():
    variant = {**ESSAY, "relation": "easier", "difficulty": 1}
    hint = {"kind": "scaffold", "text": "Why?", "reply": {"type": "essay"}}
    wrong = "a variant or a hint cannot be marked by people"
    assert refusal(package(PLAIN | {"variants": [variant]}, scenario="graded")) == wrong
    assert refusal(package(PLAIN | {"hints": [hint]}, scenario="graded")) == wrong
    assert refusal(package(bank=[PLAIN | {"hints": [hint]}])) == wrong


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([LEVELS[0], LEVELS[0]], "expected ids of criteria and levels that are used once"),
        ([LEVELS[0], LEVELS[1] | {"points": 0}], "expected a level with points in each"),
        ([LEVELS[0], LEVELS[1] | {"points": 0.125}], "expected points with at most two decimals"),
    ],
)
def test_a_rubric_without_sense_is_refused(levels, why):
    rubric = [RUBRIC[0] | {"levels": levels}]
    assert refusal(package(ESSAY | {"rubric": rubric}, scenario="graded")).startswith(why)


def test_an_essay_moves_from_the_bank_only_to_a_test():
    made = package(PLAIN, bank=[ESSAY])
    found = PackagedQuestion(ESSAY, bank_of(made))
    assert question_bank.list_targets(made, found) == {}
    made["units"][0]["scenario"] = "graded"
    assert question_bank.list_targets(made, found) == {"quiz": "Quiz"}
    assert question_bank.list_targets(made, PackagedQuestion(PLAIN, made["units"][0]))


def test_only_some_types_are_open():
    assert open_questions.is_open(ESSAY)
    assert not open_questions.is_open(PLAIN)
