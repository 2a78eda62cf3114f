"""Windows as one array with NaN for missing values, and pipeline steps that read it.

Letters in shapes: N Windows, T steps, F features of all modalities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

# Standardised values beyond this are clipped: one extreme value should not dominate.
FARTHEST = 5.0

Array = NDArray[np.float32]


def join_modalities(values: Mapping[str, Array], masks: Mapping[str, NDArray[np.bool_]]) -> Array:
    """Return (N, T, F) of modalities (N, T, F_m) in the order of their names, NaN where masked."""
    return np.concatenate(
        [np.where(masks[n], values[n], np.float32(np.nan)) for n in sorted(values)], axis=-1
    )


_READING: dict[str, Any] = {
    "allow_nd": True,
    "ensure_all_finite": "allow-nan",
    "dtype": np.float32,
}


def check_fit_input(estimator: BaseEstimator, X: Any, y: Any = "no_validation") -> Any:
    """Return X (and y, if given) checked for `fit`; features are the last axis of X."""
    found = validate_data(estimator, X, y, **_READING)
    estimator.n_features_in_ = (found[0] if isinstance(found, tuple) else found).shape[-1]
    return found


def check_predict_input(estimator: BaseEstimator, X: Any) -> Any:
    """Return X checked for prediction with a fitted estimator; raises as scikit-learn does."""
    check_is_fitted(estimator)
    if getattr(X, "ndim", 2) <= 2:
        return validate_data(estimator, X, reset=False, **_READING)
    rows = check_array(X, **_READING)
    if rows.shape[-1] != estimator.n_features_in_:
        raise ValueError(f"expected {estimator.n_features_in_} features, got {rows.shape[-1]}")
    return rows


class StepScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Standardises each feature over all training steps and clips to ±5; NaN stays NaN.

    Attributes
    ----------
    mean_, scale_ : (F,)
        0 and 1 for a feature never seen; 1 for a constant one.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's contract
        """Learn from X (N, T, F)."""
        found = check_fit_input(self, X)
        rows = found.reshape(-1, found.shape[-1]).astype(np.float64)  # (N T, F)
        seen = np.maximum((~np.isnan(rows)).sum(axis=0), 1)
        self.mean_ = np.nansum(rows, axis=0) / seen
        deviation = np.sqrt(np.nansum((rows - self.mean_) ** 2, axis=0) / seen)
        self.scale_ = np.where(deviation > 1e-6, deviation, 1.0)
        return self

    def transform(self, X: Any) -> Array:
        """Return X's shape."""
        scaled = (check_predict_input(self, X) - self.mean_) / self.scale_
        return np.asarray(np.clip(scaled, -FARTHEST, FARTHEST), dtype=np.float32)

    def __sklearn_tags__(self) -> Any:
        """Declare that NaN is allowed and float32 is kept."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def summarise(X: Any) -> Array:
    """Return hand-crafted features of Windows: each feature's mean and deviation over seen steps.

    Parameters
    ----------
    X : (N, T, F), or (N, F) for Windows of one step

    Returns
    -------
    (N, 2F)
        Means, then deviations; NaN where no step was seen.
    """
    rows = check_array(X, **_READING)
    rows = rows[:, None] if rows.ndim == 2 else rows
    seen = (~np.isnan(rows)).sum(axis=1)  # (N, F)
    with np.errstate(invalid="ignore"):
        mean = np.where(seen > 0, np.nansum(rows, axis=1) / seen, np.nan)
        spread = np.nansum((rows - mean[:, None]) ** 2, axis=1) / seen
    return np.concatenate([mean, np.sqrt(spread)], axis=1).astype(np.float32)


class SemanticsPCA(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Paper 1's reduction of the video semantics, learned from the training videos only.

    Each distinct segment counts once, however many people watched it; otherwise the axes would
    depend on the audience. With fewer segments than components the rest are 0.

    Parameters
    ----------
    start, stop : int
        Which of the F features are the semantics; stop None = to the end.
    components : int
        Paper 1 tried 20, 25, 50, 70 and 100, and chose 25.

    Attributes
    ----------
    pca_ : PCA
    segments_ : int
        How many distinct segments it was learned from.
    """

    def __init__(self, start: int = 0, stop: int | None = None, components: int = 25) -> None:
        self.start = start
        self.stop = stop
        self.components = components

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's contract
        """Learn the axes from X (N, T, F), which must hold training Windows only."""
        text = check_fit_input(self, X)[..., self._part()]
        rows = text.reshape(-1, text.shape[-1])  # (N T, D)
        segments = np.unique(rows[~np.isnan(rows).any(axis=1)], axis=0)
        self.segments_ = len(segments)
        if self.segments_ < 2:
            raise ValueError(f"expected two different segments or more, got {self.segments_}")
        kept = min(self.components, *segments.shape)
        self.pca_ = PCA(kept, svd_solver="full").fit(segments)
        return self

    def transform(self, X: Any) -> Array:
        """Return (N, T, F - D + components), with the components in place of the semantics."""
        rows, part = check_predict_input(self, X), self._part()
        text = rows[..., part]  # (N, T, D)
        kept = (text - self.pca_.mean_) @ self.pca_.components_.T  # NaN stays NaN
        seen = ~np.isnan(kept[..., :1])
        rest = np.where(seen, 0.0, np.nan).repeat(self.components - kept.shape[-1], axis=-1)
        after = rows[..., part.stop :] if part.stop is not None else rows[..., :0]
        return np.concatenate([rows[..., : part.start], kept, rest, after], axis=-1, dtype="f4")

    def _part(self) -> slice:
        return slice(self.start, self.stop)

    def __sklearn_tags__(self) -> Any:
        """Declare that NaN is allowed and float32 is kept."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
