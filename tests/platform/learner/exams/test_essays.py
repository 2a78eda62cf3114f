"""An essay as a learner writes it: saved as it is typed, too long or not, and read by teachers."""

from __future__ import annotations

import pytest

from courses import attempts
from courses.models import Attempt, OpenAnswer
from tests.fixtures.exams import begin, fill_bank, make_test
from tests.fixtures.open_questions import add_essay, answer_of

pytestmark = pytest.mark.django_db
TEXT = "One.\n\nTwo <i>parts</i> & more."


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


@pytest.fixture
def essay(mia):
    return add_essay(make_test(mia, scenario="practice", questions=0), word_limit=3)


@pytest.fixture
def attempt(mia, essay, now):
    return begin(mia, essay.unit, now=now)


def keep(client, attempt, question, given, **fields):
    body = {"question": str(question.code), "stamp": "0", "given": given, **fields}
    return client.post(f"/attempts/{attempt.id}/answer/", body)


def text(client, url):
    return client.get(url, follow=True).content.decode()


def test_the_start_page_says_that_teachers_read_the_answers(client, mia, essay):
    said = text(client, f"/units/{essay.unit.code}/")
    assert "Teachers of this course read some of your answers" in said
    assert "Only you can open it, and" not in said
    plain = make_test(scenario="practice", course=essay.course)
    assert "Teachers of this course read" not in text(client, f"/units/{plain.code}/")


def test_the_start_page_says_so_where_an_essay_may_be_drawn(client, mia):
    unit = make_test(mia, questions=1)
    bank = fill_bank(unit, kind="essay", answer="")
    unit.random_questions = [{"tag": bank.tags[0], "count": 1}]
    unit.save()
    assert "Teachers of this course read some of your answers" in text(
        client, f"/units/{unit.code}/"
    )


def test_a_text_is_saved_as_typed_and_shown_again(client, attempt, essay):
    saved = keep(client, attempt, essay, TEXT.replace("\n", "\r\n"), stay="1")
    assert saved.json() == {"stamp": 1}
    said = text(client, f"/attempts/{attempt.id}/")
    assert "One.\n\nTwo &lt;i&gt;parts&lt;/i&gt; &amp; more.</textarea>" in said
    assert "Limit: 3 words." in said
    assert "5 words" in said


def test_a_text_over_the_limit_of_words_is_saved(client, attempt, essay):
    assert keep(client, attempt, essay, "one two three four", stay="1").status_code == 200
    client.post(f"/attempts/{attempt.id}/hand-in/")
    assert OpenAnswer.objects.exists()


def test_a_text_that_is_too_long_for_a_page_is_refused(client, attempt, essay):
    refused = keep(client, attempt, essay, "a" * 20_001, stay="1")
    assert refused.status_code == 422
    assert refused.content.decode() == "Enter at most 20000 characters."


def test_the_report_of_a_practice_test_shows_the_own_text_and_no_key(client, attempt, essay):
    keep(client, attempt, essay, TEXT, stay="1")
    client.post(f"/attempts/{attempt.id}/hand-in/")
    said = text(client, f"/attempts/{attempt.id}/report/")
    assert "waiting for marks" in said
    assert "1 answer is waiting for marks." in said
    assert "Two &lt;i&gt;parts&lt;/i&gt; &amp; more." in said
    assert "Correct answer" not in said
    assert "not correct" not in said
    assert "<textarea" not in said


def test_an_essay_drawn_from_the_bank_has_the_points_of_the_test(client, mia, ines, now):
    unit = make_test(mia, questions=0)
    bank = fill_bank(unit, kind="essay", answer="", points=9)
    unit.random_questions = [{"tag": bank.tags[0], "count": 1, "points": 2}]
    unit.save()
    attempt = begin(mia, unit, "My own words.", now=now)
    assert attempts.load_questions(attempt)[0].points == 2
    client.post(f"/attempts/{attempt.id}/hand-in/")
    row = Attempt.objects.get()
    assert (row.out_of, row.unmarked) == (2, 1)
    assert answer_of(row).question == bank


def test_a_long_text_of_another_tab_is_shortened(client, attempt, essay):
    keep(client, attempt, essay, "word " * 3000, stay="1")
    told = keep(client, attempt, essay, "Mine.", stay="1").json()["detail"]
    assert "Saved there: word word" in told
    assert len(told) < 500
