"""Recent answers before each one: overall, on the same skills, on the same item."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.knowledge.logs.history_counts import count_before, count_by_user
from emotion.knowledge.logs.online_batches import pad_skills
from emotion.knowledge.logs.response_log import ResponseLog

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

IN_ALL: Final = 5
ON_SKILLS: Final = 3


def recent_answers(log: ResponseLog) -> Array:
    """Return (N, 17) features of a learner's last answers.

    The last `IN_ALL`, the last `ON_SKILLS` on questions with exactly the same skills, and the last
    on the same item (1 right, -1 wrong, 0 none yet). The run of equal answers so far, overall and
    on the same skills (log(1 + n), negative for wrong ones). Wins, answers and their share on the
    same skills; how many answers ago the last was; the overall share of wins.
    """
    whole, skills, items = log.users, same_skills(log), log.users * log.item_count + log.items
    on_skills, in_all = count_before(skills, log.correct), count_by_user(log)
    columns = [
        *(_ago(whole, log.correct, n + 1) for n in range(IN_ALL)),
        *(_ago(skills, log.correct, n + 1) for n in range(ON_SKILLS)),
        _ago(items, log.correct, 1),
        _run(whole, log.correct),
        _run(skills, log.correct),
        np.log1p(on_skills.wins),
        np.log1p(on_skills.tries),
        (on_skills.wins + 1.0) / (on_skills.tries + 2.0),
        _since(skills),
        in_all.tries == 0,
        (in_all.wins + 1.0) / (in_all.tries + 2.0),
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def same_skills(log: ResponseLog) -> Codes:
    """Return (N,): a code of the learner and exactly these skills."""
    sets = np.sort(pad_skills(log), axis=1)
    codes = np.unique(sets, axis=0, return_inverse=True)[1].ravel()
    return np.asarray(log.users * (int(codes.max(initial=0)) + 1) + codes, np.int64)


def _ago(groups: Codes, correct: Codes, count: int) -> Array:
    """Return (N,): the answer `count` before in the group as 1 or -1; 0 if there is none."""
    order = np.argsort(groups, kind="stable")
    found, said = np.zeros(len(order)), 2.0 * correct[order] - 1.0
    same = groups[order][count:] == groups[order][:-count]
    found[order[count:]] = said[:-count] * same
    return found


def _run(groups: Codes, correct: Codes) -> Array:
    """Return (N,): log(1 + n) of the run of equal answers just before, with their sign."""
    order = np.argsort(groups, kind="stable")
    own, right = groups[order], correct[order]
    begins = np.r_[True, (own[1:] != own[:-1]) | (right[1:] != right[:-1])]
    start = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    length = np.log1p(np.arange(len(order)) - start + 1.0) * (2.0 * right - 1.0)
    found = np.zeros(len(order))
    found[order[1:]] = length[:-1] * (own[1:] == own[:-1])
    return found


def _since(groups: Codes) -> Array:
    """Return (N,): log(1 + n) for n answers since the group's last one; 0 for its first."""
    order = np.argsort(groups, kind="stable")
    found, own = np.zeros(len(order)), groups[order]
    found[order[1:]] = np.log1p(np.where(own[1:] == own[:-1], np.diff(order), 0))
    return found
