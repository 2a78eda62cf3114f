"""BKT: Bayes by hand, parameters recovered, and no right answer lowers mastery."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from emotion.evaluation.metrics.probability import auroc_of_draws
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.bkt import BKT, BktParameters, bound_start
from tests.fixtures.emotion.response_logs import make_log


def shares(known, learned, forgotten, guess, slip):
    return BktParameters(*(np.array([value]) for value in (known, learned, forgotten, guess, slip)))


def chain(correct, chains=1):
    """Return the log of one skill, `chains` learners with these answers each."""
    count = len(correct) // chains
    return ResponseLog(
        np.repeat(np.arange(chains), count),
        np.zeros(len(correct), np.int64),
        np.asarray(correct),
        csr_array(np.ones((len(correct), 1))),
        1,
    )


def with_shares(one, forgets=True):
    model = BKT(forgets=forgets)
    model.classes_ = np.array([0, 1])
    model.shares_ = BktParameters(*(np.repeat(part, 2) for part in each(one)))
    return model


def each(one):
    return one.known, one.learned, one.forgotten, one.guess, one.slip


def brute(one, correct):
    """Return P(right at n | the answers before n) by summing over all hidden paths."""
    known, learned, forgotten, guess, slip = (float(part[0]) for part in each(one))

    def weight(path, answers):
        total = known if path[0] else 1 - known
        for now, then in zip(path[1:], path, strict=False):
            stay = (1 - forgotten) if then else learned
            total *= stay if now else 1 - stay
        for state, answer in zip(path, answers, strict=False):
            right = 1 - slip if state else guess
            total *= right if answer else 1 - right
        return total

    found = []
    for n in range(len(correct)):
        paths = list(product([0, 1], repeat=n + 1))
        before = sum(weight(path, correct[:n]) for path in paths)
        found.append(sum(weight(path, [*correct[:n], 1]) for path in paths) / before)
    return found


@given(
    parts=st.tuples(*[st.floats(0.01, 0.3)] * 5),
    correct=st.lists(st.integers(0, 1), min_size=1, max_size=6),
)
def test_its_probabilities_equal_the_sum_over_hidden_paths(parts, correct):
    one = shares(*parts)
    model = with_shares(one)
    found = model.predict_proba(chain(correct))[:, 1]
    np.testing.assert_allclose(found, brute(one, correct), atol=1e-12)


unit = st.floats(0.001, 0.999)


@given(
    parts=st.tuples(
        unit, st.floats(0.001, 0.5), st.floats(0, 0.5), st.floats(0.001, 0.3), st.floats(0.001, 0.3)
    ),
    correct=st.lists(st.integers(0, 1), min_size=1, max_size=40),
)
def test_mastery_never_falls_on_a_right_answer(parts, correct):
    one = bound_start(shares(*parts))
    model = with_shares(one)
    _, mastery = model.mastery(chain(correct))
    last = np.concatenate([one.known, mastery[:-1]])
    right = np.array(correct) == 1
    assert (mastery[right] >= last[right] - 1e-9).all()
    assert ((mastery > 0) & (mastery <= 1)).all()


def test_unbounded_belief_could_fall_on_a_right_answer():
    """The reason for `bounded`: a strong first belief, and a skill that is forgotten easily."""
    one = shares(0.99, 0.05, 0.4, 0.3, 0.3)
    assert one.after(one.known, np.array([1]))[0] > 0.99
    model = with_shares(one)
    _, mastery = model.mastery(chain([1, 1, 1]))
    assert mastery[1] < mastery[0]


@pytest.mark.parametrize("forgets", [False, True])
def test_a_fit_keeps_its_bounds_and_a_right_answer_never_lowers_mastery(forgets):
    log = make_log(learners=60, answers=40, seed=4)
    model = BKT(forgets=forgets).fit(log)
    found = model.shares_
    assert found.guess.max() <= 0.3
    assert found.slip.max() <= 0.3
    assert (found.forgotten > 0).all() == forgets
    pairs, mastery = model.mastery(log)
    names = log.users[pairs.rows] * log.skills.shape[1] + pairs.skills
    order = np.argsort(names, kind="stable")
    same = names[order][1:] == names[order][:-1]
    right = log.correct[pairs.rows][order][1:] == 1
    rise = np.diff(mastery[order])
    assert (rise[same & right] >= -1e-9).all()
    assert (rise[same & ~right] < 0).mean() > 0.5


def simulated(one, learners, answers, seed):
    rng = np.random.default_rng(seed)
    state = rng.random(learners) < one.known
    rows = []
    for _ in range(answers):
        rows.append(rng.random(learners) < np.where(state, 1 - one.slip, one.guess))
        state = rng.random(learners) < np.where(state, 1 - one.forgotten, one.learned)
    return chain(np.stack(rows, axis=1).ravel().astype(int), learners)


TRUTH = shares(0.3, 0.15, 0.08, 0.2, 0.08)


def test_known_parameters_are_recovered():
    """B14."""
    model = BKT(forgets=True, iterations=200).fit(simulated(TRUTH, 3000, 12, 0))
    for found, true in zip(each(model.shares_), each(TRUTH), strict=True):
        assert abs(found[0] - true[0]) <= 0.05


def test_with_forgotten_skills_a_model_of_forgetting_ranks_better():
    """B14."""
    train, test = simulated(TRUTH, 1500, 12, 1), simulated(TRUTH, 1500, 12, 2)
    areas = [
        auroc_of_draws(
            BKT(forgets=forgets).fit(train).predict_proba(test)[:, 1],
            test.correct == 1,
            test.users,
            np.ones((1, 1500)),
        )[0]
        for forgets in (True, False)
    ]
    assert areas[0] > areas[1]


def test_an_answer_counts_for_each_of_its_skills():
    log = make_log(both=1.0)
    model = BKT().fit(log)
    pairs, mastery = model.mastery(replace(log, correct=np.ones_like(log.correct)))
    assert (np.bincount(pairs.rows) == 2).all()
    assert len(mastery) == 2 * len(log)
    _, wrong = model.mastery(replace(log, correct=np.zeros_like(log.correct)))
    assert (mastery > wrong).all()


def test_bounds_that_penalise_a_right_answer_are_refused():
    with pytest.raises(ValueError, match="most_guess"):
        BKT(most_guess=0.6, most_slip=0.5).fit(make_log())
