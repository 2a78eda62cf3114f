"""Numbers typed in the page's language: confirmed if ambiguous, stored in one form, shown back."""

from __future__ import annotations

import re
from random import Random

import pytest
from django.utils import timezone

from courses import attempts
from courses.answers.responses import unseal_reply
from courses.models import Attempt, Response
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de"}


@pytest.fixture
def unit(mia):
    course = factories.make_course()
    factories.make_enrolment(mia, course)
    return factories.make_unit(course, kind="quiz")


@pytest.fixture
def question(unit):
    return factories.make_question(unit, answer="3.142")


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


def answer(client, question, typed, headers=GERMAN, **fields):
    body = {"question": str(question.code), "given": typed, **fields}
    url = f"/units/{question.unit.code}/answer/"
    return client.post(url, body, headers=headers, follow=True).content.decode()


def stored():
    return [unseal_reply(row) for row in Response.objects.order_by("answered_at")]


def test_a_german_learner_answers_as_a_german_author_writes(client, question):
    answer(client, question, "3,142")
    assert Response.objects.get().correct
    assert stored() == ["3.142"]


def test_an_ambiguous_number_is_confirmed_before_it_is_stored(client, question):
    page = answer(client, question, "3.142")
    assert "Gelesen als 3142, nicht als 3,142." in page
    assert 'value="3142"' in page
    assert stored() == []
    answer(client, question, "3142")
    assert stored() == ["3142"]


def test_the_form_says_in_which_language_it_was_typed(client, question):
    page = client.get(f"/units/{question.unit.code}/", headers=GERMAN, follow=True)
    assert 'name="typed_in" value="de"' in page.content.decode()
    answer(client, question, "3,142", headers={}, typed_in="de")
    assert stored() == ["3.142"]


def test_a_stored_answer_is_shown_in_the_language_of_its_reader(client, question):
    answer(client, question, "2,5")
    shown = f"/units/{question.unit.code}/?question={question.code}"
    assert "2,5" in client.get(shown, headers=GERMAN).content.decode()
    assert "Already tried: 2.5" in " ".join(client.get(shown).content.decode().split())


@pytest.fixture
def attempt(mia, unit, question):
    unit.scenario = "practice"
    unit.save(update_fields=["scenario"])
    return attempts.begin(mia, unit, rng=Random(1), now=timezone.now())


def test_a_test_without_scripts_shows_back_the_stored_number(client, attempt, question):
    url, body = f"/attempts/{attempt.id}/answer/", {"question": str(question.code)}
    page = client.post(url, {**body, "given": "3.142", "stamp": "0"}, headers=GERMAN)
    assert page.status_code == 200
    said = page.content.decode()
    assert 'value="3142"' in said
    stamp = re.search(r'name="stamp" value="(\d+)"', said)[1]
    saved = client.post(url, {**body, "given": "3,142", "stamp": stamp}, headers=GERMAN)
    assert saved.status_code == 302


def test_a_test_keeps_the_answer_and_shows_back_what_it_read(client, attempt, question):
    url, body = f"/attempts/{attempt.id}/answer/", {"question": str(question.code), "stamp": "0"}

    kept = client.post(url, {**body, "given": "3.142", "stay": "1"}, headers=GERMAN)
    assert kept.json() == {"stamp": 1, "note": "Gelesen als 3142, nicht als 3,142."}
    page = client.post(url, {**body, "given": "3.142", "stamp": "1"}, headers=GERMAN)
    assert page.status_code == 200
    assert "Gelesen als 3142, nicht als 3,142." in page.content.decode()
    assert 'value="3142"' in page.content.decode()
    assert (
        client.post(url, {**body, "given": "3142", "stamp": "1"}, headers=GERMAN).status_code == 302
    )
    found = attempts.load_answers(Attempt.objects.select_related("learner").get())
    assert [row.given for row in found.values()] == ["3142"]
