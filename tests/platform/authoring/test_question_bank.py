"""The bank of a package: tags, tests that draw, and where a question can be moved."""

from __future__ import annotations

from authoring import course_package as packages
from authoring import question_bank

ONE = {"id": "one", "type": "text", "prompt": "One.", "tags": ["lines", "hard"]}
TWO = {"id": "two", "type": "text", "prompt": "Two.", "tags": ["lines"], "skill": "slope"}
FOUR = {"id": "four", "type": "text", "prompt": "Four."}
THREE = {"id": "three", "type": "text", "prompt": "Three.", "variants": [FOUR]}
QUIZ = {"id": "quiz", "kind": "quiz", "title": "Quiz", "skills": [], "questions": [ONE, THREE]}
DRAWS = {"scenario": "graded", "random_questions": [{"tag": "lines", "count": 1}]}
VIDEO = {"id": "video", "kind": "video", "title": "Video", "skills": [], "questions": []}
PACKAGE = {"units": [VIDEO, QUIZ | DRAWS], "bank": [TWO]}


def found(ref, package=PACKAGE):
    return next(each for each in packages.iterate_questions(package) if each.id == ref)


def test_tags_are_counted_in_the_bank_and_known_from_units():
    assert question_bank.count_tags(PACKAGE) == {"lines": 1, "hard": 0}
    assert set(question_bank.count_tags(PACKAGE)) == {"lines", "hard"}


def test_tests_that_draw_are_listed_with_what_is_wrong():
    (test,) = question_bank.list_drawing(PACKAGE)
    assert (test.unit["id"], test.problem) == ("quiz", None)
    (short,) = question_bank.list_drawing(PACKAGE | {"bank": []})
    assert "draws 1 of them and 0 are available" in str(short.problem)


def test_a_question_moves_from_a_quiz_to_the_bank_or_from_there_to_a_quiz():
    assert list(question_bank.list_targets(PACKAGE, found("one"))) == [packages.BANK]
    assert question_bank.list_targets(PACKAGE, found("two")) == {"quiz": "Quiz"}
    assert question_bank.list_targets(PACKAGE, found("three")) == {}
    assert question_bank.list_targets(PACKAGE, found("four")) == {}


def test_a_moved_question_brings_its_skill_to_the_quiz():
    moved = question_bank.move_question(PACKAGE, found("two"), "quiz")
    assert (moved["bank"], moved["units"][1]["skills"]) == ([], ["slope"])
    assert moved["units"][1]["questions"] == [ONE, THREE, TWO]
    back = question_bank.move_question(moved, found("two", moved), packages.BANK)
    assert back["bank"] == [TWO]
    assert PACKAGE["bank"] == [TWO]
