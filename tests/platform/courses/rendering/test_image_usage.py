"""Find the units that show a picture, in each column that can hold HTML."""

from __future__ import annotations

import pytest

from courses.models import Hint, Question, QuestionContent, Reading
from courses.rendering.image_usage import find_units_showing
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
NAME = "balance.png"
HTML = f'<p>Look: <img src="/media/{NAME}" alt=""></p>'
PARTS = [{"id": "a", "text": "8", "html": HTML}]
QUESTION = {
    "stem_html": HTML,
    "prompt_html": HTML,
    "explanation_html": HTML,
    "answer_html": HTML,
    "choices": PARTS,
    "parts": PARTS,
    "wrong_answers": [{"answer": "7", "feedback_html": HTML}],
    "parameterised": {"prompt": HTML},
}
HINT = {
    "html": HTML,
    "other_html": HTML,
    "answer_html": HTML,
    "choices": PARTS,
    "parts": PARTS,
}


@pytest.fixture
def question():
    found = factories.make_question()
    factories.make_hints(found)
    factories.make_quiz_unit(found.course)
    return found


@pytest.mark.parametrize(("model", "values"), [(Question, QUESTION), (Hint, HINT)])
def test_unit_shows_pictures_of_its_questions(question, model, values):
    rows = model.objects.filter(pk=(question if model is Question else question.hints.first()).pk)
    assert list(find_units_showing(question.course, NAME)) == []
    for name, value in values.items():
        before = rows.values(name).get()
        rows.update(**{name: value})
        assert list(find_units_showing(question.course, NAME)) == [question.unit], name
        rows.update(**before)


def test_unit_shows_pictures_of_its_text_and_older_wordings(question):
    reading = factories.make_reading_unit(question.course)
    Reading.objects.filter(unit=reading).update(html=HTML)
    assert list(find_units_showing(question.course, NAME)) == [reading]
    QuestionContent.objects.create(
        question=question, digest="0", columns={"wrong_answers": QUESTION["wrong_answers"]}
    )
    assert set(find_units_showing(question.course, NAME)) == {reading, question.unit}
