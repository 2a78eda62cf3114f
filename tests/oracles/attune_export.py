"""Reader of our own export: the data given to one person, Sitting by Sitting.

Reads the zip, or the folder it was unpacked to. Every file that is read is checked against the
SHA-256 in `manifest.json`; the signature is not verified here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from emotion.datasets import WrongFolder
from emotion.streams import load, stream
from emotion.windows import Chunk, Window, make_track, select_backend, span

FORMAT, MANIFEST = "attune export 1", "manifest.json"
SITTINGS, BLOCKS = "data/telemetry_sitting.jsonl", "data/telemetry_block.jsonl"
REPORTS, ESTIMATES = "data/estimates_selfreport.jsonl", "data/estimates_affectestimate.jsonl"
DISPUTES, PEOPLE = "data/estimates_dispute.jsonl", "data/accounts_user.jsonl"
NEEDED = (SITTINGS, BLOCKS, REPORTS, ESTIMATES, DISPUTES, PEOPLE)
AT_ONCE = 1 << 20

Row = Mapping[str, Any]
Open = Callable[[str], IO[bytes]]


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """A report by the person.

    Attributes
    ----------
    t : float
        s since the Sitting began; of a correction, the end of the Window it corrects.
    label : str
        Lower case: "confusion", "got_it", ...
    correction : bool
        True = given in place of an estimate.
    """

    t: float
    label: str
    correction: bool


@dataclass(frozen=True, slots=True)
class ExportedSitting:
    """One Sitting.

    Attributes
    ----------
    person, sitting, unit, scenario : str
        Person and unit by code, for splits by subject and by material.
    chunks : mapping from stream to tuple of Chunk
        As sensed; NaN = missing. Streams unknown to this site are left out.
    said : tuple of ExportedReport
        In order of time.
    closed : int
        Rows of Blocks that could no longer be decrypted for the export.
    backend : str
        "simulated" or ""; if "", a Window has the backend of its chunks, as a live one has.
    """

    person: str
    sitting: str
    unit: str
    scenario: str
    chunks: Mapping[str, tuple[Chunk, ...]]
    said: tuple[ExportedReport, ...]
    closed: int
    backend: str

    def window(self, t0: float, t1: float) -> Window:
        """Return [t0, t1), s since it began, as a Window; Streams without a row in it are left
        out.
        """
        tracks = {}
        for name, chunks in self.chunks.items():
            if stream(name).channels:  # a bridge's own have no range to be held to
                kept, backend = select_backend(chunks, t1)
                backend = self.backend or backend
                tracks[name] = make_track(stream(name), kept, t0=t0, t1=t1, backend=backend)
        return Window(t0, t1, {name: found for name, found in tracks.items() if len(found.times)})

    def label(self, t0: float, t1: float) -> str | None:
        """Return the last label in [t0, t1], a correction before any other; None without one."""
        inside = [one for one in self.said if t0 <= one.t <= t1]
        return max(inside, key=lambda one: (one.correction, one.t)).label if inside else None


def iterate_sittings(path: Path) -> Iterator[ExportedSitting]:
    """Yield the Sittings with sensed data; one of them is in memory at a time.

    Raises
    ------
    WrongFolder
        If `path` is not a complete export of ours, or a file was changed; before the first Sitting,
        unless a row itself is invalid.
    """
    with _make_opener(path) as opened:
        person = _check_files(path, opened)
        yield from _iterate_sittings(path, opened, person)


@contextmanager
def _make_opener(path: Path) -> Iterator[Open]:
    if path.is_dir():
        yield lambda name: (path / name).open("rb")
        return
    try:
        archive = ZipFile(path)
    except (OSError, BadZipFile):
        raise WrongFolder(f"{path}: expected an export's zip or its folder, found none") from None
    with archive:
        yield archive.open


def _check_files(path: Path, opened: Open) -> str:
    """Return the person's code, after checking that all files exist and are unchanged."""
    manifest = _manifest(path, opened)
    told = {each["path"]: each["sha256"] for each in manifest["files"]}
    for name in NEEDED:
        if name not in told:
            raise WrongFolder(f"{path}: expected {name} in {MANIFEST}, found none")
        if _digest(path, opened, name) != told[name]:
            raise WrongFolder(f"{path}: {name} is not what {MANIFEST} says: changed since, or cut")
    return str(manifest["person"])


def _manifest(path: Path, opened: Open) -> dict[str, Any]:
    try:
        with opened(MANIFEST) as file:
            found = json.load(file)
    except (OSError, KeyError):
        raise WrongFolder(f"{path}: expected {MANIFEST}, found none") from None
    except ValueError as wrong:
        raise WrongFolder(f"{path}: {MANIFEST}: expected JSON: {wrong}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or "files" not in found:
        raise WrongFolder(f"{path}: {MANIFEST}: expected the format {FORMAT!r}")
    return found


def _digest(path: Path, opened: Open, name: str) -> str:
    found = sha256()
    try:
        with opened(name) as file:
            while part := file.read(AT_ONCE):
                found.update(part)
    except (OSError, KeyError):
        raise WrongFolder(f"{path}: {name}: expected it as {MANIFEST} says, found none") from None
    except BadZipFile:
        return ""
    return found.hexdigest()


def _iterate_sittings(path: Path, opened: Open, person: str) -> Iterator[ExportedSitting]:
    sittings = {row["id"]: row for row in _rows(path, opened, SITTINGS)}
    backend = "simulated" if any(row["simulated"] for row in _rows(path, opened, PEOPLE)) else ""
    said = _read_reports(path, opened)
    # The export is sorted by day, then Sitting, so that one Sitting's Blocks are adjacent.
    for key, blocks in groupby(_rows(path, opened, BLOCKS), key=lambda row: row["sitting"]):
        if key not in sittings:
            raise WrongFolder(f"{path}: {BLOCKS}: expected a Sitting of {SITTINGS}, got {key}")
        chunks, closed = _chunks(path, blocks)
        told = tuple(sorted(said.get(key, ()), key=lambda one: one.t))
        of = sittings[key]
        yield ExportedSitting(
            person, key, str(of["unit"]), of["scenario"], chunks, told, closed, backend
        )


def _chunks(path: Path, blocks: Iterable[Row]) -> tuple[dict[str, tuple[Chunk, ...]], int]:
    found: dict[str, list[Chunk]] = {}
    closed, known = 0, load()
    for row in blocks:
        held = row["sealed"]
        closed += held is None
        if held is not None and row["stream"] in known:
            found.setdefault(row["stream"], []).append(_chunk(path, row["stream"], held))
    return {name: tuple(chunks) for name, chunks in found.items()}, closed


def _chunk(path: Path, name: str, held: Row) -> Chunk:
    channels = [channel.name for channel in stream(name).channels]
    try:
        values = np.array(held["rows"], np.float32).reshape(-1, len(held["channels"]))
    except (TypeError, ValueError):
        raise WrongFolder(f"{path}: {BLOCKS}: expected rows of numbers of {name}") from None
    if channels and held["channels"] != channels:
        raise WrongFolder(f"{path}: {BLOCKS}: {name}: expected {channels}, got {held['channels']}")
    return Chunk(float(held["t0"]), float(held["rate_hz"]), values, str(held["backend"]))


def _read_reports(path: Path, opened: Open) -> dict[str, set[ExportedReport]]:
    """Return the reports by Sitting, without those that could not be decrypted."""
    found: dict[str, set[ExportedReport]] = {}
    for row in _rows(path, opened, REPORTS):
        # A report may have levels only, without a label.
        if row["sealed"] is not None and row["sealed"]["label"]:
            one = ExportedReport(float(row["t"]), str(row["sealed"]["label"]).lower(), False)
            found.setdefault(row["sitting"], set()).add(one)
    guesses = {row["id"]: row for row in _rows(path, opened, ESTIMATES)}
    for row in _rows(path, opened, DISPUTES):
        guess = guesses.get(row["estimate"])
        if guess is not None and row["sealed"] is not None:
            one = ExportedReport(span(guess["cut"])[1], str(row["sealed"]).lower(), True)
            found.setdefault(guess["sitting"], set()).add(one)
    return found


def _rows(path: Path, opened: Open, name: str) -> Iterator[Row]:
    with opened(name) as file:
        for number, text in enumerate(file, start=1):
            try:
                yield json.loads(text)
            except ValueError:
                raise WrongFolder(f"{path}: {name}: line {number}: expected JSON") from None
