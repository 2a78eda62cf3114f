"""DAiSEE (Gupta et al. 2016): 10-s clips of 112 learners, four states in four levels.

The data set is given for research; neither clips nor labels may be passed on. This reads
`DataSet/{Train,Validation,Test}/<person>/<clip>/<clip>.avi` and `Labels/<split>Labels.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import find_part

SPLITS = ("Train", "Validation", "Test")
STATES = ("boredom", "engagement", "confusion", "frustration")
LEVELS = 4

_FILMS = (".avi", ".mp4")


@dataclass(frozen=True, slots=True)
class DaiseeClip:
    """One 10-s video of a learner.

    Attributes
    ----------
    person : str
        The first six digits of the clip's number.
    split : str
    film : Path
    levels : mapping from state to int
        0 (very low) to 3 (very high).
    """

    person: str
    split: str
    film: Path
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DaiseeClips:
    """The clips that were found.

    Attributes
    ----------
    clips : sequence of DaiseeClip
        Videos with labels.
    without_label, without_film : sequence of str
        Videos without labels and labels without videos: the data set has both.
    """

    clips: Sequence[DaiseeClip]
    without_label: Sequence[str]
    without_film: Sequence[str]


def read(folder: Path, splits: Sequence[str] = SPLITS) -> DaiseeClips:
    """Return the clips of `splits`.

    Raises
    ------
    WrongFolder
        If a split's videos or labels are missing, or a label is not 0 to 3.
    """
    root = find_part(folder, "DAiSEE")
    clips, strange, lost = [], [], []
    for split in splits:
        films, labels = _find_videos(root, split), _labels(root, split)
        for name, film in films.items():
            if name not in labels:
                strange.append(film.name)
                continue
            clips.append(DaiseeClip(film.parents[1].name, split, film, labels[name]))
        lost += [name for name in labels if name not in films]
    return DaiseeClips(clips, strange, lost)


def _find_videos(root: Path, split: str) -> Mapping[str, Path]:
    """Return the videos by clip number; some are .avi and some .mp4, whatever the label says."""
    at = root / "DataSet" / split
    if not at.is_dir():
        raise WrongFolder(f"{at}: expected a folder of people, found none")
    found = sorted(path for path in at.glob("*/*/*") if path.suffix in _FILMS)
    if not found:
        raise WrongFolder(f"{at}: expected <person>/<clip>/<clip>.avi, found none")
    return {path.stem: path for path in found}


def _labels(root: Path, split: str) -> Mapping[str, Mapping[str, int]]:
    path = root / "Labels" / f"{split}Labels.csv"
    if not path.is_file():
        raise WrongFolder(f"{path}: expected the labels of {split}, found none")
    with path.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = list(csv.reader(file)) or [[]]
    # The original header has a blank after the last name.
    if [name.strip().lower() for name in head] != ["clipid", *STATES]:
        raise WrongFolder(f"{path}: expected ClipID,{','.join(STATES)} on the first line")
    return {Path(row[0]).stem: _levels(path, row) for row in rows if row}


def _levels(path: Path, row: Sequence[str]) -> Mapping[str, int]:
    try:
        levels = {state: int(cell) for state, cell in zip(STATES, row[1:], strict=True)}
    except ValueError:
        raise WrongFolder(f"{path}: {row[0]}: expected four whole numbers, got {row[1:]}") from None
    if not all(0 <= level < LEVELS for level in levels.values()):
        raise WrongFolder(f"{path}: {row[0]}: expected levels 0 to 3, got {row[1:]}")
    return levels
