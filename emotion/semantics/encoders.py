"""Encoders: from a segment's text to numbers, the same for every video of a library.

Paper 1 takes the last layer of BERT and reduces it to 25 components. `Bert` does that with a model
from a local folder. `TfidfSvd` needs no download and is used if there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.validation import check_is_fitted

DIMENSIONS = 25
MOST_TOKENS = 512

Vectors = NDArray[np.float32]


class TfidfSvd(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF weights reduced to `dimensions`.

    Parameters
    ----------
    dimensions : int
        D. A library with fewer distinct texts has zeros in the rest.

    Attributes
    ----------
    words_ : TfidfVectorizer
    svd_ : TruncatedSVD
    """

    family = "tfidf-svd/1"

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        self.dimensions = dimensions

    def fit(self, X: Sequence[str], y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's contract
        """Learn words and axes from the texts X of a library; empty ones are ignored."""
        texts = sorted({text for text in X if text})
        if len(texts) < 2:
            raise ValueError(f"expected two different texts or more, got {len(texts)}")
        self.words_ = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", min_df=1)
        terms = self.words_.fit_transform(texts)  # (N, V)
        kept = min(self.dimensions, min(terms.shape) - 1)
        if kept < 1:
            raise ValueError("expected texts with two different words or more")
        self.svd_ = TruncatedSVD(kept, algorithm="arpack", random_state=0).fit(terms)
        return self

    def transform(self, X: Sequence[str]) -> Vectors:
        """Return (N, D); NaN if a text is empty or shares no word with the library."""
        check_is_fitted(self)
        terms = self.words_.transform(X)
        known = np.asarray(terms.sum(axis=1)).ravel() > 0  # (N,)
        return _fill(self.svd_.transform(terms), known, self.dimensions)

    @property
    def source(self) -> str:
        """Name, and digest of what was learned."""
        check_is_fitted(self)
        words = "\n".join(self.words_.get_feature_names_out()).encode()
        axes = np.round(np.abs(self.svd_.components_), 4).astype("<f4").tobytes()
        return f"{self.family} {sha256(words + axes).hexdigest()[:12]}"


class Bert(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Mean of the last layer of a BERT-family model in a local folder, reduced to `dimensions`.

    Parameters
    ----------
    folder : Path
        As `save_pretrained` writes model and tokenizer. Nothing is ever downloaded.
    dimensions : int
        D, components of the PCA (paper 1: 25).

    Attributes
    ----------
    pca_ : PCA
    """

    def __init__(self, folder: Path, dimensions: int = DIMENSIONS) -> None:
        self.folder = folder
        self.dimensions = dimensions

    def fit(self, X: Sequence[str], y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's contract
        """Learn the axes from the texts X of a library; each distinct text counts once."""
        texts = sorted({text for text in X if text})
        if len(texts) < 2:
            raise ValueError(f"expected two different texts or more, got {len(texts)}")
        layer = self._last_layer(texts)  # (N, H)
        self.pca_ = PCA(min(self.dimensions, *layer.shape), svd_solver="full").fit(layer)
        return self

    def transform(self, X: Sequence[str]) -> Vectors:
        """Return (N, D); NaN if a text is empty."""
        check_is_fitted(self)
        known = np.array([bool(text) for text in X])
        return _fill(self.pca_.transform(self._last_layer(X)), known, self.dimensions)

    @property
    def family(self) -> str:
        """Name and the model's own digest."""
        return f"bert/1 {digest(self.folder)}"

    @property
    def source(self) -> str:
        """The family and the digest of the axes."""
        check_is_fitted(self)
        axes = np.round(np.abs(self.pca_.components_), 4).astype("<f4").tobytes()
        return f"{self.family} {sha256(axes).hexdigest()[:12]}"

    def _last_layer(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (N, H): the mean over a text's tokens, without padding.

        Texts are processed one at a time, so that the sum does not depend on other texts.
        """
        import torch
        from transformers import AutoModel, AutoTokenizer

        tokens = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        model = AutoModel.from_pretrained(self.folder, local_files_only=True).eval()
        rows = []
        with torch.inference_mode():
            for text in texts:
                asked = tokens(text, return_tensors="pt", truncation=True, max_length=MOST_TOKENS)
                rows.append(model(**asked).last_hidden_state[0].mean(dim=0).numpy())  # (H,)
        return np.asarray(rows, dtype=np.float32)


@cache
def digest(folder: Path) -> str:
    """Return 12 hexadecimal digits that identify all files of a model's folder.

    Read once a process: models are gigabytes, and change only when another is installed.
    """
    found = sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            found.update(path.name.encode() + b"\0")
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()[:12]


def _fill(rows: NDArray[np.float64], known: NDArray[np.bool_], dimensions: int) -> Vectors:
    """Return (N, D): zeros beyond the learned axes, NaN where unknown."""
    wide = np.zeros((len(rows), dimensions), np.float32)
    wide[:, : rows.shape[1]] = rows
    wide[~known] = np.nan
    return wide
