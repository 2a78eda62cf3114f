"""Semantic axes: 25 directions of the sentence encoder's space, the same at every site.

They were learned once, from texts that may be used (`emotion.semantics.fit_axes`), and ship with
this module. Paper 1 also keeps 25 components, but learns them from its own texts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors

from emotion import artefacts
from emotion.semantics import sentence_encoder

DIMENSIONS = 25
FOLDER = Path(__file__).with_name("axes")

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SemanticAxes:
    """Fitted axes.

    Attributes
    ----------
    source : str
        Names the encoder and the axes; vectors of equal sources may be compared.
    mean : (H,) float32
    components : (D, H) float32
        Orthonormal, by falling variance.
    """

    source: str
    mean: Rows
    components: Rows

    def project(self, rows: Rows) -> Rows:
        """Return (N, D) for (N, H) of the encoder; no value is beyond ±2."""
        return np.asarray((rows - self.mean) @ self.components.T, np.float32)


def encode_texts(texts: Sequence[str]) -> Rows:
    """Return (N, D); NaN if a text is empty.

    Raises
    ------
    UnusableModel
        If the sentence encoder is not installed, or is another one.
    """
    found = np.full((len(texts), DIMENSIONS), np.nan, np.float32)
    known = [at for at, text in enumerate(texts) if text]
    rows = sentence_encoder.encode_sentences([texts[at] for at in known])
    found[known] = load_axes().project(rows)
    return found


@cache
def load_axes() -> SemanticAxes:
    """Return the shipped axes; BrokenArtefact if they are not what their card says."""
    return read_axes(FOLDER)


def load_variances() -> Rows:
    """Return (D,) the variance of the fitted texts along each axis."""
    return load_tensors((FOLDER / artefacts.WEIGHTS).read_bytes())["variances"]


def read_axes(folder: Path) -> SemanticAxes:
    """Return the axes in `folder`, after checking their digest and their encoder."""
    packed = (folder / artefacts.WEIGHTS).read_bytes()
    card = json.loads((folder / artefacts.CARD).read_text(encoding="utf-8"))
    told = card.pop("digest", None)
    found = artefacts.digest(packed, card)
    if found != told or card["encoder"] != sentence_encoder.NAME:
        raise artefacts.BrokenArtefact(f"expected axes {told} of {card['encoder']}, got {found}")
    weights = load_tensors(packed)
    source = f"{sentence_encoder.NAME} semantics-{found[:12]}"
    return SemanticAxes(source, weights["mean"], weights["components"])
