"""DAiSEE (Gupta et al. 2016): 10-s clips of 112 learners, four states in four levels.

The set is given for research; neither clips nor labels may be passed on. This reads `DataSet/
{Train,Validation,Test}/<person>/<clip>/<clip>.avi` and `Labels/<split>Labels.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import inside

SPLITS = ("Train", "Validation", "Test")
STATES = ("boredom", "engagement", "confusion", "frustration")
LEVELS = 4

_FILMS = (".avi", ".mp4")


@dataclass(frozen=True, slots=True)
class Clip:
    """One 10-s film of a learner.

    Attributes
    ----------
    person : str
        The first six figures of the clip's number.
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
class Clips:
    """What is there of the set.

    Attributes
    ----------
    clips : sequence of Clip
        Films with labels.
    without_label, without_film : sequence of str
        Films nobody labelled and labels of films that are not there: the set has both.
    """

    clips: Sequence[Clip]
    without_label: Sequence[str]
    without_film: Sequence[str]


def read(folder: Path, splits: Sequence[str] = SPLITS) -> Clips:
    """Return the clips of `splits`.

    Raises
    ------
    WrongFolder
        Where a split's films or labels are missing, or a label is not 0 to 3.
    """
    root = inside(folder, "DAiSEE")
    clips, strange, lost = [], [], []
    for split in splits:
        films, labels = _films(root, split), _labels(root, split)
        for name, film in films.items():
            if name not in labels:
                strange.append(film.name)
                continue
            clips.append(Clip(film.parents[1].name, split, film, labels[name]))
        lost += [name for name in labels if name not in films]
    return Clips(clips, strange, lost)


def _films(root: Path, split: str) -> Mapping[str, Path]:
    """Return the films by clip number: some are .avi and some .mp4, whatever the label says."""
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
    # The set's own header has a blank after the last name.
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
