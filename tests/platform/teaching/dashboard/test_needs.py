"""The queue and its reasons come from requests and course facts alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses import completion
from teaching.dashboard.needs import find_needs
from tests.platform.teaching.conftest import TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def needs_of(course, *learners, now):
    return find_needs(course, [learner.pk for learner in learners], now=now)


def test_stuck_says_at_which_second_and_in_which_part(course, video, mia):
    sitting = sit(mia, video, TEN)
    tell(sitting, "play", TEN + 5 * SECOND, 0.0)
    tell(sitting, "stuck", TEN + 65 * SECOND)

    (need,) = needs_of(course, mia, now=TEN + 2 * MINUTE)

    assert (need.kind, need.second, need.chapter) == ("stuck", 60.0, "Undo an addition")
    assert need.about == video.code


def test_got_it_takes_the_request_back(course, video, mia):
    sitting = sit(mia, video, TEN)
    tell(sitting, "stuck", TEN + SECOND)
    tell(sitting, "got_it", TEN + 9 * SECOND)

    assert needs_of(course, mia, now=TEN + MINUTE) == []


def test_stuck_after_got_it_is_listed_again(course, video, mia):
    sitting = sit(mia, video, TEN)
    for second, name in enumerate(("stuck", "got_it", "stuck"), 1):
        tell(sitting, name, TEN + second * SECOND)

    (need,) = needs_of(course, mia, now=TEN + MINUTE)

    assert (need.count, need.at) == (1, TEN + 3 * SECOND)


@pytest.mark.parametrize(("minutes", "stands"), [(29, True), (31, False)])
def test_a_request_is_listed_for_half_an_hour(course, video, mia, minutes, stands):
    tell(sit(mia, video, TEN), "stuck", TEN)

    assert bool(needs_of(course, mia, now=TEN + minutes * MINUTE)) is stands


@pytest.mark.parametrize(("wrong", "stands"), [(2, False), (3, True), (4, True)])
def test_three_wrong_in_a_row_on_one_question_are_listed(course, question, mia, wrong, stands):
    for second in range(wrong):
        answer(mia, question, TEN + second * SECOND)

    rows = [need for need in needs_of(course, mia, now=TEN + MINUTE) if need.kind == "wrong"]

    assert [need.count for need in rows] == [wrong] * stands


def test_wrong_answers_to_different_questions_are_not_listed(course, quiz, mia):
    for question in quiz.questions.filter(position__isnull=False):
        answer(mia, question, TEN)

    assert needs_of(course, mia, now=TEN + MINUTE) == []


def test_a_right_answer_ends_the_streak(course, question, mia):
    for second in range(3):
        answer(mia, question, TEN + second * SECOND)
    answer(mia, question, TEN + 5 * SECOND, right=True)

    assert needs_of(course, mia, now=TEN + MINUTE) == []


def test_an_opened_hint_says_which_one_until_the_question_is_right(course, quiz, question, mia):
    sitting = sit(mia, quiz, TEN)
    for opened in (1, 2):
        tell(sitting, "hint", TEN + opened * SECOND, float(opened), question.code)

    (need,) = needs_of(course, mia, now=TEN + MINUTE)
    assert (need.kind, need.count, need.about) == ("hint", 2, question.code)

    answer(mia, question, TEN + 10 * SECOND, right=True)
    assert needs_of(course, mia, now=TEN + MINUTE) == []


def test_a_hint_of_another_course_is_ignored(course, quiz, mia):
    from tests.fixtures import factories

    strange = factories.make_question()
    tell(sit(mia, quiz, TEN), "hint", TEN, 1.0, strange.code)

    assert needs_of(course, mia, now=TEN + MINUTE) == []


@pytest.fixture
def quiz_begun(quiz, question, mia):
    """mia answered one question of the quiz correctly at 10:00:30."""
    sitting = sit(mia, quiz, TEN)
    answer(mia, question, TEN + 30 * SECOND, right=True, sitting=sitting)
    return sitting


def test_two_inactive_minutes_in_the_middle_of_a_quiz_are_listed(course, quiz_begun, mia):
    assert needs_of(course, mia, now=TEN + 149 * SECOND) == []

    (need,) = needs_of(course, mia, now=TEN + 151 * SECOND)

    assert (need.kind, need.since, need.at) == ("stopped", TEN + 30 * SECOND, TEN + 150 * SECOND)


@pytest.mark.parametrize("second", [31, 60, 149, 300])
def test_got_it_moves_no_row_of_a_quiz_that_stopped(course, quiz_begun, mia, second):
    moments = [TEN + seconds * SECOND for seconds in range(30, 600, 15)]
    before = [needs_of(course, mia, now=now) for now in moments]

    tell(quiz_begun, "got_it", TEN + second * SECOND)

    assert any(before)
    assert [needs_of(course, mia, now=now) for now in moments] == before


def test_another_tab_in_front_does_not_count_as_stopped(course, quiz_begun, mia):
    tell(quiz_begun, "visibility", TEN + 40 * SECOND, 0.0)
    assert needs_of(course, mia, now=TEN + 5 * MINUTE) == []

    tell(quiz_begun, "visibility", TEN + 50 * SECOND, 1.0)
    assert [need.kind for need in needs_of(course, mia, now=TEN + 5 * MINUTE)] == ["stopped"]


def test_a_finished_quiz_or_a_closed_page_does_not_count_as_stopped(course, quiz_begun, quiz, mia):
    quiz_begun.ended_at = TEN + MINUTE
    quiz_begun.save(update_fields=["ended_at"])
    assert needs_of(course, mia, now=TEN + 5 * MINUTE) == []

    quiz_begun.ended_at = None
    quiz_begun.save(update_fields=["ended_at"])
    for place in quiz.questions.filter(position__gt=1):
        answer(mia, place, TEN + 31 * SECOND, right=True)
    assert completion.load_progress(mia, course)[quiz.pk].done
    assert needs_of(course, mia, now=TEN + 5 * MINUTE) == []


def test_activity_elsewhere_in_the_course_does_not_count_as_stopped(course, quiz_begun, video, mia):
    tell(sit(mia, video, TEN + 2 * MINUTE), "play", TEN + 4 * MINUTE, 0.0)

    assert needs_of(course, mia, now=TEN + 5 * MINUTE) == []


def test_a_quiz_that_was_only_opened_does_not_count_as_stopped(course, quiz, mia):
    tell(sit(mia, quiz, TEN), "visibility", TEN, 1.0)

    assert needs_of(course, mia, now=TEN + 5 * MINUTE) == []


def test_a_stop_in_a_quiz_joins_the_row_of_its_question(course, quiz_begun, quiz, mia):
    second = quiz.questions.get(position=2)
    for at in range(31, 34):
        answer(mia, second, TEN + at * SECOND, sitting=quiz_begun)

    rows = needs_of(course, mia, now=TEN + 5 * MINUTE)

    assert {need.kind for need in rows} == {"wrong", "stopped"}
    assert {need.about for need in rows} == {second.code}


def test_a_finished_quiz_removes_its_needs(course, quiz, mia):
    """A finished unit shows "done" and is never in the queue too (kolibri 14515 showed both)."""
    places = list(quiz.questions.filter(position__isnull=False).order_by("position"))
    for second in range(4):
        answer(mia, places[0], TEN + second * SECOND)
    assert {need.kind for need in needs_of(course, mia, now=TEN + MINUTE)} == {"wrong", "alone"}

    # Answer the first place in its easier variant; the last answer to the question itself stays
    # wrong.
    for place, question in enumerate([*places[1:], places[0].variants.first()]):
        answer(mia, question, TEN + (10 + place) * SECOND, right=True)

    assert completion.load_progress(mia, course)[quiz.pk].done
    assert needs_of(course, mia, now=TEN + MINUTE) == []


def test_new_trouble_after_the_end_is_listed_again(course, quiz, question, mia):
    for place in quiz.questions.filter(position__isnull=False):
        answer(mia, place, TEN, right=True)
    for second in range(3):
        answer(mia, question, TEN + (9 + second) * SECOND)

    assert [need.kind for need in needs_of(course, mia, now=TEN + MINUTE)] == ["wrong"]


def test_a_request_remains_though_the_video_is_done(course, video, mia):
    tell(sit(mia, video, TEN), "stuck", TEN + SECOND)
    completion.mark_done(mia, video, now=TEN + 2 * SECOND)

    assert [need.kind for need in needs_of(course, mia, now=TEN + MINUTE)] == ["stuck"]
