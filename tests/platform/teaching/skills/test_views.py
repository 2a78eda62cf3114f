"""Skills: a group's tries, reports, published estimates and results."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import UnitSkill
from estimates.models import Cell, Publication
from teaching.skills.skill_stats import count_stuck, load_skill_shares
from tests.fixtures import class_activity, factories
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def class_(course, quiz):
    return class_activity.class_of(course, 8, now=TEN)


def page_text(teacher, **query):
    response = teacher.get("/teach/algebra/topics/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def skill_of(course):
    return course.skills.get(slug="slope")


def test_a_person_counts_once_however_many_answers(course, quiz, class_):
    """The first person was right at first try in two of three questions, finally in all."""
    first, second, third = (quiz.questions.get(position=place) for place in (1, 2, 3))
    one = class_[:1]
    class_activity.answer(one, first, at=TEN, given=lambda at: "5")
    class_activity.answer(one, second, at=TEN, given=lambda at: "5")
    class_activity.answer(one, third, at=TEN, given=lambda at: "998")
    class_activity.answer(one, third, at=TEN + SECOND, given=lambda at: "998", hints=1)
    class_activity.answer(one, third, at=TEN + 2 * SECOND, given=lambda at: "5", hints=2)

    ((found,),) = load_skill_shares(course, [class_[0].pk]).values()

    assert (found.at_once, found.in_the_end) == (pytest.approx(2 / 3), 1)
    # The first answer with a hint open was wrong; the later one does not count.
    assert found.after_help == 0


def test_a_learner_without_help_has_no_value_after_help(course, question, class_):
    class_activity.answer(class_[:1], question, at=TEN, given=lambda at: "5")

    ((found,),) = load_skill_shares(course, [class_[0].pk]).values()

    assert found.after_help is None


def test_stuck_in_a_quiz_belongs_to_the_question_touched_next(course, quiz, question, mia):
    sitting = sit(mia, quiz, TEN)
    tell(sitting, "stuck", TEN + SECOND)
    assert count_stuck(course, [mia.pk]) == {}

    tell(sitting, "answer", TEN + 9 * SECOND, 0.0, question.code)

    assert count_stuck(course, [mia.pk]) == {skill_of(course).pk: 1}


def test_stuck_between_two_questions_belongs_to_the_next(course, quiz, question, mia):
    other = factories.make_skill(course, "roots")
    later = factories.make_question(quiz, skills=[other])
    sitting = sit(mia, quiz, TEN)
    tell(sitting, "answer", TEN + SECOND, 1.0, question.code)
    tell(sitting, "stuck", TEN + 5 * SECOND)
    assert count_stuck(course, [mia.pk]) == {skill_of(course).pk: 1}

    tell(sitting, "hint", TEN + 50 * SECOND, 1.0, later.code)

    assert count_stuck(course, [mia.pk]) == {other.pk: 1}


def test_stuck_in_a_video_belongs_to_what_it_teaches_once_a_person(course, video, quiz, mia):
    UnitSkill.objects.create(unit=video, skill=skill_of(course))
    sitting = sit(mia, video, TEN)
    tell(sitting, "stuck", TEN + SECOND)
    tell(sitting, "stuck", TEN + 9 * SECOND)

    assert count_stuck(course, [mia.pk]) == {skill_of(course).pk: 1}


def test_the_page_says_share_and_range(teacher, question, class_):
    """Four of eight: mean 50, s = 53.45, t(7) at 80 % = 1.41492, half-width = 26.7."""
    class_activity.answer(class_, question, at=TEN, given=lambda at: "5" if at < 4 else "998")

    assert "slope n = 8 50 23–77" in page_text(teacher)


def test_under_the_floor_everything_is_held_back(teacher, question, class_):
    class_activity.answer(class_[:4], question, at=TEN, given=lambda at: "5", hints=1)

    text = page_text(teacher)
    file = teacher.get("/teach/algebra/topics/?as=csv").content.decode().splitlines()

    assert "n = 4" not in text
    few = "too few people"
    assert next(csv.reader([file[1]])) == ["slope", few, few, "", few, "", few, "", few]


def test_the_estimate_is_the_published_cell_of_the_skill(teacher, course, question, class_):
    made = Publication.objects.create(course=course, quarter=TEN, at=TEN)
    cell = Cell.objects.create(
        publication=made, skill=skill_of(course), at=TEN, floor=5, n=10,
        labels=["CONFUSION", "BOREDOM"], shares=[30, 10], unsure=5,
    )  # fmt: skip

    text = page_text(teacher)

    assert "Boredom, % Confusion, %" in text
    assert text.count("n = 10–14") == 2

    Cell.objects.filter(pk=cell.pk).update(
        state="withdrawn", n=None, labels=[], shares=[], unsure=None
    )
    assert "n = 10–14" not in page_text(teacher)


def test_the_number_of_queries_is_four_for_any_number_of_people(teacher, question, class_):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page_text(teacher)
        return len(queries)

    class_activity.answer(class_[:5], question, at=TEN, given=lambda at: "5")
    before = asked()
    class_activity.answer(class_, question, at=TEN + SECOND, given=lambda at: "998", hints=1)

    assert asked() == before


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404), ("amir", 404)])
def test_learners_meet_403_and_strangers_404(request, client_for, course, name, status):
    client = client_for(request.getfixturevalue(name))

    for path in ("topics", "compare"):
        assert client.get(f"/teach/algebra/{path}/").status_code == status


def test_skills_are_listed_in_alphabetical_order(course, class_, teacher):
    course.skills.all().delete()
    for slug, name in enumerate(["Zins", "abzählen", "Übung", "Optik"]):
        course.skills.create(ref=f"s{slug}", slug=f"s{slug}", name=name)
    found = re.findall(r"Zins|abzählen|Übung|Optik", page_text(teacher))
    assert list(dict.fromkeys(found)) == ["abzählen", "Optik", "Übung", "Zins"]
