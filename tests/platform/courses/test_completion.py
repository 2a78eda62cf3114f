from __future__ import annotations

from datetime import timedelta

import pytest

from courses import completion
from courses.models import Completion
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def video():
    return factories.make_video_unit(duration_s=100)


def watch(mia, video, now, *stretches, resume_s=0.0):
    return completion.record_watched(mia, video, stretches, resume_s=resume_s, now=now)


def test_ninety_per_cent_watched_is_done_and_less_is_not(mia, video, now):
    assert watch(mia, video, now, (0, 50), (55, 94)).done_at is None
    assert watch(mia, video, now, (50, 51)).done_at == now


def test_dragging_to_the_end_is_not_watching(mia, video, now):
    row = watch(mia, video, now, (0, 1), (99, 100), resume_s=100)
    assert row.done_at is None
    assert completion.load_progress(mia, video.course)[video.pk].ratio == pytest.approx(0.02)


def test_progress_never_shrinks_and_done_keeps_its_date(mia, video, now):
    watch(mia, video, now, (0, 95))
    later = watch(mia, video, now + timedelta(days=1), (3, 4), resume_s=4)
    assert (later.watched, later.done_at, later.resume_s) == ([0, 95], now, 4)


def test_finished_video_resumes_at_the_beginning(mia, video, now):
    assert watch(mia, video, now, (0, 60), resume_s=60).resume_s == 60
    assert watch(mia, video, now, (60, 100), resume_s=99.5).resume_s == 0


@pytest.mark.parametrize(
    ("stretches", "resume_s"),
    [
        ([(5, 4)], 0),
        ([(0, float("nan"))], 0),
        ([(0, float("inf"))], 0),
        ([], float("nan")),
        ([(0, 1)] * 201, 0),
    ],
)
def test_invalid_stretch_is_refused(mia, video, now, stretches, resume_s):
    with pytest.raises(ValueError, match="expected"):
        watch(mia, video, now, *stretches, resume_s=resume_s)
    assert not Completion.objects.exists()


def test_a_reading_is_done_when_marked(mia, now):
    unit = factories.make_reading_unit()
    assert not completion.load_progress(mia, unit.course)[unit.pk].done
    completion.mark_done(mia, unit, now=now)
    assert completion.load_progress(mia, unit.course)[unit.pk] == completion.UnitProgress(
        1.0, True, 0.0
    )


def test_a_video_whose_player_cannot_report_may_be_marked_but_a_quiz_may_not(mia, video, now):
    assert completion.mark_done(mia, video, now=now).done_at == now
    with pytest.raises(ValueError, match="got a quiz"):
        completion.mark_done(mia, factories.make_quiz_unit(), now=now)


def test_quiz_progress_counts_questions_not_answers(mia):
    unit = factories.make_quiz_unit(questions=4)
    place = unit.questions.filter(position__isnull=False).first()
    factories.make_response(learner=mia, question=place)
    factories.make_response(learner=mia, question=place.variants.get())
    factories.make_response(question=unit.questions.get(position=2))
    assert completion.load_progress(mia, unit.course)[unit.pk].ratio == 0.25


def test_progress_needs_four_queries(mia, django_assert_num_queries):
    course = factories.make_course()
    for _ in range(3):
        factories.make_quiz_unit(course)
        factories.make_video_unit(course)
        factories.make_reading_unit(course)
    with django_assert_num_queries(4):
        assert len(completion.load_progress(mia, course)) == 9
