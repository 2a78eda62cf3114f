"""Uploads of one learner that arrive at the same time, in a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from adaptation import submit_attempt
from courses.answer_files import storage
from courses.answers.open_answers import unseal_answer
from courses.attempts import AttemptClosed
from courses.models import AnswerFile, Attempt
from courses.refused_file import RefusedFile
from tests.fixtures.answer_files import add_upload
from tests.fixtures.exams import begin, make_test
from tests.fixtures.open_questions import answer_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run all at the same time; return the result of each, or the error that it raised."""
    ready = Barrier(len(acts))

    def run(act):
        try:
            ready.wait(10)
            return act()
        except (RefusedFile, AttemptClosed) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(30) for each in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def question(mia):
    return add_upload(make_test(mia, questions=0), most_files=2)


@pytest.fixture
def attempt(mia, question, now):
    return begin(mia, question.unit, now=now)


def upload(attempt, question, content, now):
    return lambda: storage.add_file(attempt, question, "sheet.txt", content, now=now)


def test_no_more_files_are_stored_than_allowed(attempt, question, now):
    made = at_once(*(upload(attempt, question, f"page {n}".encode(), now) for n in range(5)))
    assert sum(isinstance(each, RefusedFile) for each in made) == 3
    stored = {each.id for each in made if not isinstance(each, RefusedFile)}
    assert {each.id for each in storage.load_files(attempt, question).files} == stored


def test_the_same_file_is_stored_once(attempt, question, now):
    made = at_once(*(upload(attempt, question, b"page", now) for _ in range(4)))
    assert {each.id for each in made} == {AnswerFile.objects.get().pk}


def test_a_file_is_part_of_the_submitted_answer_or_refused(attempt, question, now):
    storage.add_file(attempt, question, "first.txt", b"first", now=now)
    running = Attempt.objects.get(pk=attempt.pk)
    second, _submitted = at_once(
        upload(attempt, question, b"second", now), lambda: submit_attempt.submit(running, now=now)
    )
    answer = answer_of(Attempt.objects.get(pk=attempt.pk))
    files = [str(each.id) for each in storage.load_files(answer.attempt, question).files]
    assert unseal_answer(answer) == files
    assert len(files) == (1 if isinstance(second, AttemptClosed) else 2)
