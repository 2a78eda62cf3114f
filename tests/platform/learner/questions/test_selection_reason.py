"""The texts next to a question: why it was chosen, the usual level, a challenge, a review."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation import answer_question
from adaptation.models import Intervention
from adaptation.next_question import target_success_rate
from adaptation.next_question.models import Choice
from learner.questions.selection_reason import days_ago, frequency_words
from privacy.subject_requests import requests
from tests.fixtures import factories
from tests.fixtures.difficulty_shifts import adjust

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia):
    made = factories.make_course("algebra")
    factories.make_enrolment(mia, made)
    return made


@pytest.fixture
def quiz(course):
    unit = factories.make_quiz_unit(course, questions=4)
    for place in unit.questions.filter(position__isnull=False):
        factories.make_variant(place, relation="harder")
    return unit


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def open_quiz(client, quiz):
    return client.get(f"/units/{quiz.code}/", follow=True)


def answer(learner, question, given, now):
    answer_question.answer(
        learner, question, given, sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
        now=now, rng=random.Random(0),
    )  # fmt: skip


def test_it_names_the_teachers_target_and_what_is_not_known_yet(client, course, quiz, now):
    target_success_rate.set_target(course, 0.6, now=now)

    page = text_of(open_quiz(client, quiz))

    assert "chosen so that you would probably get it right about 3 in 5 times" in page
    assert (
        "There is no estimate for this question yet, because you have not answered any on "
        "its skill."
    ) in page
    assert "Your teacher set the difficulty for the whole class." in page
    assert "Only your answers decide which question comes next." in page


def test_after_an_answer_on_its_skill_the_chance_is_shown(client, mia, quiz):
    answer(mia, quiz.questions.get(position=1), "999", timezone.now())

    page = text_of(open_quiz(client, quiz))

    assert "From your answers so far, you would probably get this one right about" in page


def test_a_question_opened_by_its_number_says_so(client, quiz):
    place = quiz.questions.get(position=2)

    page = text_of(client.get(f"/units/{quiz.code}/?question={place.code}"))

    assert "You opened this question yourself." in page
    assert not Choice.objects.exists()


def test_after_an_objection_the_page_says_that_nothing_was_chosen(client, mia, quiz, now):
    requests.switch(mia, "objection", on=True, now=now)

    assert "questions come in course order" in text_of(open_quiz(client, quiz))


def test_a_teacher_sees_the_first_place_and_nothing_is_chosen_for_them(client_for, ines, quiz):
    factories.make_enrolment(ines, quiz.course, role="teacher")
    teacher = client_for(ines)

    page = text_of(open_quiz(teacher, quiz))

    assert "Question 1 of 4" in page
    assert "Why this question?" not in page
    assert not Choice.objects.exists()


def moved(client, mia, quiz):
    """A page with an easier question, and the change of difficulty behind it."""
    quiz.questions.filter(relation="easier").update(difficulty=1)
    row = adjust(mia, quiz.questions.first(), "R15", timezone.now())
    page = open_quiz(client, quiz)
    return row, page, Choice.objects.latest("chosen_at").question


def test_keep_my_level_asks_the_place_itself_and_undo_the_easier_one_again(client, mia, quiz):
    row, page, easier = moved(client, mia, quiz)
    assert easier.relation == "easier"
    assert "You missed this twice and waited a while." in text_of(page)
    assert "are a little easier" in text_of(page)
    fields = {"question": str(easier.code), "adjust": str(row.code), "keep": "on"}

    kept = client.post(f"/units/{quiz.code}/level/", fields, follow=True)

    row.refresh_from_db()
    assert row.outcome == "withdrawn"
    assert f"question={easier.sibling.code}" in kept.redirect_chain[-1][0]
    assert "You keep your usual level." in text_of(kept)

    back = client.post(f"/units/{quiz.code}/level/", fields | {"keep": "off"}, follow=True)

    assert f"question={easier.code}" in back.redirect_chain[-1][0]
    assert "Keep my usual level" in text_of(back)


def test_an_unreadable_reason_for_a_move_gives_no_direction(client, mia, quiz):
    row, _, easier = moved(client, mia, quiz)
    Intervention.objects.filter(pk=row.pk).update(sealed=b"")
    page = text_of(client.get(f"/units/{quiz.code}/?question={easier.code}"))
    assert "have a different difficulty" in page
    assert "a little easier" not in page


def test_only_an_own_level_change_can_be_kept(client, client_for, mia, noah, quiz):
    factories.make_enrolment(noah, quiz.course)
    row, _, easier = moved(client, mia, quiz)
    fields = {"question": str(easier.code), "adjust": str(row.code), "keep": "on"}
    url = f"/units/{quiz.code}/level/"

    assert client_for(noah).post(url, fields).status_code == 400
    assert client.post(url, fields | {"adjust": "x"}).status_code == 400
    row.refresh_from_db()
    assert row.outcome is None


def test_a_strong_learner_may_skip_to_the_harder_sibling(client, mia, quiz, monkeypatch):
    place = quiz.questions.get(position=1)
    harder = place.variants.get(relation="harder")
    url = f"/units/{quiz.code}/?question={place.code}"
    assert "Skip to a challenge" not in text_of(client.get(url))
    for minute in range(14):
        practice = factories.make_question(skills=list(place.skills.all()), unit=quiz)
        answer(mia, practice, "5", timezone.now() + timedelta(minutes=minute))

    page = client.get(url).content.decode()

    assert "Skip to a challenge" in page
    assert f'href="/units/{quiz.code}/?question={harder.code}"' in page


def test_the_review_says_what_is_due_and_why_and_asks_a_question_on_it(client, mia, quiz):
    answer(mia, quiz.questions.get(position=1), "5", timezone.now() - timedelta(days=9))
    page = client.get("/courses/algebra/review/")
    skill = quiz.course.skills.get()
    assert "You last got this right 9 days ago." in text_of(page)

    asked = client.post("/courses/algebra/review/", {"skill": skill.slug}, follow=True)

    assert Choice.objects.latest("chosen_at").purpose == "review"
    assert f"This is a review question: you last got {skill.name} right 9 days ago." in text_of(
        asked
    )
    assert "Back to your review" in text_of(asked)


def test_an_empty_review_says_when_something_comes(client, quiz):
    assert "Nothing to review today" in text_of(client.get("/courses/algebra/review/"))


def test_the_course_page_leads_to_what_is_due(client, mia, quiz):
    assert "Review" not in text_of(client.get("/courses/algebra/"))
    answer(mia, quiz.questions.get(position=1), "5", timezone.now() - timedelta(days=9))
    assert "1 skill to review" in text_of(client.get("/courses/algebra/"))


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.75, "about 3 in 4 times"),
        (0.5, "about 1 in 2 times"),
        (0.9, "about 9 in 10 times"),
        (0.66, "about 2 in 3 times"),
        (0.85, "about 17 in 20 times"),
        (1.0, "nearly every time"),
        (0.01, "only rarely"),
    ],
)
def test_a_probability_is_shown_in_words(share, said):
    assert frequency_words(share) == said


def test_days_are_counted_by_the_calendar(now):
    assert days_ago(now, now) == "today"
    assert days_ago(now - timedelta(hours=20), now) == "yesterday"
    assert days_ago(now - timedelta(days=9), now) == "9 days ago"
