"""Counts before each answer equal those of a simple pass through the log."""

from __future__ import annotations

from collections import Counter

import numpy as np

from emotion.knowledge.logs import history_counts
from emotion.knowledge.tracers.best_lr import best_lr_columns
from tests.fixtures.emotion.response_logs import make_log

LOG = make_log(learners=8, items=6)


def count_simply(log):
    """Return (N, 4 + 2 S): wins and tries in total, on the item, then on each skill of the row."""
    wins, tries, rows = Counter(), Counter(), []
    width = log.skills.shape[1]
    for row, (user, item, correct) in enumerate(
        zip(log.users.tolist(), log.items.tolist(), log.correct.tolist(), strict=True)
    ):
        skills = log.skills[[row]].indices.tolist()
        names = [(user,), (user, "item", item), *((user, "skill", skill) for skill in skills)]
        found = np.zeros(4 + 2 * width)
        found[:4] = [count[name] for name in names[:2] for count in (wins, tries)]
        for skill, name in zip(skills, names[2:], strict=True):
            found[4 + skill], found[4 + width + skill] = wins[name], tries[name]
        rows.append(found)
        for name in names:
            wins[name] += correct
            tries[name] += 1
    return np.array(rows)


def test_counts_equal_those_of_a_simple_pass():
    pairs, width = history_counts.pair_skills(LOG), LOG.skills.shape[1]
    in_all, of_item, of_skill = (
        history_counts.count_by_user(LOG),
        history_counts.count_by_item(LOG),
        history_counts.count_by_skill(LOG, pairs),
    )
    found = np.concatenate(
        [
            np.stack([in_all.wins, in_all.tries, of_item.wins, of_item.tries], axis=1),
            history_counts.scatter(of_skill.wins, pairs, LOG, width).toarray(),
            history_counts.scatter(of_skill.tries, pairs, LOG, width).toarray(),
        ],
        axis=1,
    )
    np.testing.assert_array_equal(found, count_simply(LOG))


def test_best_lr_reads_item_skills_and_the_logarithms_of_the_counts():
    found = best_lr_columns(LOG, 6, 5).toarray()
    expected = np.log1p(count_simply(LOG))
    np.testing.assert_array_equal(found[:, :6], np.eye(6)[LOG.items])
    np.testing.assert_array_equal(found[:, 6:11], LOG.skills.toarray())
    np.testing.assert_allclose(found[:, 11:21], expected[:, 4:])
    np.testing.assert_allclose(found[:, 21:], expected[:, :4])
