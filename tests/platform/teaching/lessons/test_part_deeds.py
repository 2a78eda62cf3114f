"""What each learner did at each part, as the order of a lesson's parts reads it."""

from __future__ import annotations

import numpy as np
import pytest

from teaching.lessons.part_deeds import describe_chapters, describe_questions
from teaching.lessons.parts import CHAPTER, QUIZ_QUESTION, LessonPart
from teaching.lessons.question_records import FirstTry, QuestionRecords
from teaching.videos.engagement_stats import VideoAct, VideoRecords

CHAPTERS = [
    LessonPart(f"c{at}", CHAPTER, "", "", begin=20.0 * at, end=20.0 * at + 20, chapter=at)
    for at in range(3)
]
QUESTIONS = [LessonPart(f"q{at}", QUIZ_QUESTION, "", "", question=at + 1) for at in range(2)]


def describe(acts=(), watched=None):
    video = VideoRecords(tuple(acts), watched or {7: (0.0, 60.0), 3: (0.0, 60.0)}, None)
    return describe_chapters(CHAPTERS, video, [7, 3])


def test_seconds_are_those_that_each_learner_watched():
    found = describe(watched={7: (0.0, 30.0, 50.0, 60.0), 3: (10.0, 12.0)})
    np.testing.assert_allclose(found.sources["replayed"].among, [[2, 0, 0], [20, 10, 10]])
    assert found.keys == ("c0", "c1", "c2")


def test_a_jump_back_counts_in_every_chapter_that_it_crosses():
    found = describe([VideoAct(7, "back", 15.0, 45.0), VideoAct(7, "back", 41.0, 59.0)])
    np.testing.assert_array_equal(found.sources["replayed"].counts, [[0, 0, 0], [1, 1, 2]])


@pytest.mark.parametrize(("second", "chapter"), [(0.0, 0), (19.99, 0), (20.0, 1), (59.9, 2)])
def test_being_stuck_belongs_to_the_chapter_that_is_on(second, chapter):
    found = describe([VideoAct(3, "stuck", second, second), VideoAct(3, "pause", 30.0, 30.0)])
    counts = found.sources["stuck"].counts
    assert counts.sum() == 1
    assert counts[0, chapter] == 1


def test_a_lesson_without_acts_has_none():
    assert not any(each.counts.any() for each in describe().sources.values())


def test_a_question_has_first_tries_hints_and_presses_of_those_who_could():
    records = {
        1: QuestionRecords({7: FirstTry(True, 2)}, {3: 4}, frozenset({3, 7})),
        2: QuestionRecords({7: FirstTry(False, 0)}, {}, frozenset({7})),
    }
    found = describe_questions(QUESTIONS, records, [7, 3])
    wrong, hints, stuck = (found.sources[name] for name in ("wrong", "hints", "stuck"))
    np.testing.assert_array_equal(wrong.counts, [[0, 0], [1, 0]])
    np.testing.assert_array_equal(wrong.among, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(hints.counts, [[0, 0], [2, 0]])
    np.testing.assert_array_equal(stuck.counts, [[4, 0], [0, 0]])
    np.testing.assert_array_equal(stuck.among, [[1, 0], [1, 1]])
    assert wrong.is_share
    assert not hints.is_share
