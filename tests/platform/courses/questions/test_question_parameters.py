from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.question_parameters import BadVariant, draw_question, fill_template
from demo.seed_data import COURSE_PACKAGE

COURSE = json.loads((COURSE_PACKAGE / "course.json").read_text("utf-8"))
SPECS = [
    question["parameterised"]
    for unit in COURSE["units"]
    for question in unit.get("questions", ())
    if "parameterised" in question
]
SEEDS = st.integers(0, 2**31 - 1)


def test_the_course_has_nine_parameterised_questions():
    assert len(SPECS) == 9


@given(SEEDS, st.sampled_from(SPECS))
def test_a_draw_stays_in_its_bounds_and_its_answer_is_whole(seed, spec):
    drawn = draw_question(spec, seed)
    for name, param in spec["params"].items():
        assert param["min"] <= drawn.values[name] <= param["max"]
        assert drawn.values[name] not in param.get("exclude", ())
    assert drawn.answer.denominator == 1
    assert "[[" not in drawn.prompt


@given(SEEDS)
def test_the_same_seed_gives_the_same_question(seed):
    assert draw_question(SPECS[0], seed) == draw_question(SPECS[0], seed)


def test_different_seeds_give_different_questions():
    assert len({draw_question(SPECS[0], seed).prompt for seed in range(50)}) > 30


def test_constraints_hold():
    spec = next(spec for spec in SPECS if spec["constraints"] == ["p != q"])
    assert all((d := draw_question(spec, seed)).values["p"] != d.values["q"] for seed in range(300))


def test_values_are_filled_in_plain_and_signed():
    values = {"a": Fraction(-5), "b": Fraction(5)}
    assert fill_template("[[a]] [[a|signed]] [[b|signed]] [[b]]", values) == "-5 - 5 + 5 5"


@pytest.mark.parametrize(
    "change",
    [
        {"constraints": ["a > 99"]},
        {"prompt": "[[z]]"},
        {"params": {"a": {"type": "integer", "min": 1, "max": 1, "exclude": [1]}}},
        {"derived": {"b": "a / 0"}},
    ],
)
def test_invalid_parameters_are_refused(change):
    with pytest.raises(BadVariant, match="expected"):
        draw_question(SPECS[0] | change, 1)
