"""Every form that stores an answer has a key that makes a second submission harmless."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
FORM = re.compile(r"<form\b[^>]*method=\"post\"[^>]*>.*?</form>", re.DOTALL)
# The fields of a reply, or the URL that accepts one.
ANSWERS = re.compile(
    r"learner/questions/_answer_fields\.html|action=\"[^\"]*(?:answer/|classroom:keep)"
)
ONCE = re.compile(r'<input type="hidden" name="once" value="\{\{ ask\.once \}\}">')
STORES_ONCE = {"learner/units/quiz.html", "learner/questions/_question_card.html"}
# Template -> the test that a second submission of its form is harmless.
HARMLESS = {
    "learner/questions/_scaffold.html": (
        "learner/questions/test_quiz_page.py",
        "test_a_small_question_is_answered_only_where_its_hint_is_open",
    ),
    "learner/exams/question.html": (
        "courses/test_attempts.py",
        "test_answer_is_saved_changed_and_removed_ungraded",
    ),
}


def forms():
    """Return the answer forms of each template."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        for form in FORM.findall(path.read_text()):
            if ANSWERS.search(form):
                yield str(path.relative_to(TEMPLATES)), form


def test_every_form_of_an_answer_carries_an_id_of_its_own_or_is_an_exception():
    assert {name for name, _ in forms()} == STORES_ONCE | set(HARMLESS)
    assert [name for name, form in forms() if name in STORES_ONCE and not ONCE.search(form)] == []


@pytest.mark.parametrize("template", HARMLESS)
def test_each_exception_is_proved_harmless(template):
    file, name = HARMLESS[template]
    tree = ast.parse((ROOT / "tests" / "platform" / file).read_text())
    assert name in {getattr(node, "name", "") for node in ast.walk(tree)}
