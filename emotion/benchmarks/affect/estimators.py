"""The estimators of `benchmark affect` by name; everything is fitted inside `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from emotion.baselines.context_only import ByCode, last_label_codes, time_codes
from emotion.baselines.feature_columns import SemanticsPCA
from emotion.baselines.paper_estimators import (
    make_paper_1,
    make_step_pipeline,
    make_summary_pipeline,
)
from emotion.benchmarks.affect import attention_fusion
from emotion.evaluation.dataset import WindowStudy
from emotion.models.crossmodal import network
from emotion.networks import pairwise

SEMANTICS = "semantics"
COMPONENTS = 25
HIDDEN = 0.15
TREES = 80

Options = Mapping[str, Any]


def make_estimator(name: str, study: WindowStudy, how: Options) -> Pipeline:
    """Return the unfitted estimator for a study's inputs.

    Parameters
    ----------
    name : str
        One of Table 2's, "concatenation" (paper 1's network without attention), "ours", "fused",
        "logistic", "RF".
    how : mapping
        `profile` ("small" or "paper"), `components` of the semantics, and options of
        `NetworkClassifier`.
    """
    options = dict(how)
    profile, components = options.pop("profile", "small"), options.pop("components", COMPONENTS)
    seed = options.get("random_state", 0)
    inputs = _reduce_inputs(study.inputs, components)
    made: Pipeline
    if name == "logistic":
        made = make_logistic()
    elif name == "RF":
        made = make_summary_pipeline(RandomForestClassifier(TREES, random_state=seed))
    elif name == "concatenation":
        config = replace(getattr(pairwise.Config, profile)(), inputs=inputs, fusion=name)
        made = make_step_pipeline(config, **options)
    elif name == "ours":
        config = network.Config(inputs, linear=True)
        made = make_step_pipeline(config, **options | {"hidden": HIDDEN})
    elif name == "fused":
        made = make_step_pipeline(attention_fusion.Config(inputs), **options | {"hidden": HIDDEN})
    else:
        made = make_paper_1(inputs, profile, **options)[name]
    return _with_semantics(made, study, components)


def make_logistic(c: float = 1.0) -> Pipeline:
    """Return logistic regression on hand-crafted features; C = 1 unless tuned."""
    return make_summary_pipeline(LogisticRegression(C=c, max_iter=300, class_weight="balanced"))


def make_trivial(name: str, study: WindowStudy) -> tuple[Any, NDArray[np.int64]]:
    """Return a baseline that knows only a code, and the codes (N, 1)."""
    codes = {
        "prior": np.zeros((len(study), 1), np.int64),
        "video-ID": study.videos[:, None],
        "time in sitting": time_codes(study.times),
        "last label": last_label_codes(study.labels, study.people, study.times),
        "subject mean": own_most_frequent(study),
    }
    return ByCode(), codes[name]


TRIVIAL = ("prior", "video-ID", "time in sitting", "last label", "subject mean")

# They use the person's own earlier true labels, which no live system has.
USES_LABELS = frozenset({"last label", "subject mean"})


def own_most_frequent(study: WindowStudy) -> NDArray[np.int64]:
    """Return (N, 1): the most frequent of the person's own earlier labels, -1 before the first."""
    found = np.full(len(study), -1, np.int64)
    for person in np.unique(study.people):
        rows = np.flatnonzero(study.people == person)
        rows = rows[np.argsort(study.times[rows], kind="stable")]
        counts = np.cumsum(np.eye(len(study.classes))[study.labels[rows]], axis=0)  # (n, K)
        found[rows[1:]] = counts[:-1].argmax(axis=1)
    return found[:, None]


def is_network(made: Pipeline) -> bool:
    """Return whether the last step uses early stopping by people."""
    return bool(made.steps[-1][0] == "network")


def _reduce_inputs(inputs: Mapping[str, int], components: int) -> dict[str, int]:
    return {
        name: min(count, components) if name == SEMANTICS else count
        for name, count in inputs.items()
    }


def _with_semantics(made: Pipeline, study: WindowStudy, components: int) -> Pipeline:
    """Prepend paper 1's reduction of the semantics, learned from the training rows."""
    if study.inputs.get(SEMANTICS, 0) <= components:
        return made
    return Pipeline([make_semantics_step(study, components), *made.steps])


def make_semantics_step(
    study: WindowStudy, components: int = COMPONENTS
) -> tuple[str, SemanticsPCA]:
    """Return the step that reduces a study's semantics."""
    place = study.places()[SEMANTICS]
    return "semantics", SemanticsPCA(place.start, place.stop, components)
