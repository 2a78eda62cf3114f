"""Small models of every family, drawn by seed, and hmmlearn's of the same parameters."""

from __future__ import annotations

import numpy as np
from hmmlearn.hmm import CategoricalHMM, GaussianHMM, PoissonHMM

from emotion.behaviour.families import Categorical, Gaussian, Poisson
from emotion.behaviour.hmm import Model

FAMILIES = ("gaussian", "poisson", "categorical")
SYMBOLS = 4


def drawn(seed, family, states=2, observed=2):
    rng = np.random.default_rng(seed)
    start, moves = rng.dirichlet(np.ones(states)), rng.dirichlet(np.ones(states), states)
    return Model(tuple("abcd"[:states]), start, moves, _family(family, states, observed, rng))


def _family(name, states, observed, rng):
    if name == "gaussian":
        shape = (states, observed)
        return Gaussian(rng.normal(0, 1, shape), rng.uniform(0.2, 2, shape))
    if name == "poisson":
        return Poisson(rng.uniform(0.2, 6, (states, observed)))
    return Categorical(rng.dirichlet(np.ones(SYMBOLS), (states, observed)))


def rows(seed, family, steps=6, observed=2):
    rng = np.random.default_rng(seed + 1)
    if family == "gaussian":
        return rng.normal(0, 1.5, (steps, observed))
    if family == "poisson":
        return rng.poisson(3.0, (steps, observed)).astype(float)
    return rng.integers(0, SYMBOLS, (steps, observed)).astype(float)


def theirs(model):
    """hmmlearn's model of the same parameters; its categorical one observes one symbol a step."""
    states, family = len(model.start), model.family
    if isinstance(family, Gaussian):
        batch = GaussianHMM(states, covariance_type="diag")
        batch.means_, batch.covars_ = family.mean, family.variance
    elif isinstance(family, Poisson):
        batch = PoissonHMM(states)
        batch.lambdas_, batch.n_features = family.rate, family.width
    else:
        batch = CategoricalHMM(states, n_features=SYMBOLS)
        batch.emissionprob_ = family.share[:, 0]
    batch.startprob_, batch.transmat_ = model.start, model.moves
    return batch


def for_them(observations, family):
    return observations if family == "gaussian" else observations.astype(int)
