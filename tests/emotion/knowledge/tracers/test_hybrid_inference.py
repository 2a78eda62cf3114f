"""The nightly model at run time: the fitted model's predictions, without scikit-learn."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.hybrid import HybridTracer
from emotion.knowledge.tracers.hybrid_inference import LiveHybrid, QuestionCodes, pack
from tests.fixtures.emotion.response_logs import make_log, split


@pytest.fixture(scope="module")
def fitted():
    """A model of thirty learners, and the log of ten unseen ones."""
    log = make_log(learners=40, answers=40)
    taught, others = split(log, 30)
    return HybridTracer(trees=20).fit(taught), others


def answers(log, user):
    rows = np.flatnonzero(log.users == user)
    found = []
    for row in rows:
        skills = log.skills.indices[log.skills.indptr[row] : log.skills.indptr[row + 1]]
        found.append(
            (QuestionCodes(int(log.items[row]), tuple(skills.tolist())), bool(log.correct[row]))
        )
    return found


def test_it_gives_the_probabilities_of_the_fitted_model(fitted):
    model, others = fitted
    live, expected = LiveHybrid(pack(model)), model.predict_proba(others)[:, 1]
    found = []
    for user in np.unique(others.users):
        history = answers(others, user)
        found += [live.chances(history[:n], [history[n][0]])[0] for n in range(len(history))]

    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_batch_of_questions_gets_the_single_predictions(fitted):
    model, others = fitted
    live, history = LiveHybrid(pack(model)), answers(others, others.users[0])
    asked = [each for each, _ in answers(others, others.users[-1])]

    together = live.chances(history, asked)

    assert together == pytest.approx([live.chances(history, [one])[0] for one in asked])


def test_an_unseen_item_is_as_hard_as_its_skills(fitted):
    model, _ = fitted
    live = LiveHybrid(pack(model))
    row = ResponseLog(
        np.array([0]), np.array([999]), np.array([1]), csr_array(np.eye(5)[[2]]), 1000
    )

    (found,) = live.chances([], [QuestionCodes(-1, (2,))])

    assert found == pytest.approx(model.predict_proba(row)[0, 1])


def test_reading_it_loads_no_scikit_learn():
    code = (
        "import sys, emotion.knowledge.tracers.hybrid_inference; sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
