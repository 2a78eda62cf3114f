"""Reviews: due after days, later after each successful day, sooner after help or an error."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.knowledge import spaced_repetition
from emotion.knowledge.spaced_repetition import Recall

BEGAN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def memory(answers):
    return functools.reduce(spaced_repetition.update, answers, None)


def after(days):
    return BEGAN + timedelta(days=days)


def right(days, *, assisted=False):
    return Recall(after(days), True, assisted)


def wrong(days):
    return Recall(after(days), False)


def days_until_due(*answers):
    return (memory(answers).due - answers[-1].at) / timedelta(days=1)


def test_before_the_first_right_answer_nothing_is_due():
    assert memory([]) is None
    assert memory([wrong(0), wrong(1)]) is None


def test_each_successful_day_delays_the_next_review():
    assert days_until_due(right(0)) == 2
    assert days_until_due(right(0), right(2)) > 5
    assert days_until_due(right(0), right(2), right(12)) > days_until_due(right(0), right(2))


def test_help_and_an_error_bring_it_nearer():
    alone = days_until_due(right(0), right(2))
    assert days_until_due(right(0), right(2, assisted=True)) < alone
    assert days_until_due(right(0), wrong(2)) == 1


def test_many_right_answers_of_one_day_count_as_one_day():
    hour = 1 / 24
    assert memory([right(0), right(hour), right(2 * hour)]).due == memory([right(0)]).due


def test_an_error_counts_on_the_same_day_and_is_not_the_last_right_answer():
    found = memory([right(0), wrong(0.1)])
    assert found.last_right == BEGAN
    assert found.due < memory([right(0)]).due


def test_recall_falls_to_nine_in_ten_when_due_and_then_further():
    found = memory([right(0), right(3)])
    assert found.strength(found.due) == pytest.approx(0.9, abs=0.02)
    assert found.strength(found.due + timedelta(days=30)) < found.strength(found.due)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 60), st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_it_is_due_at_least_a_day_after_the_last_counted_answer(rows):
    answers = [Recall(after(day), *rest) for day, *rest in sorted(rows)]
    found = memory(answers)
    assert (found is None) == (not any(answer.correct for answer in answers))
    if found is not None:
        assert found.due >= found.reviewed + timedelta(days=1)
        assert 0 <= found.strength(found.due) <= 1


def test_a_late_answer_changes_nothing():
    found = memory([right(0), right(5)])
    assert spaced_repetition.update(found, wrong(3)) == found
    assert spaced_repetition.update(found, right(3)) == found
