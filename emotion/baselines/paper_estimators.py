"""The unfitted estimators of each paper's tables, by the names they have there.

Each is fitted as a whole on training people only: scaling, components and early stopping happen
inside `fit`. Networks stop early by people if they are fitted with `network__groups=people`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from emotion.baselines.context_only import ByCode
from emotion.baselines.face_descriptors import count_binary_patterns, measure_geometry
from emotion.baselines.feature_columns import StepScaler, summarise
from emotion.baselines.network_classifier import NetworkClassifier
from emotion.networks import (
    cascade_attention,
    cnn_lstm,
    cnn_lstm_mha_tcn,
    lstm,
    mlp,
    pairwise,
    shallow_cnn,
    transformer,
)

Profile = Literal["paper", "small"]
NEIGHBOURS = 5
TREES = 200


def make_trivial() -> dict[str, Any]:
    """Return baselines that know nothing of the learner; all but the first read codes (N, 1)."""
    return {
        "majority": DummyClassifier(strategy="prior"),
        "video-ID": ByCode(),
        "time-in-sitting": ByCode(),
        "last label": ByCode(),
    }


def make_paper_1(
    inputs: Mapping[str, int], profile: Profile = "small", **how: Any
) -> dict[str, Any]:
    """Return Table 2: six baselines and the pairwise network, for Windows (N, T, F).

    Parameters
    ----------
    inputs : mapping from modality to number of features
    how
        Options of `NetworkClassifier`: epochs, rows, random_state and so on.
    """
    networks = {
        "LSTM": lstm,
        "CNN-LSTM": cnn_lstm,
        "Transformer": transformer,
        "CLA-TCN": cnn_lstm_mha_tcn,
        "CMHA": cascade_attention,
        "pairwise": pairwise,
    }
    return {"KNN": make_summary_pipeline(KNeighborsClassifier(NEIGHBOURS))} | {
        name: make_step_pipeline(_make_config(module, inputs, profile), **how)
        for name, module in networks.items()
    }


def make_paper_2(
    inputs: Mapping[str, int], profile: Profile = "small", **how: Any
) -> dict[str, Any]:
    """Return SVM and MLP on hand-crafted features, for Windows or a table of them."""
    made = {"summary": 2 * sum(inputs.values())}
    return {
        "SVM (HC)": make_summary_pipeline(make_svm(how.get("random_state", 0))),
        "MLP (HC)": make_summary_pipeline(
            NetworkClassifier(_make_config(mlp, made, profile), **how), "network"
        ),
    }


def make_paper_3(
    inputs: Mapping[str, int], profile: Profile = "small", **how: Any
) -> dict[str, Any]:
    """Return Tables 2 to 4.

    SVM+LBP and CNN-shallow read grey pictures (N, side, side) as large as the profile's, RF+Geo
    facial points (N, 68, 2), the rest Windows of facial features.
    """
    seed = how.get("random_state", 0)
    forest = RandomForestClassifier(TREES, class_weight="balanced_subsample", random_state=seed)
    picture = getattr(shallow_cnn.Config, profile)()
    return {
        "SVM+LBP": Pipeline(
            [
                ("lbp", FunctionTransformer(count_binary_patterns)),
                ("scale", StandardScaler()),
                ("classifier", make_svm(seed)),
            ]
        ),
        "RF+Geo": Pipeline(
            [("geometry", FunctionTransformer(measure_geometry)), ("classifier", forest)]
        ),
        "KNN+AU": make_summary_pipeline(KNeighborsClassifier(NEIGHBOURS)),
        "MLP": make_step_pipeline(_make_config(mlp, inputs, profile), **how),
        "CNN-shallow": Pipeline([("network", NetworkClassifier(picture, **how))]),
        "CNN-LSTM": make_step_pipeline(_make_config(cnn_lstm, inputs, profile), **how),
        "Transformer": make_step_pipeline(_make_config(transformer, inputs, profile), **how),
    }


def make_svm(seed: int) -> Any:
    """Return a support vector machine whose distances are turned into probabilities inside
    `fit`.
    """
    return CalibratedClassifierCV(
        SVC(class_weight="balanced", random_state=seed), ensemble=False, cv=3
    )


def make_summary_pipeline(classifier: Any, name: str = "classifier") -> Pipeline:
    """Return a classifier of each Window's means and deviations; gaps are filled with the mean."""
    return Pipeline(
        [
            ("summary", FunctionTransformer(summarise)),
            ("fill", SimpleImputer(keep_empty_features=True)),
            ("scale", StandardScaler()),
            (name, classifier),
        ]
    )


def make_step_pipeline(config: Any, **how: Any) -> Pipeline:
    """Return a network of Windows preceded by standardisation of the steps."""
    return Pipeline([("scale", StepScaler()), ("network", NetworkClassifier(config, **how))])


def _make_config(module: Any, inputs: Mapping[str, int], profile: Profile) -> Any:
    return replace(getattr(module.Config, profile)(), inputs=dict(inputs))
