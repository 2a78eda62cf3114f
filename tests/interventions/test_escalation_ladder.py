"""Lightest help first, heavier only after lighter was used, and lighter again after success."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions.escalation_ladder import (
    OUTSIDE_LADDER,
    STEP_OF,
    CorrectAnswer,
    HelpStep,
    PastOffer,
    find_open_help,
)
from interventions.rules import KINDS

ALL = frozenset(KINDS)
HELP = ("hint", "jump_back", "worked_step", "easier", "ask_teacher")


def took(kind, here=True):
    return PastOffer(kind, "accepted", here)


def later(here=True):
    return PastOffer("hint", "later", here)


def help_after(*history, have=ALL, **more):
    return [
        kind for kind in find_open_help(history, have, **more).kinds if kind not in OUTSIDE_LADDER
    ]


def test_every_kind_has_its_place():
    assert set(STEP_OF) | OUTSIDE_LADDER == ALL
    assert [step.value for step in HelpStep] == list(range(8))


@pytest.mark.parametrize(
    ("history", "open_"),
    [
        ([], ["hint"]),
        ([PastOffer("hint", "shown", True)], ["hint"]),
        ([later()], ["hint"]),
        ([took("hint")], ["hint", "jump_back", "worked_step"]),
        ([took("hint", here=False)], ["hint", "jump_back", "worked_step"]),
        ([took("hint"), took("jump_back")], ["hint", "jump_back", "worked_step", "easier"]),
        ([took("hint"), took("worked_step"), took("easier")], list(HELP)),
        ([took("message"), took("break"), took("adjust")], ["hint"]),
    ],
)
def test_heavier_help_opens_once_lighter_was_used(history, open_):
    assert help_after(*history) == open_


@pytest.mark.parametrize(
    ("rights", "open_"),
    [
        (1, ["hint", "jump_back", "worked_step", "easier"]),
        (2, ["hint", "jump_back", "worked_step"]),
        (3, ["hint"]),
        (9, ["hint"]),
    ],
)
def test_each_right_answer_takes_one_step_down(rights, open_):
    climbed = [took("hint"), took("worked_step"), took("easier")]
    assert help_after(*climbed, *[CorrectAnswer()] * rights) == open_


def test_where_there_is_no_hint_the_lightest_there_is_comes_first():
    assert help_after(have={"jump_back", "ask_teacher"}) == ["jump_back"]
    assert help_after(have={"easier", "ask_teacher"}) == []


def test_a_step_without_available_help_is_skipped():
    have = {"hint", "easier", "ask_teacher"}
    assert help_after(have=have) == ["hint"]
    assert help_after(took("hint"), have=have) == ["hint", "easier"]
    assert help_after(took("hint"), took("easier"), CorrectAnswer(), have=have) == [
        "hint",
        "easier",
    ]


def test_after_many_failed_tries_every_step_is_open():
    assert help_after(spinning=True) == list(HELP)


def test_never_for_this_ends_all_offers_here_and_only_here():
    assert find_open_help([PastOffer("hint", "never", True)], ALL).form is HelpStep.NOTHING
    assert find_open_help([PastOffer("hint", "never", True)], ALL, spinning=True).kinds == ()
    assert help_after(PastOffer("hint", "never", False)) == ["hint"]


def test_two_dismissals_turn_offers_into_cues_until_one_is_accepted():
    assert find_open_help([later()], ALL).form is HelpStep.OFFER
    assert find_open_help([later(), later(here=False)], ALL).form is HelpStep.CUE
    assert find_open_help([later(), CorrectAnswer(), later()], ALL).form is HelpStep.CUE
    assert find_open_help([later(), later(), took("hint")], ALL).form is HelpStep.OFFER


rows = st.just(CorrectAnswer()) | st.builds(
    PastOffer,
    st.sampled_from(KINDS),
    st.sampled_from(["", "shown", "accepted", "later", "expired", "withdrawn"]),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(rows, max_size=12), st.sets(st.sampled_from(KINDS)))
def test_it_never_skips_a_step_and_never_opens_missing_help(history, have):
    found = find_open_help(history, have)
    assert set(found.kinds) <= have
    assert OUTSIDE_LADDER & have <= set(found.kinds)
    opened = {STEP_OF[kind] for kind in found.kinds if kind not in OUTSIDE_LADDER}
    there = sorted({STEP_OF[kind] for kind in have - OUTSIDE_LADDER})
    used = [
        STEP_OF[row.kind]
        for row in history
        if row != CorrectAnswer() and row.outcome == "accepted" and row.kind not in OUTSIDE_LADDER
    ]
    skipped = [
        step for step in there if step > max([*used, HelpStep.NOTHING]) and step not in opened
    ]
    above = [step for step in opened if step > max([*used, HelpStep.EXPLANATION])]
    assert len(above) <= 1
    assert not above or above[0] < min(skipped, default=HelpStep.TEACHER + 1)
