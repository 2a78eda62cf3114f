"""A Learner's progress: the same number on every page, also the Teacher's."""

from __future__ import annotations

import random
import re

import pytest
from django.utils import timezone

from adaptation import answer_question
from courses import completion
from estimates.knowledge import mastery
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
OF = re.compile(r"(\d+)\s*(?:<small>)?\s*of (\d+)(?: units done|</small></dd>|</td>)")


@pytest.fixture
def course(mia, ines):
    made = factories.make_course("algebra", title="Algebra")
    factories.make_video_unit(made)
    factories.make_video_unit(made)
    factories.make_reading_unit(made)
    quiz = factories.make_quiz_unit(made, questions=2)
    quiz.unit_skills.create(skill=made.skills.get())
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


def learn(mia, course, now):
    """Watch half of one video and all of another, read a text, answer a quiz with a variant."""
    first, second = course.units.filter(kind="video").order_by("position")
    completion.record_watched(mia, first, [(0, 20), (15, 45.4)], resume_s=45.4, now=now)
    completion.record_watched(mia, second, [(0, 96)], resume_s=96, now=now)
    completion.mark_done(mia, course.units.get(kind="reading"), now=now)
    for position in (1, 2):
        place = course.units.get(kind="quiz").questions.get(position=position)
        asked = place.variants.get() if position == 2 else place
        answer_question.answer(
            mia, asked, "5", sitting=None, hints_used=0, elapsed_ms=900, draw=None, now=now,
            rng=random.Random(1),
        )  # fmt: skip
    mastery.refine_due(now=now)


def numbers(client, path):
    page = client.get(path)
    assert page.status_code == 200, path
    return {(int(done), int(total)) for done, total in OF.findall(page.content.decode())}


def test_units_done_are_the_same_for_the_learner_and_the_teacher(client_for, mia, ines, course):
    learn(mia, course, timezone.now())
    done = sum(state.done for state in completion.load_progress(mia, course).values())
    assert done == 3
    own, teacher = client_for(mia), client_for(ines)
    pages = {
        (own, "/"),
        (own, "/courses/algebra/"),
        (own, "/journey/"),
        (teacher, f"/teach/algebra/learners/{mia.code}/"),
        (teacher, "/teach/algebra/grades/"),
    }
    assert {path: numbers(client, path) for client, path in pages} == {
        path: {(done, 4)} for _, path in pages
    }


def test_how_much_of_a_video_is_the_same_on_each_page_that_lists_it(client_for, mia, course):
    learn(mia, course, timezone.now())
    first = course.units.filter(kind="video").earliest("position")
    ratio = completion.load_progress(mia, course)[first.pk].ratio
    assert ratio == pytest.approx(0.454)
    client = client_for(mia)
    for path in ("/courses/algebra/", f"/units/{first.code}/"):
        row = re.search(rf'href="/units/{first.code}/".*?</li>', client.get(path).content.decode())
        assert "45%" in row[0], path
    assert "Continue at 0:45" in client.get("/").content.decode()


def test_a_jump_back_and_a_late_message_never_lower_the_number(client_for, mia, ines, course):
    now = timezone.now()
    learn(mia, course, now)
    second = course.units.filter(kind="video").order_by("position")[1]
    completion.record_watched(mia, second, [(1, 2)], resume_s=2, now=now)
    first = course.units.filter(kind="video").earliest("position")
    completion.record_watched(mia, first, [(3, 4)], resume_s=4, now=now)
    assert numbers(client_for(mia), "/") == {(3, 4)}
    page = client_for(mia).get(f"/units/{first.code}/").content.decode()
    assert "45%" in page
