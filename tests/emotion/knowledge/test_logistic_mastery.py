"""Equation (2) by hand, an interval that narrows, and no right answer that lowers mastery."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.special import logit as logits
from scipy.stats import norm

from emotion.knowledge.logistic_mastery import (
    PRIOR_SD,
    THEORY_PRIOR,
    Features,
    SkillAnswer,
    Weights,
    logit,
    trace,
    trace_after,
)

unhurried = settings(deadline=None)
answers = st.builds(SkillAnswer, st.booleans(), st.booleans())
histories = st.lists(answers, max_size=25)
slopes = st.floats(0, 4)
weights = st.builds(Weights, st.floats(-3, 3), slopes, slopes, slopes)
RIGHT, WRONG = SkillAnswer(True), SkillAnswer(False)


def test_paper_3_equation_2_by_hand():
    # wins 2, misses 1; recent: 0.3, 0.09 + ... right, wrong, right from 0 with share 0.3:
    # 0.3 -> 0.3 - 0.39 = -0.09 -> -0.09 + 0.327 = 0.237
    # logit = log 3 - log 2 + 0.3 * 0.237 = 0.405465 + 0.0711 = 0.476565; sigma = 0.616936
    found = trace([RIGHT, WRONG, RIGHT])
    assert found.p == pytest.approx(0.616936, abs=1e-6)
    assert found.n == 3


def test_equation_2_with_other_weights_by_hand():
    features = Features(wins=3.0, misses=1, recent=-0.5)
    found = logit(features, Weights(bias=-0.4, wins=0.8, misses=0.6, recent=1.0))
    assert found == pytest.approx(-0.4 + 0.8 * math.log(4) - 0.6 * math.log(2) - 0.5)


def test_without_recency_it_is_the_rule_of_succession():
    plain = Weights(bias=0.0, wins=1.0, misses=1.0, recent=0.0)
    for wins, misses in itertools.product(range(5), range(5)):
        found = trace([RIGHT] * wins + [WRONG] * misses, plain)
        assert found.p == pytest.approx((1 + wins) / (2 + wins + misses))


def test_before_any_answer_it_is_the_prior():
    found = trace([])
    assert (found.n, found.is_known, found.p) == (0, False, 0.5)
    # 80 % of a normal prior of standard deviation 1.5 logits, and the recent mean's noise:
    # variance 0.3 ** 2 * 0.3 / 1.7.
    spread = math.sqrt(1.5**2 + 0.09 * 0.3 / 1.7)
    assert found.lo == pytest.approx(expit(norm.ppf(0.1, scale=spread)))
    assert found.hi == pytest.approx(expit(norm.ppf(0.9, scale=spread)))
    assert trace([WRONG]).is_known


@unhurried
@given(histories, st.booleans(), weights)
def test_a_right_answer_never_lowers_mastery(history, assisted, given_weights):
    before = trace(history, given_weights)
    after = trace([*history, SkillAnswer(True, assisted)], given_weights)
    assert after.p >= before.p
    assert after.lo >= before.lo


@unhurried
@given(histories, st.lists(st.integers(0, 25), max_size=6), weights)
def test_one_pass_equals_a_trace_of_each_prefix(history, counts, given_weights):
    counts = sorted(min(count, len(history)) for count in counts)
    each = [trace(history[:count], given_weights) for count in counts]
    assert trace_after(history, counts, given_weights) == each


@unhurried
@given(histories, weights)
def test_a_wrong_answer_never_raises_mastery(history, given_weights):
    assert trace([*history, WRONG], given_weights).p <= trace(history, given_weights).p


@unhurried
@given(histories, st.data())
def test_turning_one_wrong_answer_right_never_lowers_mastery(history, data):
    misses = [place for place, answer in enumerate(history) if not answer.correct]
    if misses:
        place = data.draw(st.sampled_from(misses))
        better = [*history[:place], RIGHT, *history[place + 1 :]]
        assert trace(better).p >= trace(history).p


@unhurried
@given(histories)
def test_help_never_lowers_mastery(history):
    without = [SkillAnswer(answer.correct) for answer in history]
    helped = [SkillAnswer(answer.correct, assisted=True) for answer in history]
    for done in range(len(history)):
        if history[done].correct:
            assert trace(helped[: done + 1]).p >= trace(helped[:done]).p
    assert trace(helped).p <= trace(without).p


def width(mastery):
    return logits(mastery.hi) - logits(mastery.lo)


@unhurried
@given(histories, answers)
def test_the_interval_contains_the_estimate_and_narrows_with_every_answer(history, more):
    before, after = trace(history), trace([*history, more])
    assert before.lo < before.p < before.hi
    assert width(after) < width(before)


def test_the_interval_is_wide_before_answers_and_narrow_after_many():
    spans = [trace([RIGHT, WRONG] * n) for n in (0, 1, 5, 20, 60)]
    widths = [found.hi - found.lo for found in spans]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.7
    assert widths[-1] < 0.15


@pytest.mark.parametrize(
    "broken", [(0.0, -0.1, 1.0, 1.0), (0.0, 1.0, 1.0, -1.0), (math.nan, 1.0, 1.0, 1.0)]
)
def test_it_refuses_weights_that_could_penalise_a_right_answer(broken):
    with pytest.raises(ValueError, match="slopes at least 0"):
        Weights(*broken)


def test_recent_answers_count_more_than_old_ones():
    up, down = [WRONG] * 4 + [RIGHT] * 4, [RIGHT] * 4 + [WRONG] * 4
    assert trace(up).p > trace(down).p + 0.08


def test_it_recovers_simulated_learners_and_its_interval_contains_them():
    rng = np.random.default_rng(20261120)
    true = expit(rng.normal(0, PRIOR_SD, size=400))
    for n, close, alike in ((5, 0.18, 0.7), (40, 0.1, 0.9)):
        found = [trace([SkillAnswer(bool(x)) for x in rng.random(n) < chance]) for chance in true]
        p = np.array([row.p for row in found])
        held = np.mean(
            [row.lo <= chance <= row.hi for row, chance in zip(found, true, strict=True)]
        )
        assert np.abs(p - true).mean() < close
        assert np.corrcoef(p, true)[0, 1] > alike
        # Nominal 80 %: not far below, and not so wide that it is uninformative.
        assert 0.7 <= held <= 0.95, (n, held)


def test_a_longer_history_distinguishes_learners_better():
    rng = np.random.default_rng(5)
    true = expit(rng.normal(0, PRIOR_SD, size=300))
    errors = [
        np.mean([abs(trace([SkillAnswer(bool(x)) for x in rng.random(n) < c]).p - c) for c in true])
        for n in (2, 10, 50)
    ]
    assert errors == sorted(errors, reverse=True)


def test_the_theoretical_prior_is_labelled():
    assert Weights(bias=0.0, wins=1.0, misses=1.0, recent=0.3) == THEORY_PRIOR
