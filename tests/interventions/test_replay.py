"""Replays of past moments: the same log and rules give the same result, with nothing random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions import catalogue
from interventions.facts import Fact
from interventions.replay import ReplayMoment, digest_rules, replay

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RULES = {rule.id: rule for rule in catalogue.load()}
R1, R2 = RULES["R1"], RULES["R2"]
QUIET = {
    "scenario": Fact("course"),
    "paused": Fact(False),
    "tab_hidden": Fact(False),
    "self_got_it": Fact(False, source="self"),
    "self_stuck": Fact(False, source="self"),
    "rewinds_60s": Fact(0.0),
    "course_idle_s": Fact(0.0),
    "wrong_on_item": Fact(0.0),
}
STUCK = QUIET | {"wrong_on_item": Fact(2.0), "course_idle_s": Fact(30.0)}
HINT = frozenset({"hint"})


def moments(*facts, kinds=HINT):
    return [
        ReplayMoment(TEN + timedelta(seconds=5 * number), each, kinds)
        for number, each in enumerate(facts)
    ]


def test_an_offer_comes_after_the_dwell_and_once():
    found = replay(moments(*[STUCK] * 10), [R1])

    assert [(each.rule, (each.at - TEN).total_seconds()) for each in found.fired] == [("R1", 10.0)]


def test_a_second_page_at_the_same_moment_counts_as_in_a_live_decision():
    calm, stuck = moments(QUIET, STUCK)
    both = [calm, replace(stuck, at=calm.at)]

    found = replay(both, [R1])

    assert [(at, trace.after) for at, trace in found.steps] == [(calm.at, "arming")]
    assert replay([*both, both[1]], [R1]) == found


def test_a_condition_that_ends_before_the_dwell_is_counted_as_lapsed():
    found = replay(moments(STUCK, STUCK, QUIET, QUIET), [R1])

    assert found.fired == ()
    assert found.let_go == ((TEN + timedelta(seconds=10), "R1"),)


def test_a_rule_with_no_help_left_to_give_neither_fires_nor_counts():
    found = replay(moments(*[STUCK] * 10, kinds=frozenset({"jump_back"})), [R1])

    assert (found.fired, found.steps, found.let_go) == ((), (), ())


def test_a_rule_that_waited_stops_when_its_help_is_used_up():
    waiting = moments(*[STUCK] * 2)
    later = [replace(each, at=each.at + timedelta(seconds=10)) for each in waiting]
    spent = [replace(each, kinds=frozenset()) for each in later]
    again = [replace(each, at=each.at + timedelta(seconds=10)) for each in later]

    found = replay([*waiting, *spent, *again], [R1])

    assert found.fired == ()
    assert found.let_go == ((TEN + timedelta(seconds=10), "R1"),)


def test_rules_hold_each_other_back_as_they_do_live():
    both = STUCK | {"confusion": Fact(0.9, source="sensed")}
    found = replay(moments(*[both] * 20), [R1, R2])

    assert [each.rule for each in found.fired] == ["R1"]


THROUGH = QUIET | {"wrong_before_right": Fact(3.0)}
SLOPE, FRACTIONS = frozenset({1, 2}), frozenset({2, 3})
DAY = timedelta(days=1)


def through(at, skills):
    """Return a right answer on these skills, followed by a calm minute."""
    begin = TEN + at
    told = ReplayMoment(begin, THROUGH, frozenset({"message"}), skills)
    later = [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=15)]
    quiet = [replace(told, at=begin + each, facts=QUIET) for each in later[1:]]
    return [told, replace(told, at=begin + later[0]), *quiet]


@pytest.mark.parametrize(
    ("again", "skills", "offers"),
    [
        (timedelta(hours=2), SLOPE, 1),
        (timedelta(hours=2), FRACTIONS, 1),
        (timedelta(hours=2), frozenset({4}), 2),
        (timedelta(hours=2), frozenset(), 2),
        (DAY + timedelta(minutes=1), SLOPE, 2),
    ],
)
def test_a_cap_a_skill_holds_as_it_does_live(again, skills, offers):
    found = replay([*through(timedelta(0), SLOPE), *through(again, skills)], [RULES["R14"]])

    assert len(found.fired) == offers


def test_what_another_rule_offered_on_the_skill_does_not_count_for_the_cap():
    stuck = [replace(each, skills=SLOPE) for each in moments(*[STUCK] * 4)]

    found = replay([*stuck, *through(timedelta(hours=2), SLOPE)], [R1, RULES["R14"]])

    assert [each.rule for each in found.fired] == ["R1", "R14"]


def test_the_digest_names_the_rules_by_content_not_by_order():
    assert digest_rules([R1, R2]) == digest_rules([R2, R1])
    assert digest_rules([R1]) != digest_rules([replace(R1, dwell_s=11.0)])


FACTS = st.builds(
    lambda wrong, idle, confusion, before: (
        QUIET
        | {
            "wrong_on_item": Fact(float(wrong)),
            "course_idle_s": Fact(float(idle)),
            "confusion": Fact(confusion, source="sensed"),
            "wrong_before_right": Fact(float(before)),
        }
    ),
    st.integers(0, 3),
    st.integers(0, 40),
    st.floats(0, 1),
    st.integers(0, 4),
)
ROWS = st.tuples(FACTS, st.frozensets(st.integers(1, 3), max_size=2))


def log_of(rows):
    told = moments(*[facts for facts, _ in rows], kinds=HINT | {"message"})
    return [replace(each, skills=skills) for each, (_, skills) in zip(told, rows, strict=True)]


@given(st.lists(ROWS, max_size=60))
def test_the_same_log_and_rules_give_the_same_answer(rows):
    log, rules = log_of(rows), list(RULES.values())

    assert replay(log, rules) == replay(list(log), rules)


@given(st.lists(ROWS, min_size=2, max_size=60), st.data())
def test_a_log_read_in_two_parts_gives_the_same_result(rows, data):
    """A later part continues where the earlier one ended and does not change it."""
    log, rules = log_of(rows), list(RULES.values())
    cut = data.draw(st.integers(1, len(log) - 1))

    first = replay(log[:cut], rules)

    whole = replay(log, rules)
    assert whole.steps[: len(first.steps)] == first.steps
    assert whole.fired[: len(first.fired)] == first.fired
    assert replay(log[cut:], rules, before=first) == whole
