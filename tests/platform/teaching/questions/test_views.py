"""Question statistics for Teachers: figures of a group, frequent wrong answers, or nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.models import Misconception, Response
from privacy.erasure import erasure
from teaching.groups.group_filter import audience_of
from teaching.questions.first_attempts import load_first_tries
from teaching.questions.wrong_answers import load_wrong_answers
from tests.fixtures import class_activity, factories
from tests.fixtures.exams import fill_bank, make_test, take
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def class_(course, quiz):
    return class_activity.class_of(course, 12, now=TEN)


@pytest.fixture
def answered_quiz(class_, quiz):
    """Of twelve, the first four answer all correctly; no other is right at the first question."""
    for place in (1, 2, 3):
        question = quiz.questions.get(position=place)
        class_activity.answer(
            class_, question, at=TEN + timedelta(minutes=place),
            given=lambda at, place=place: "5" if at < 4 or (place > 1 and at < 8) else "998",
        )  # fmt: skip
    return quiz


def page_text(teacher, path="", **query):
    response = teacher.get(f"/teach/algebra/items/{path}", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_row_shows_people_share_interval_discrimination_time_and_hints(teacher, answered_quiz):
    text = page_text(teacher)

    # Four of twelve; Wilson at 80 %: 19 to 52. The first tries took 9.0 to 10.1 s.
    assert "12 33 19–52" in text
    assert re.search(r"0\.\d\d 0?.?\d* ?", text)
    assert "10 0" in text


def test_a_question_of_the_bank_has_the_figures_of_those_who_drew_it(teacher, course, class_):
    draws = [{"tag": "loops", "count": 1}]
    test = make_test(course=course, questions=0, random_questions=draws)
    drawn = fill_bank(test, tags=["loops", "hard"])
    for at, person in enumerate(class_[:8]):
        take(person, test, "5" if at < 2 else "998", now=TEN + timedelta(minutes=at))

    text = page_text(teacher)
    assert "Question bank, loops, hard" in text
    assert "8 25 " in text
    assert "998" in page_text(teacher, f"{drawn.code}/")


def test_the_first_try_counts_and_no_later_one(course, class_, answered_quiz, question):
    class_activity.answer(class_, question, at=TEN + timedelta(hours=1), given=lambda at: "5")

    found = load_first_tries(course, [person.pk for person in class_])[question.pk]

    assert (found.n, sum(found.right.values())) == (12, 4)


def test_a_question_tried_by_four_is_held_back_in_page_and_file(teacher, course, quiz, question):
    class_activity.answer(
        class_activity.class_of(course, 6, now=TEN)[:4], question, at=TEN, given=lambda at: "5"
    )

    assert "too few people" in page_text(teacher)
    file = teacher.get("/teach/algebra/items/?as=csv").content.decode().splitlines()
    assert file[1].endswith(',"too few people"')


def test_ten_people_make_a_correlation_and_nine_do_not(teacher, course, quiz, question):
    people = class_activity.class_of(course, 10, now=TEN)
    for place in (1, 2, 3):
        where = quiz.questions.get(position=place)
        class_activity.answer(people[:9], where, at=TEN, given=lambda at: "5" if at < 4 else "998")
    assert "too few people to tell" in page_text(teacher)

    for place in (1, 2, 3):
        where = quiz.questions.get(position=place)
        class_activity.answer(people[9:], where, at=TEN, given=lambda at: "998")

    assert "too few people to tell" not in page_text(teacher)


def test_hints_are_the_share_of_people_who_used_one(teacher, course, class_, question):
    class_activity.answer(class_[:6], question, at=TEN, given=lambda at: "5", hints=2)
    class_activity.answer(class_[6:], question, at=TEN, given=lambda at: "5")

    found = load_first_tries(course, [person.pk for person in class_])[question.pk]

    assert found.helped == {person.pk for person in class_[:6]}


def wrong(question, course):
    return load_wrong_answers(question, audience_of(course), now=timezone.now())


def test_the_same_wrong_number_in_any_writing_is_one_answer(teacher, course, class_, question):
    typed = ("1/2", "0.5", ".5", "0,5", "x = 0.5", "5")
    class_activity.answer(class_[:6], question, at=TEN, given=lambda at: typed[at])

    found = wrong(question, course)

    assert [(each.people, each.answer) for each in found.clusters] == [(5, "1/2")]
    assert not found.others


def test_an_answer_of_four_people_is_not_shown(teacher, course, class_, question):
    class_activity.answer(class_[:4], question, at=TEN, given=lambda at: "314159")
    class_activity.answer(class_[4:9], question, at=TEN, given=lambda at: "77")

    text = page_text(teacher, f"{question.code}/")

    assert "314159" not in text
    assert "5 77 people gave this answer" in text
    assert "Other wrong answers were each given by fewer than 5 people" in text


def test_one_person_who_answers_five_times_is_one_person(teacher, course, class_, question):
    for minute in range(6):
        at = TEN + timedelta(minutes=minute)
        class_activity.answer(class_[:1], question, at=at, given=lambda at: "77")

    assert wrong(question, course).clusters == ()


def test_different_answers_with_one_idea_behind_them_are_one_cluster(
    teacher, course, class_, question
):
    Misconception.objects.create(course=course, slug="signs", description="Signs are swapped.")
    question.wrong_answers = [
        {"value": str(value), "tolerance": 0, "feedback_html": "", "misconception": "signs"}
        for value in (-5, 23)
    ]
    question.save(update_fields=["wrong_answers"])
    class_activity.answer(class_[:6], question, at=TEN, given=lambda at: "-5" if at % 2 else "23")

    (found,) = wrong(question, course).clusters

    assert (found.people, found.idea, found.answer) == (6, "Signs are swapped.", "")


def test_an_erased_learner_is_in_no_cluster(teacher, course, class_, question):
    class_activity.answer(class_[:5], question, at=TEN, given=lambda at: "77")
    person = class_[0]

    erasure.erase(person.code, actor=person.code, cause="request", now=timezone.now())

    assert wrong(question, course).clusters == ()


def test_answers_are_opened_under_a_permit(teacher, course, class_, question, monkeypatch):
    class_activity.answer(class_[:5], question, at=TEN, given=lambda at: "77")
    asked = []
    from consent.permits import gate

    whole = gate.permits_of_people
    monkeypatch.setattr(
        gate, "permits_of_people",
        lambda who, scopes, *, now: asked.append(list(scopes)) or whole(who, scopes, now=now),
    )  # fmt: skip
    assert len(wrong(question, course).clusters) == 1
    assert asked == [["course"]]

    monkeypatch.setattr(
        gate, "permits_of_people", lambda who, scopes, *, now: whole(who, [], now=now)
    )
    assert wrong(question, course).clusters == ()


def test_the_list_opens_no_answer(teacher, answered_quiz, monkeypatch):
    from courses.answers import responses

    monkeypatch.setattr(responses, "unseal_value", lambda *a, **k: pytest.fail("opened"))

    assert "12 33" in page_text(teacher)


def test_choices_are_shown_as_their_texts(teacher, course, class_):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit, kind="single")
    letters = {choice["id"]: choice for choice in question.choices if not choice["correct"]}
    letter = min(letters)
    class_activity.answer(class_[:5], question, at=TEN, given=lambda at: letter)

    (found,) = wrong(question, course).clusters

    assert found.answer == letters[letter]["linear"]


def test_a_list_is_shown_in_one_order(course, quiz, question):
    from courses.questions.question_spec import item_of

    item = item_of(factories.make_question(quiz, kind="multiple", position=9))
    assert item.summarise(["b", "a"], "en") == item.summarise(["a", "b"], "en")


def test_the_editor_of_the_question_is_one_link_away_for_an_author(teacher, question, ines):
    address = f"/author/courses/algebra/questions/{question.code}/"
    assert address in teacher.get(f"/teach/algebra/items/{question.code}/").content.decode()

    ines.roles = ["teacher"]
    ines.save(update_fields=["roles"])

    assert address not in teacher.get(f"/teach/algebra/items/{question.code}/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_class(teacher, course, quiz, class_):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page_text(teacher)
        return len(queries)

    class_activity.answer(class_[:5], quiz.questions.get(position=1), at=TEN, given=lambda at: "5")
    before = asked()
    for place in (1, 2, 3):
        class_activity.answer(
            class_, quiz.questions.get(position=place), at=TEN, given=lambda at: "5"
        )

    assert asked() == before


def test_a_class_that_has_answered_nothing_is_too_few_everywhere(teacher, class_, quiz):
    assert page_text(teacher).count("too few people") == 3
    assert not Response.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404), ("amir", 404)])
def test_learners_meet_403_and_strangers_404(request, client_for, question, name, status):
    client = client_for(request.getfixturevalue(name))

    for path in ("", f"{question.code}/"):
        assert client.get(f"/teach/algebra/items/{path}").status_code == status


def test_a_question_of_another_course_is_not_here(teacher):
    other = factories.make_question()

    assert teacher.get(f"/teach/algebra/items/{other.code}/").status_code == 404


@pytest.fixture
def half_credit(question):
    """Let 4 earn half of the points; 5 is correct."""
    question.other_answers = [{"value": 4, "share": 50, "feedback_html": ""}]
    question.save()
    return question


def test_average_points_stand_beside_the_share_of_right_answers(teacher, class_, half_credit):
    class_activity.answer(
        class_, half_credit, at=TEN, given=lambda at: "5" if at < 4 else "4" if at < 8 else "998"
    )

    # Four of twelve correct, and four with half of the points; Student at 80 %.
    shown = "Average points: 50% (33–67%)"
    text = page_text(teacher)
    assert "12 33 19–52" in text
    assert shown in text
    assert "mean share of the points" in text
    assert shown in page_text(teacher, f"{half_credit.code}/")
    file = teacher.get("/teach/algebra/items/?as=csv").content.decode().splitlines()
    assert "average points" in file[0]
    assert '"0.5","0.33","0.67"' in file[1]


def test_a_question_that_is_all_or_nothing_has_no_average_points(teacher, answered_quiz):
    assert "Average points" not in page_text(teacher)
    file = teacher.get("/teach/algebra/items/?as=csv").content.decode().splitlines()
    assert '"0.33","0.19","0.52","","","","' in file[1]


def test_average_points_of_four_people_are_held_back(teacher, course, half_credit):
    people = class_activity.class_of(course, 6, now=TEN)[:4]
    class_activity.answer(people, half_credit, at=TEN, given=lambda at: "4")

    assert "Average points" not in page_text(teacher)


def test_shares_that_an_earlier_version_gave_are_still_averaged(teacher, class_, half_credit):
    class_activity.answer(class_, half_credit, at=TEN, given=lambda at: "4")
    half_credit.other_answers = []
    half_credit.save()

    assert "Average points: 50% (the same for everyone)" in page_text(teacher)
    file = teacher.get("/teach/algebra/items/?as=csv").content.decode().splitlines()
    assert '"0.5","",""' in file[1]
