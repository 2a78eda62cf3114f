"""Writes a course as a Moodle XML file: a category for each unit, pictures inside the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import escape

from authoring.formats import unsupported_features
from authoring.formats.archive_writer import Content
from authoring.formats.gift.categories import write_category
from authoring.formats.moodle import marker_writer
from authoring.formats.moodle.question_writer import KINDS, write_question
from authoring.formats.moodle.text_elements import TextElements, cdata
from authoring.formats.question_builder import Json
from authoring.formats.text import text_conversion
from courses.media.media_store import LocalCopies

UNITS = frozenset(["quiz", "reading"])
_NAME = "questions.xml"
_SUPPORTED = frozenset(
    ["explanation", "skills", "wrong_answers", "hints", "units", "points", "other_answers"]
) | {"partial_credit", "shares", "word_limit", "file_kinds", "most_files"}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(package: Json, media: LocalCopies) -> tuple[dict[str, Content], Counter[str]]:
    """Return the file, and a count of what it cannot hold."""
    left_out: Counter[str] = Counter()
    unsupported_features.note_units(package, UNITS, left_out)
    unsupported_features.note_columns(package, frozenset(), left_out)
    found = unsupported_features.supported_quizzes(package, KINDS, left_out)
    exact = (marker_writer.keep_exact(quiz, media, left_out) for quiz in found)
    quizzes = {quiz["of"]: quiz for quiz in exact if quiz["questions"]}
    elements = TextElements(media)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n', *_remarks(package)]
    for unit in package["units"]:
        quiz = quizzes.get(unit["id"])
        if unit["kind"] == "reading":
            parts += [_category(unit), _description(unit, elements)]
        elif quiz is not None:
            unsupported_features.note_questions(quiz["questions"], _SUPPORTED, left_out)
            parts.append(_category(quiz))
            parts += [write_question(row, elements, left_out) for row in quiz["questions"]]
    return {_NAME: _NOT_IN_XML.sub("", "".join([*parts, "</quiz>\n"]))}, left_out


def _remarks(package: Json) -> Iterator[str]:
    """Yield what the format has no place for: the names of the course and of its skills."""
    yield f"<!-- course: {package['slug']} = {_in_remark(package['title'])} -->\n"
    for skill in package["skills"]:
        yield f"<!-- skill: {skill['slug']} = {_in_remark(skill['name'])} -->\n"


def _in_remark(text: str) -> str:
    return escape(" ".join(text.split())).replace("-", "&#45;")


def _category(unit: Json) -> str:
    return (
        '<question type="category">\n'
        f"<category><text>{escape(write_category(unit['title']))}</text></category>\n"
        '<info format="html"><text></text></info>\n'
        f"<idnumber>{escape(unit['id'])}</idnumber>\n</question>\n"
    )


def _description(unit: Json, elements: TextElements) -> str:
    text = elements.write_html(
        "questiontext",
        lambda pictures: text_conversion.reading_to_html(
            unit["body"], text_conversion.round_brackets, pictures
        ),
    )
    return (
        f'<question type="description">\n<name><text>{cdata(unit["title"])}</text></name>\n{text}'
        '<generalfeedback format="html"><text></text></generalfeedback>\n'
        "<defaultgrade>0</defaultgrade>\n<penalty>0</penalty>\n<hidden>0</hidden>\n"
        f"<idnumber>{escape(unit['id'])}</idnumber>\n</question>\n"
    )
