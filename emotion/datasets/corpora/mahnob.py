"""MAHNOB-HCI (Soleymani et al. 2012): 27 people, 20 films, EEG, ECG, EDA and gaze.

The data set is given on request and must not be passed on. This reads `Sessions/<n>/session.xml`,
its BDF and its Tobii table, and gives paper 1's three classes of arousal and of valence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import Array, TrialSignal, VideoTrial, find_part
from emotion.datasets.formats import bdf

# Reported emotions, by the number of the key pressed.
EMOTIONS = {0: "neutral", 1: "anger", 2: "disgust", 3: "fear", 4: "joy", 5: "sadness",
            6: "surprise", 11: "amusement", 12: "anxiety"}  # fmt: skip
# The three classes of Soleymani et al. 2012, table 3, also used in paper 1's table 5.
AROUSAL = {
    "calm": ("sadness", "disgust", "neutral"),
    "medium": ("joy", "amusement"),
    "excited": ("surprise", "fear", "anger", "anxiety"),
}
VALENCE = {
    "unpleasant": ("fear", "anger", "disgust", "sadness", "anxiety"),
    "neutral": ("surprise", "neutral"),
    "pleasant": ("joy", "amusement"),
}

# 30 s were recorded before and after each film; the status channel is 16 at its begin and end.
AROUND_S, TRIGGER = 30.0, 16
_RATINGS = {"feltVlnc": "valence", "feltArsl": "arousal", "feltCtrl": "dominance",
            "feltPred": "predictability"}  # fmt: skip
_NAMED = {"eda": "GSR1", "resp": "Resp", "temp": "Temp"}
_EEG = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1",
    "Oz", "Pz", "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2",
    "P4", "P8", "PO4", "O2",
)  # fmt: skip
_GAZE = ("GazePointXLeft", "GazePointYLeft", "PupilLeft", "DistanceLeft")
# Tobii's validity: 0 and 1 mean that the eye was identified, 2-4 that it was not.
_SURE = 1


@dataclass(frozen=True, slots=True)
class GazeSamples:
    """The left eye during the film.

    Attributes
    ----------
    times : (T,)
        s since the film began.
    values : (T, 4)
        x, y on the screen (px), pupil (mm), distance (mm); NaN if the eye was not seen.
    """

    times: Array
    values: Array


@dataclass(frozen=True, slots=True)
class MahnobSession:
    """One person watching one film.

    Attributes
    ----------
    trial : VideoTrial
        ECG lead II, EDA, breathing, temperature, EEG (T, 32), all during the film.
    felt : str
        One of `EMOTIONS`.
    gaze : GazeSamples or None
    """

    trial: VideoTrial
    felt: str
    gaze: GazeSamples | None

    @property
    def arousal(self) -> str:
        """One of `AROUSAL`."""
        return _find_class(AROUSAL, self.felt)

    @property
    def valence(self) -> str:
        """One of `VALENCE`."""
        return _find_class(VALENCE, self.felt)


def list_sessions(folder: Path) -> list[str]:
    """Return the numbers of the sessions, in order; WrongFolder if there are none."""
    root = find_part(folder, "Sessions")
    found = [path.parent.name for path in root.glob("*/session.xml")]
    if not found:
        raise WrongFolder(f"{root}: expected MAHNOB-HCI's <number>/session.xml, found none")
    return sorted(found, key=lambda name: (len(name), name))


def iterate_sessions(folder: Path) -> Iterator[MahnobSession]:
    """Yield the sessions with an emotional film and a reported emotion.

    Raises
    ------
    WrongFolder
        If a file of a session is missing or not in the layout.
    """
    root = find_part(folder, "Sessions")
    for number in list_sessions(folder):
        told = _read_attributes(root / number / "session.xml")
        if told.get("isStim") == "1" and "feltEmo" in told:
            yield _read_session(root / number, told)


def _read_session(at: Path, told: Mapping[str, str]) -> MahnobSession:
    try:
        felt = EMOTIONS[int(told["feltEmo"])]
        ratings = {ours: float(told[theirs]) for theirs, ours in _RATINGS.items() if theirs in told}
        person, video = told["subject"], Path(told["mediaFile"]).stem
    except (KeyError, ValueError) as wrong:
        raise WrongFolder(f"{at / 'session.xml'}: expected {wrong}") from None
    films = sorted(at.glob("*C1 trigger*.avi"))
    trial = VideoTrial(person, video, _signals(at), ratings, films[0] if films else None)
    return MahnobSession(trial, felt, _gaze(at))


def _read_attributes(path: Path) -> Mapping[str, str]:
    """Return the attributes of <session>, and the subject's id; the rest of the XML is ignored."""
    text = path.read_text(encoding="utf-8", errors="replace")
    session = re.search(r"<session\b([^>]*)>", text)
    subject = re.search(r'<subject\b[^>]*?\bid="([^"]*)"', text)
    if session is None or subject is None:
        raise WrongFolder(f"{path}: expected <session ...> with a <subject id=...>")
    return {**dict(re.findall(r'(\w+)="([^"]*)"', session[1])), "subject": subject[1]}


def _signals(at: Path) -> Mapping[str, TrialSignal]:
    files = sorted(at.glob("*_emotion.bdf"))
    if not files:
        raise WrongFolder(f"{at}: expected Part_<person>_..._emotion.bdf, found none")
    recording = bdf.read(files[0])
    shown = _find_film(recording)
    found = {name: _cut(recording.signal(label), shown) for name, label in _NAMED.items()}
    upper, lower = (recording.signal(label) for label in ("EXG1", "EXG3"))  # right, left below
    lead = TrialSignal(lower.values - upper.values, lower.rate_hz, lower.unit)
    scalp = [_cut(recording.signal(label), shown) for label in _EEG]
    eeg = TrialSignal(np.stack([one.values for one in scalp], 1), scalp[0].rate_hz, scalp[0].unit)
    return {**found, "ecg": _cut(lead, shown), "eeg": eeg}


def _find_film(recording: bdf.BdfRecording) -> tuple[float, float]:
    """Return when the film began and ended, s after the recording began."""
    status, rate = recording.digital("Status") & 0xFF, recording.rate_hz("Status")
    rises = np.flatnonzero((status[1:] == TRIGGER) & (status[:-1] != TRIGGER)) + 1
    if len(rises) >= 2:
        return float(rises[0] / rate), float(rises[-1] / rate)
    end = len(status) / rate - AROUND_S
    if end <= AROUND_S:
        raise WrongFolder(f"{recording.path}: expected 30 s before and after the film")
    return AROUND_S, end


def _cut(signal: TrialSignal, shown: tuple[float, float]) -> TrialSignal:
    first, last = (round(at * signal.rate_hz) for at in shown)
    return TrialSignal(signal.values[first:last], signal.rate_hz, signal.unit)


def _gaze(at: Path) -> GazeSamples | None:
    files = sorted(at.glob("*-All-Data-New_Section_*.tsv"))
    if not files:
        return None
    lines = files[0].read_text(encoding="utf-8", errors="replace").splitlines()
    head = next((n for n, line in enumerate(lines) if _GAZE[0] in line.split("\t")), None)
    if head is None:
        raise WrongFolder(f"{files[0]}: expected a line of Tobii's columns with {_GAZE[0]}")
    names = lines[head].split("\t")
    wanted = ("Timestamp", "Event", "ValidityLeft", *_GAZE)
    if missing := [name for name in wanted if name not in names]:
        raise WrongFolder(f"{files[0]}: expected Tobii's columns, without {', '.join(missing)}")
    cells = [line.split("\t") for line in lines[head + 1 :]]
    columns = {name: [_cell(row, names.index(name)) for row in cells] for name in wanted}
    return _select_film(files[0], columns)


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _select_film(path: Path, columns: Mapping[str, list[str]]) -> GazeSamples:
    """Return the samples from MovieStart to MovieEnd."""
    try:
        first, last = (columns["Event"].index(event) for event in ("MovieStart", "MovieEnd"))
    except ValueError:
        raise WrongFolder(f"{path}: expected the events MovieStart and MovieEnd") from None
    stamps, validity, *eye = (_parse_floats(columns[name]) for name in
                              ("Timestamp", "ValidityLeft", *_GAZE))  # fmt: skip
    rows = slice(first + 1, last)
    sampled = np.isfinite(validity[rows])
    values = np.stack(eye, axis=1)[rows]  # (T, 4)
    values[~(validity[rows] <= _SURE)] = np.nan
    times = (stamps[rows] - stamps[first]) / 1000
    return GazeSamples(times[sampled], values[sampled])


def _parse_floats(cells: list[str]) -> NDArray[np.float64]:
    """Return numbers, NaN for an empty cell or a word; some tables use decimal commas."""
    return np.array([_parse_float(cell.replace(",", ".")) for cell in cells])


def _parse_float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _find_class(classes: Mapping[str, tuple[str, ...]], felt: str) -> str:
    return next(name for name, members in classes.items() if felt in members)
