"""Numbers typed by authors and learners are parsed alike, by one parser."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import translation

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions.answer_lines import read_number_answer
from authoring.formats.attune.questions import reply_columns
from courses.answers.numerals import read_whole
from courses.answers.replies import UngradableReply
from courses.question_types.cloze import ClozeGap
from courses.questions.answer_parts import AnswerUnit
from courses.timestamps import read_seconds
from tests.fixtures.question_items import item
from tests.fixtures.typed_numbers import BOTH

ROOT = Path(__file__).parents[3]
NUMBER = item("numeric", answer="1")


def stored_by_author(typed: str, language: str) -> tuple[str, AuthorForm]:
    form = AuthorForm({"answer": typed, "typed_in": language})
    answer = read_number_answer(form, "answer")
    return str(reply_columns({"type": "numeric", "answer": answer})["answer"]), form


@pytest.mark.parametrize(("language", "typed", "plain"), BOTH)
def test_numbers_of_authors_and_learners_are_parsed_alike(language, typed, plain):
    answer, form = stored_by_author(typed, language)
    if plain is None:
        assert "Enter a number" in form.errors["answer"]
        with pytest.raises(UngradableReply, match=r"Enter (a number|at most)"):
            NUMBER.grade(NUMBER.read_typed(typed, language).given)
        return
    reply = NUMBER.read_typed(typed, language)
    assert item("numeric", answer=answer).grade(reply.given).correct
    asked_back = plain.startswith("?")
    assert bool(form.errors) == bool(reply.notes) == asked_back
    if asked_back:
        assert form.errors["answer"].startswith(reply.notes[0])
        again, calm = stored_by_author(form.typed["answer"], language)
        assert (again, calm.errors) == (answer, {})


@pytest.mark.parametrize("typed", ["0,1234567890123456789", "12345678901234567890123", "1,6e-19"])
def test_the_key_is_exactly_what_its_author_typed(typed):
    answer, form = stored_by_author(typed, "de")
    assert form.errors == {}
    assert Fraction(answer) == Fraction(typed.replace(",", "."))


def test_a_tolerance_that_would_be_rounded_is_refused():
    form = AuthorForm({"tolerance": "0,1234567890123456789", "typed_in": "de"})
    form.number("tolerance")
    assert "15 digits" in form.errors["tolerance"]


def test_the_end_of_a_range_is_inside_and_the_next_number_is_outside():
    asked = item("numeric", answer="0.3", tolerance=Fraction("0.1"))
    for typed, right in (("0,4", True), ("0,2", True), ("0,40000000000000000001", False)):
        assert asked.grade(asked.read_typed(typed, "de").given).correct is right


def test_another_language_changes_neither_the_answer_nor_the_key():
    asked = item("numeric", answer="3.142")
    stored = asked.read_typed("3,142", "de").given
    assert (stored, asked.grade(stored).correct) == ("3.142", True)
    for language in ("de", "en-gb"):
        shown = asked.write_typed(stored, language)
        assert asked.read_typed(shown, language).given == stored
        assert asked.read_typed(asked.write_answer(language), language).given == "3.142"


def test_an_old_reply_is_shown_as_it_was_graded():
    assert NUMBER.write_typed("3,142", "de") == "3142"
    assert NUMBER.write_typed("0,5", "de") == "0,5"
    assert NUMBER.write_typed("half", "de") == "half"


def test_gaps_and_units_are_parsed_like_questions():
    units = tuple(AnswerUnit(name, Fraction(size)) for name, size in (("km", 1000), ("m", 1)))
    share = item("numeric", answer="45", units=(AnswerUnit("%", Fraction(1)),))
    cloze = item(
        "cloze",
        gaps=(
            ClozeGap("a", item("numeric", answer="3.142", units=units)),
            ClozeGap("b", share),
            ClozeGap("c", item("text", answer="1,5")),
        ),
    )
    found = cloze.read_typed(["a=3142 m", "b=45 %", "c=1,5"], "de")
    assert found.given == ["a=3142 m", "b=45 %", "c=1,5"]
    assert found.notes == ()
    assert cloze.grade(found.given).correct
    unsure = cloze.read_typed(["a=3.142 km"], "de")
    assert unsure.given == ["a=3142 km"]
    assert unsure.notes == ("Gap 1: Read as 3142, not as 3,142.",)
    with pytest.raises(UngradableReply, match="Gap 2: Enter a number and its unit"):
        cloze.read_typed(["b=many"], "de")


def test_maths_is_parsed_like_a_number():
    line = item("text", answer="1.5x", compare="arithmetic")
    assert line.grade(line.read_typed("1,5x", "de").given).correct
    pair = item("text", answer="(1,2)", compare="arithmetic")
    assert pair.grade(pair.read_typed("(1,2)", "de").given).correct


def test_help_and_errors_format_numbers_like_the_page():
    with translation.override("de"), pytest.raises(UngradableReply, match="0,5"):
        NUMBER.read_typed("fünf", "de")


# Casts in modules that also handle a form, and why their text is not typed.
REVIEWED = {
    "authoring/editor/questions/views.py": "the length of a video, measured",
    "authoring/editor/questions/credit_forms.py": "a sum of shares, computed",
    "authoring/editor/questions/answer_lines.py": "a reading's plain form",
    "authoring/formats/gift/answers.py": "a file, by the rule of its format",
    "authoring/formats/moodle/typed_answers.py": "a file, by the rule of its format",
    "authoring/formats/olx/responses.py": "a file, by the rule of its format",
    "authoring/formats/qti/response_processing.py": "a file, by the rule of its format",
    "authoring/formats/qti12/answer_keys.py": "a file, by the rule of its format",
    "realtime/messages/parser.py": "JSON of a script, over the socket",
    "learner/api/attempts.py": "points of an attempt, computed",
    "learner/units/views.py": "seconds that the player's script sends",
    "learner/units/video_page.py": "seconds in an address and from the player's script",
    "courses/question_types/multiple.py": "a sum of shares, computed",
    "courses/timestamps.py": "a reading of the reader",
    "courses/answers/numerals.py": "the reader itself",
    "discussion/threads/video_timestamp.py": "seconds in an address",
    "demo/simulated_learners/behaviour.py": "a count",
    "demo/simulated_learners/learner_page.py": "JSON of this site",
    "teaching/groups/views.py": "a median",
    "teaching/rules/drafts.py": "values of listboxes",
    "teaching/rules/editor_views.py": "values of listboxes",
    "teaching/videos/views.py": "seconds in an address",
}
FORM = re.compile(r"\b(POST|GET|typed|fields|cleaned_data|forms)\b")
CAST = re.compile(r"(?<![\w.])(?:float|Decimal)\(")
IN_SCRIPT = re.compile(r"parseFloat|valueAsNumber|Number\([^)]*\bvalue\b")
OF_SCRIPTS = {
    "controllers/lessons/sound_controller.js": "a slider",
    "lib/sensing/stream_preview.js": "a measured value",
}
BROWSERS = re.compile(r"type=.number|NumberInput|forms\.(Integer|Float|Decimal)Field\(")


def found_in(folder: str, suffix: str, *patterns: re.Pattern[str]) -> set[str]:
    root = ROOT / folder
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob(f"*{suffix}")
        if not {"migrations", "vendor"} & set(path.parts)
        and all(pattern.search(path.read_text("utf-8")) for pattern in patterns)
    }


def test_no_other_code_parses_typed_numbers():
    assert found_in("platform", ".py", FORM, CAST) == set(REVIEWED)
    assert found_in("tools", ".py", FORM, CAST) == set()


def test_no_script_parses_typed_numbers():
    assert found_in("static/js", ".js", IN_SCRIPT) <= set(OF_SCRIPTS)


def test_no_browser_parses_typed_numbers():
    assert found_in("templates", ".html", BROWSERS) == set()
    assert found_in("platform", ".py", BROWSERS) == found_in("tools", ".py", BROWSERS) == set()


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        ("20", "", 20),
        ("1 000", "", 1000),
        ("1.000", "", None),
        ("1,000", "", None),
        ("85 %", "%", 85),
        ("85%", "", None),
        ("\u0668\u0665", "%", 85),
        ("2,5", "", None),
        ("", "", None),
    ],
)
def test_a_whole_number_is_the_same_in_each_language(typed, unit, number):
    assert read_whole(typed, unit) == number


@pytest.mark.parametrize("language", ["de", "en-gb"])
@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("1:32", 92),
        ("1:32,5", 92.5),
        ("1:32.500", 92.5),
        ("1:01:32,5", 3692.5),
        ("92,5", 92.5),
        ("\u0661:\u0663\u0662", 92),
        ("-1", None),
        ("1:2:3:4", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_timestamp_is_parsed_alike_in_each_language(language, typed, seconds):
    assert read_seconds(typed, language) == seconds


# Where `isdigit` stands without `isascii`, and why no "²", which `int` cannot read, gets there.
DIGITS = {
    "adaptation/management/commands/replay_rules.py": "argparse reports what int raises",
    "authoring/formats/qti/number_ranges.py": "the plain form of a number",
    "authoring/formats/text/html_to_markdown.py": "a sign of a text, never a number",
    "config/request_body/limiter.py": "bytes, whose digits are those of ASCII",
    "courses/answers/expressions.py": "a sign of an expression, never a number",
}


def test_whole_numbers_are_read_from_digits_that_int_can_read():
    found = {
        path.relative_to(ROOT / "platform").as_posix()
        for path in (ROOT / "platform").rglob("*.py")
        for line in path.read_text().splitlines()
        if ".isdigit()" in line and ".isascii()" not in line
    }
    assert found == set(DIGITS)
