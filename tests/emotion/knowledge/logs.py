"""Small made-up logs of answers, whose learners differ in ability and learn as they go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from emotion.knowledge.responses import Responses


def made_up(learners=40, answers=25, items=30, skills=5, seed=0, both=0.4):
    """Each item needs one skill, and with chance `both` the next one too."""
    rng = np.random.default_rng(seed)
    needs = np.zeros((items, skills))
    needs[np.arange(items), np.arange(items) % skills] = 1
    two = np.flatnonzero(rng.random(items) < both)
    needs[two, (two + 1) % skills] = 1
    hard = rng.normal(0, 1, items)
    ability = rng.normal(0, 1.5, (learners, 1)) + rng.normal(0, 0.7, (learners, skills))
    users, chosen, correct = [], [], []
    for user in range(learners):
        for place in range(int(rng.integers(answers // 2, answers + 1))):
            item = int(rng.integers(items))
            logit = ability[user] @ needs[item] / needs[item].sum() + 0.03 * place - hard[item]
            users.append(user)
            chosen.append(item)
            correct.append(int(rng.random() < 1 / (1 + np.exp(-logit))))
    return Responses(
        np.array(users), np.array(chosen), np.array(correct), csr_array(needs[chosen]), items
    )


def answered(log, rows, correct):
    """The same log with other answers on some rows."""
    changed = log.correct.copy()
    changed[rows] = correct
    return replace(log, correct=changed)


def split(log, learners):
    """The log of the first learners, and that of the others."""
    inside = log.users < learners
    return log.take(np.flatnonzero(inside)), log.take(np.flatnonzero(~inside))
