"""Texts of the videos that people watched, from `semantics.csv` in a data set's folder.

Columns `video,kind,start_s,end_s,text`; kind is "captions" or "description". The data sets come
without such texts: captions are subtitles, descriptions what a vision-language model said.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer

from emotion.datasets import WrongFolder
from emotion.semantics import sentence_encoder
from emotion.semantics.caption_segments import SEGMENT_S, Cue, Material, segment_at
from emotion.semantics.describers import CaptionDescriber, SummaryDescriber

FILE = "semantics.csv"
COLUMNS = ("video", "kind", "start_s", "end_s", "text")
KINDS = ("captions", "description")
# As many components as paper 1 tried at most.
WIDTH = 100

Texts = Mapping[str, Mapping[str, Sequence[Cue]]]


def read_texts(folder: Path) -> Texts:
    """Return each kind's cues by video; nothing without the file.

    Raises
    ------
    WrongFolder
        If a column is missing, a kind is unknown or a time is no number; says which line.
    """
    path, found = folder / FILE, {kind: defaultdict[str, list[Cue]](list) for kind in KINDS}
    if not path.is_file():
        return found
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
            raise WrongFolder(f"{path}: expected columns {', '.join(COLUMNS)}; without {missing}")
        for row in table:
            try:
                cue = Cue(float(row["start_s"]), float(row["end_s"]), row["text"])
                found[row["kind"]][row["video"]].append(cue)
            except (KeyError, ValueError, TypeError) as wrong:
                raise WrongFolder(
                    f"{path}: line {table.line_num}: expected a kind of {', '.join(KINDS)} and "
                    f"times in seconds: {wrong}"
                ) from None
    return found


def list_kinds(texts: Texts) -> list[str]:
    """Return the kinds of paper 1's Table 3 that the texts give, the paper's own first."""
    made = ["description"] if texts["description"] else []
    return made + (["captions", "summary"] if texts["captions"] else [])


def encode_windows(
    texts: Texts,
    kind: str,
    videos: Sequence[str],
    seconds: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return (N, D): the text at each window's time in its video, encoded; NaN if there is none.

    As in paper 1, the axes are learned from all videos; labels and people take no part.
    """
    read = SummaryDescriber() if kind == "summary" else CaptionDescriber()
    spoken = texts["captions" if kind == "summary" else kind]
    said = {
        (video, segment): read.describe(material, segment)
        for video, material in ((v, _make_material(cues)) for v, cues in spoken.items())
        for segment in range(material.segments)
    }
    at = [(video, segment_at(t)) for video, t in zip(videos, seconds.tolist(), strict=True)]
    wanted = [said.get(place, "") for place in at]
    texts_of_all = sorted({*said.values(), *wanted} - {""})
    rows = dict(zip(texts_of_all, _encode(texts_of_all), strict=True))
    unknown = np.full(WIDTH, np.nan, np.float32)
    return np.stack([rows.get(text, unknown) for text in wanted])


def _encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return (N, D) components of the sentence encoder, or of TF-IDF if it is not installed."""
    if sentence_encoder.PACKAGE.is_usable():
        found = sentence_encoder.encode_sentences(texts)
    else:
        found = TfidfVectorizer(sublinear_tf=True).fit_transform(texts).toarray()
    kept = min(WIDTH, *found.shape)
    wide = np.zeros((len(texts), WIDTH), np.float32)
    wide[:, :kept] = PCA(kept, svd_solver="full").fit_transform(found)
    return wide


def _make_material(cues: Sequence[Cue]) -> Material:
    return Material(None, max((cue.end for cue in cues), default=SEGMENT_S), cues)
