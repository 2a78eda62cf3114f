"""A frozen set of Windows as deterministic bytes: labelled or not, of people by number.

It is what a Researcher's training reads, from standard input and never from a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from emotion.features.window import CONTEXT, NAMES
from emotion.labels import OWN_WORDS, Level
from emotion.streams import load as streams
from emotion.windows import Track, Window

FORMAT = "attune snapshot 2"
# The format before Windows had the number of their person's Sitting.
FORMER = "attune snapshot 1"
PERSON = re.compile(r"P\d{3,}")
# A person's word, or a level that was high or low ("HIGH_AROUSAL"). A training counts the words
# that its Predictor cannot give, and learns no state from them.
LEVELS = tuple(level.lower() for level in Level)
LABELS = (*OWN_WORDS, *(f"{side}_{level}" for level in Level for side in ("HIGH", "LOW")))

Source = Literal["report", "dispute", "expert", ""]
# How a report came about: by the person alone, with an offer, or asked at a random moment.
Occasion = Literal["own", "event", "random", ""]
SCALE = range(1, 10)
Tensors = Mapping[str, NDArray[Any]]
Owned = Sequence[tuple[int, NDArray[Any]]]


class WrongFile(ValueError):
    """Bytes are no snapshot, or an inconsistent one; the message says where."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One Window of one person.

    Attributes
    ----------
    person : str
        "P001": a number within this study only.
    material : str
        The Unit, by a code of this study, for splits by video.
    t0 : float
        Start of the Window, s since the person's Sitting began.
    label : str or None
        One of `LABELS`; None = unlabelled.
    source : {"report", "dispute", "expert", ""}
        The origin of label or levels; "" if there is neither.
    simulated : bool
        True = this person is simulated.
    levels : mapping from "valence", "arousal" to int
        Ratings on SAM's nine steps, 1 unpleasant or calm to 9; possibly without a label.
    occasion : {"own", "event", "random", ""}
        How the report came about; "" if there is none.
    sitting : int
        Number of the person's Sitting in the set, from 1; not a number of the site.
    """

    person: str
    material: str
    t0: float
    window: Window
    label: str | None = None
    source: Source = ""
    simulated: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)
    occasion: Occasion = ""
    sitting: int = 1

    def __post_init__(self) -> None:
        if self.sitting < 1:
            raise ValueError(f"{self.person}: expected a sitting from 1 on, got {self.sitting}")
        if not PERSON.fullmatch(self.person):
            raise ValueError(f"expected a person like P001, got {self.person!r}")
        if self.label is not None and self.label not in LABELS:
            known = ", ".join(LABELS)
            raise ValueError(f"{self.person}: expected a label of {known}, got {self.label!r}")
        if not all(n in LEVELS and step in SCALE for n, step in self.levels.items()):
            raise ValueError(f"{self.person}: expected levels from 1 to 9, got {self.levels}")
        if self.occasion not in (get_args(Occasion) if self.source == "report" else ("",)):
            raise ValueError(f"{self.person}: expected no occasion {self.occasion!r} here")
        said = self.label is not None or bool(self.levels)
        if self.source not in get_args(Source) or said != (self.source != ""):
            raise ValueError(
                f"{self.person}: expected a source of {get_args(Source)} where there is a label "
                f"and only there, got {self.source!r} with {self.label!r}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Examples in a fixed order, and facts for a card: study, digest, counts, streams.

    Facts are JSON values; they are only passed on, never interpreted.
    """

    examples: tuple[Example, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def digest(packed: bytes) -> str:
    """Return the SHA-256 of a snapshot's bytes, in hex."""
    return sha256(packed).hexdigest()


def dumps(snapshot: Snapshot) -> bytes:
    """Return the snapshot as safetensors; the same examples and facts give the same bytes.

    A Stream's rows of all Windows are concatenated; everything that is not a number is JSON in the
    metadata.
    """
    windows = [example.window for example in snapshot.examples]
    tensors, backends = _times(snapshot.examples), {}
    for name in sorted({name for window in windows for name in window.inputs}):
        owned = [(n, w.inputs[name]) for n, w in enumerate(windows) if name in w.inputs]
        tensors |= {f"{name}.{part}": array for part, array in _pack_tracks(owned).items()}
        backends[name] = [track.backend for _, track in owned]
    for name in sorted({name for window in windows for name in window.opening}):
        found = [(n, w.opening[name]) for n, w in enumerate(windows) if name in w.opening]
        tensors |= {f"{name}.opening": _stack(found), f"{name}.opening_of": _owners(found)}
    people = [[e.person, e.material, e.label, e.source, e.simulated] for e in snapshot.examples]
    told = {"people": people, "backends": backends, "facts": dict(snapshot.facts)}
    if reports := _collect_reports(snapshot.examples):
        told["reports"] = reports
    # One entry, as the order of several would differ between processes.
    metadata = {FORMAT: json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)}
    return save_tensors({n: np.ascontiguousarray(tensors[n]) for n in sorted(tensors)}, metadata)


def loads(packed: bytes) -> Snapshot:
    """Return the snapshot of `dumps`.

    Raises
    ------
    WrongFile
        If the bytes are truncated, of another format, or inconsistent.
    """
    told, tensors = _open_file(packed)
    try:
        return _build_snapshot(told, tensors)
    except (KeyError, IndexError, TypeError, ValueError) as wrong:
        raise WrongFile(f"snapshot: {wrong}") from None


def _open_file(packed: bytes) -> tuple[dict[str, Any], Tensors]:
    try:
        tensors = load_tensors(packed)
        header = json.loads(packed[8 : 8 + int.from_bytes(packed[:8], "little")])["__metadata__"]
        told = json.loads(header[FORMER if FORMER in header else FORMAT])
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise WrongFile(f"expected the bytes of {FORMAT!r}, got others, or some cut off") from None
    if FORMER in header:
        raise WrongFile(f"expected {FORMAT!r}, got {FORMER!r}: create it again from its export")
    if not isinstance(told, dict):
        raise WrongFile(f"expected an object under {FORMAT!r}, got {type(told).__name__}")
    return told, tensors


def _build_snapshot(told: Mapping[str, Any], tensors: Tensors) -> Snapshot:
    times, sittings, people = tensors["times"], tensors["sittings"], told["people"]
    if times.shape != (len(people), 3) or not np.isfinite(times).all():
        raise ValueError(f"expected {len(people)} rows of three times, got {times.shape}")
    if sittings.shape != (len(people),) or sittings.dtype != np.int64:
        raise ValueError(f"expected a sitting for each of {len(people)}, got {sittings.shape}")
    tracks: list[dict[str, Track]] = [{} for _ in people]
    for name, backends in told["backends"].items():
        for at, track in _unpack_tracks(name, tensors, backends):
            tracks[at][name] = track
    openings = _openings(tensors, len(people))
    windows = [
        Window(start, end, _select(kept, streams()), usual, _select(kept, CONTEXT))
        for (_, start, end), kept, usual in zip(times.tolist(), tracks, openings, strict=True)
    ]
    reports = _parse_reports(told, len(people))
    examples = [
        Example(person, material, t0, window, label, source, simulated, *how, sitting)
        for (person, material, label, source, simulated), t0, window, how, sitting in zip(
            people, times[:, 0].tolist(), windows, reports, sittings.tolist(), strict=True
        )
    ]
    return Snapshot(tuple(examples), told["facts"])


def _select(tracks: Mapping[str, Track], names: Collection[str]) -> dict[str, Track]:
    return {name: track for name, track in tracks.items() if name in names}


def _collect_reports(examples: Sequence[Example]) -> dict[str, Any]:
    """Return the reports' levels and occasions, by the number of the example."""
    return {
        str(n): [dict(each.levels), each.occasion]
        for n, each in enumerate(examples)
        if each.occasion or each.levels
    }


def _parse_reports(told: Mapping[str, Any], count: int) -> list[tuple[dict[str, int], Occasion]]:
    """Return levels and occasion of each example; ValueError if they belong to none."""
    reports = dict(told.get("reports", {}))
    found: list[tuple[dict[str, int], Occasion]] = []
    for n in range(count):
        levels, occasion = reports.pop(str(n), ({}, ""))
        found.append((dict(levels), occasion))
    if reports:
        raise ValueError(f"expected reports of {count} examples, got one of {min(reports)}")
    return found


def _times(examples: Sequence[Example]) -> dict[str, NDArray[Any]]:
    rows = [(each.t0, each.window.t0, each.window.t1) for each in examples]
    sittings = np.array([each.sitting for each in examples], np.int64)
    return {"times": np.array(rows, np.float64).reshape(-1, 3), "sittings": sittings}


def _pack_tracks(owned: Sequence[tuple[int, Track]]) -> dict[str, NDArray[Any]]:
    tracks = [track for _, track in owned]
    return {
        "of": np.array([at for at, _ in owned], np.int64),
        "rows": np.array([len(track.times) for track in tracks], np.int64),
        "values": np.concatenate([track.values for track in tracks]).astype(np.float32),
        "times": np.concatenate([track.times for track in tracks]).astype(np.float64),
        "mask": np.concatenate([track.mask for track in tracks]).astype(np.bool_),
        "quality": np.array([track.quality for track in tracks], np.float64),
        "period_s": np.array([track.period_s for track in tracks], np.float64),
    }


def _unpack_tracks(
    name: str, tensors: Tensors, backends: Sequence[str]
) -> Sequence[tuple[int, Track]]:
    """Return (number of the example, Track); ValueError if the parts are inconsistent."""
    part = {n: tensors[f"{name}.{n}"] for n in _PARTS}
    _check_part(name, part, len(backends))
    cuts = np.cumsum(part["rows"])[:-1]
    split = zip(*(np.split(part[n], cuts) for n in ("values", "times", "mask")), strict=True)
    rest = zip(part["of"].tolist(), part["quality"].tolist(), backends, strict=True)
    periods = part["period_s"].tolist()
    return [
        (at, Track(values, times, mask, quality, str(backend), period))
        for (values, times, mask), (at, quality, backend), period in zip(
            split, rest, periods, strict=True
        )
    ]


def _count_channels(name: str) -> int:
    """Return how many a Stream or a part of the context has; KeyError if it is neither."""
    return len(NAMES[name]) if name in CONTEXT else len(streams()[name].channels)


def _check_part(name: str, part: Tensors, count: int) -> None:
    rows, width = int(part["rows"].sum()), _count_channels(name)
    wanted: dict[str, tuple[int, ...]] = dict.fromkeys(_PARTS, (count,))
    wanted |= {"values": (rows, width), "times": (rows,), "mask": (rows, width)}
    if not width:  # a bridge describes its own channels
        wide = (rows, part["values"].shape[-1])
        wanted |= {"values": wide, "mask": wide}
    for key, shape in wanted.items():
        if part[key].shape != shape or part[key].dtype != _PARTS[key]:
            raise ValueError(f"{name}.{key}: expected {_PARTS[key].__name__} {shape}")
    if (part["rows"] < 0).any() or (part["of"] < 0).any():
        raise ValueError(f"{name}: expected no number under 0")
    if not all(np.isfinite(part[key]).all() for key in ("values", "times", "quality", "period_s")):
        raise ValueError(f"{name}: expected numbers, got some that are none")


def _openings(tensors: Tensors, count: int) -> list[dict[str, NDArray[np.float32]]]:
    found: list[dict[str, NDArray[np.float32]]] = [{} for _ in range(count)]
    for key in sorted(tensors):
        name, _, part = key.partition(".")
        if part == "opening":
            owners = tensors[f"{key}_of"].tolist()
            for at, usual in zip(owners, tensors[key], strict=True):
                found[at][name] = usual
    return found


def _stack(owned: Owned) -> NDArray[np.float32]:
    return np.stack([array for _, array in owned]).astype(np.float32)


def _owners(owned: Owned) -> NDArray[np.int64]:
    return np.array([at for at, _ in owned], np.int64)


_PARTS: Mapping[str, type[np.generic]] = {
    "of": np.int64,
    "rows": np.int64,
    "values": np.float32,
    "times": np.float64,
    "mask": np.bool_,
    "quality": np.float64,
    "period_s": np.float64,
}
