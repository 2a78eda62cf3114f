"""The features of recent answers equal those of a simple pass through the log."""

from __future__ import annotations

import numpy as np

from emotion.knowledge.logs.recency import IN_ALL, ON_SKILLS, recent_answers
from tests.fixtures.emotion.response_logs import make_log

LOG = make_log(learners=8, items=6)


def run(answers):
    """Return the run of equal answers at the end of a list, as log(1 + n) with its sign."""
    length = 0
    while length < len(answers) and answers[-1 - length] == answers[-1]:
        length += 1
    return np.log1p(length) * (1 if answers and answers[-1] else -1)


def last(answers, count):
    said = [2 * answer - 1 for answer in reversed(answers)][:count]
    return said + [0] * (count - len(said))


def compute_simply(log):
    met, at, rows = {}, {}, []
    for row, (user, item, correct) in enumerate(
        zip(log.users.tolist(), log.items.tolist(), log.correct.tolist(), strict=True)
    ):
        skills = frozenset(log.skills[[row]].indices.tolist())
        names = [(user,), (user, skills), (user, "item", item)]
        whole, same, own = (met.setdefault(name, []) for name in names)
        wins, tries = sum(same), len(same)
        rows.append(
            [
                *last(whole, IN_ALL),
                *last(same, ON_SKILLS),
                *last(own, 1),
                run(whole),
                run(same),
                np.log1p(wins),
                np.log1p(tries),
                (wins + 1) / (tries + 2),
                np.log1p(row - at[names[1]]) if names[1] in at else 0,
                not whole,
                (sum(whole) + 1) / (len(whole) + 2),
            ]
        )
        for answers in (whole, same, own):
            answers.append(correct)
        at[names[1]] = row
    return np.array(rows, float)


def test_recency_equals_that_of_a_simple_pass():
    np.testing.assert_allclose(recent_answers(LOG), compute_simply(LOG))
