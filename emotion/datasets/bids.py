"""A snapshot as files in BIDS layout, and back to the same bytes.

For each person and Sitting there are `_events.tsv` (its Windows with labels and their origin) and,
for each Stream, `_physio.tsv.gz` without a header and `_physio.json` (columns, units, rate). What
the course did meanwhile is in `_stim` files of the same form. Floats are the shortest texts that
parse to the same number, so reading returns what was written. Only the dates of Sittings are
shifted, in `_sessions.tsv`, and those are not read.

`python -m emotion.datasets.bids EXPORT.zip` prints the snapshot that training reads.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.snapshot import LEVELS, Example, Snapshot, WrongFile, dumps
from emotion.features.window import CONTEXT, NAMES
from emotion.streams import stream
from emotion.windows import Track, Window

VERSION: Final = "1.10.0"
NONE: Final = "n/a"
# Higher levels take twice the time for a twentieth of the size.
LEVEL: Final = 6
HEAD: Final = (
    *("onset", "duration", "trial_type", "source", "window", "end", "material", "t0"),
    *("occasion", *LEVELS),
)
TOLD: Final = ("quality", "backend", "period_s", "opening")
# What was sensed of a person, and what the course showed or did meanwhile.
SIGNAL: Final = "_physio"
STIMULUS: Final = "_stim"
Files = Mapping[str, bytes]


def write_files(snapshot: Snapshot, began: Sequence[datetime]) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every file.

    `began` has the start of the Sitting of each example, in their order.

    Raises
    ------
    ValueError
        If a person's Sittings are not consecutive or a masked value is not 0, so that reading would
        give something else; or if `began` has another length than the examples.
    """
    if len(began) != len(snapshot.examples):
        raise ValueError(f"expected {len(snapshot.examples)} moments, got {len(began)}")
    yield "dataset_description.json", _format_json(_description(snapshot))
    yield "participants.json", _format_json(PARTICIPANTS)
    yield "participants.tsv", _format_tsv(("participant_id", "simulated"), _participants(snapshot))
    for person, numbers in _group_sittings(snapshot).items():
        times = [(f"ses-{n:02}", began[at[0]].isoformat()) for n, at in numbers.items()]
        name = f"sub-{person}/sub-{person}_sessions.tsv"
        yield name, _format_tsv(("session_id", "acq_time"), times)
        for number, places in numbers.items():
            folder = f"sub-{person}/ses-{number:02}/beh/sub-{person}_ses-{number:02}_task-course"
            yield from _write_sitting(folder, [snapshot.examples[at] for at in places])


def read(found: Files) -> Snapshot:
    """Return the snapshot written by `write_files`.

    Raises
    ------
    WrongFile
        If a file is missing, truncated, or inconsistent with the others.
    """
    try:
        facts = json.loads(found["dataset_description.json"])["SnapshotFacts"]
        people = _rows(found["participants.tsv"])
        simulated = {row["participant_id"]: row["simulated"] == "yes" for row in people}
        examples: list[Example] = []
        for path in _events(found):
            examples += _read_sitting(found, path, simulated)
        return Snapshot(tuple(examples), facts)
    except (KeyError, ValueError, IndexError, TypeError, OSError, EOFError) as wrong:
        raise WrongFile(f"export: {wrong!r}") from None


def _description(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "Name": "Windows of learning, by consent",
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "Attune"}],
        "Simulated": all(each.simulated for each in snapshot.examples),
        "SnapshotFacts": dict(snapshot.facts),
    }


PARTICIPANTS: Final = {
    "participant_id": {"Description": "A number of this study and of no other"},
    "simulated": {"Levels": {"yes": "not a person", "no": "a person who let research read this"}},
}


def _participants(snapshot: Snapshot) -> list[tuple[str, str]]:
    found = {each.person: each.simulated for each in snapshot.examples}
    return [(f"sub-{who}", "yes" if simulated else "no") for who, simulated in found.items()]


def _group_sittings(snapshot: Snapshot) -> dict[str, dict[int, list[int]]]:
    """Return the indices of each person's examples by Sitting, in the snapshot's order."""
    found: dict[str, dict[int, list[int]]] = {}
    order = []
    for at, example in enumerate(snapshot.examples):
        found.setdefault(example.person, {}).setdefault(example.sitting, []).append(at)
        order.append((int(example.person[1:]), example.sitting))
    if order != sorted(order):
        raise ValueError("expected examples in the order of people and their Sittings")
    return found


def _write_sitting(name: str, examples: Sequence[Example]) -> Iterator[tuple[str, bytes]]:
    yield (
        f"{name}_events.tsv",
        _format_tsv(HEAD, [_format_event(n, each) for n, each in enumerate(examples)]),
    )
    for input_name in sorted({key for each in examples for key in each.window.inputs}):
        held = {
            n: each.window for n, each in enumerate(examples) if input_name in each.window.inputs
        }
        recording = f"{name}_recording-{input_name}{STIMULUS if input_name in CONTEXT else SIGNAL}"
        yield f"{recording}.json", _format_json(_make_sidecar(input_name, held))
        lines = [line for n, window in held.items() for line in _lines(n, window, input_name)]
        packed = gzip.compress("".join(lines).encode(), LEVEL, mtime=0)
        yield f"{recording}.tsv.gz", packed


def _format_event(n: int, example: Example) -> tuple[str, ...]:
    window = example.window
    return (
        repr(window.t0),
        repr(window.t1 - window.t0),
        example.label or NONE,
        example.source or NONE,
        str(n),
        repr(window.t1),
        example.material,
        repr(example.t0),
        example.occasion or NONE,
        *(str(example.levels.get(level, NONE)) for level in LEVELS),
    )


def _make_sidecar(name: str, windows: Mapping[int, Window]) -> dict[str, Any]:
    tracks = {n: window.inputs[name] for n, window in windows.items()}
    width = next(iter(tracks.values())).values.shape[1]
    channels, rate = _describe_channels(name, width)
    return {
        "SamplingFrequency": float(rate) if rate else NONE,
        "StartTime": 0,
        "Columns": ["window", "time", *(title for title, _ in channels)],
        "time": {"Units": "s", "Description": "since the Sitting began"},
        **{title: {"Units": unit} for title, unit in channels},
        "Windows": {str(n): _describe_track(windows[n], name) for n in tracks},
    }


def _describe_channels(name: str, width: int) -> tuple[list[tuple[str, str]], float | None]:
    """Return each column's name and unit, and rows a second, None if that varies."""
    if name in CONTEXT:
        return [(channel, "") for channel in NAMES[name]], None
    known = [(channel.name, channel.unit) for channel in stream(name).channels]
    # A bridge describes its own channels.
    return known or [(f"channel_{n}", "") for n in range(1, width + 1)], stream(name).rate_hz


def _describe_track(window: Window, name: str) -> dict[str, Any]:
    track, usual = window.inputs[name], window.opening.get(name)
    opening = None if usual is None else [None if np.isnan(v) else float(v) for v in usual]
    return dict(
        zip(
            TOLD, (float(track.quality), track.backend, float(track.period_s), opening), strict=True
        )
    )


def _lines(n: int, window: Window, name: str) -> Iterator[str]:
    track = window.inputs[name]
    if (track.values[~track.mask] != 0).any():
        raise ValueError(f"{name}: expected 0 where a value is masked")
    rows = zip(track.times.tolist(), track.values, track.mask.tolist(), strict=True)
    for time, values, mask in rows:
        cells = [str(v) if there else NONE for v, there in zip(values, mask, strict=True)]
        yield "\t".join((str(n), repr(time), *cells)) + "\n"


def _read_sitting(found: Files, path: str, simulated: Mapping[str, bool]) -> list[Example]:
    person, sitting = _parse_path(path)
    rows = _rows(found[path])
    streams: list[dict[str, Track]] = [{} for _ in rows]
    context: list[dict[str, Track]] = [{} for _ in rows]
    usual: list[dict[str, NDArray[np.float32]]] = [{} for _ in rows]
    start = path.removesuffix("_events.tsv") + "_recording-"
    for other in sorted(found):
        name, _, kind = other.removeprefix(start).removesuffix(".json").rpartition("_")
        if other.startswith(start) and other.endswith((f"{SIGNAL}.json", f"{STIMULUS}.json")):
            into = context if f"_{kind}" == STIMULUS else streams
            _read_input(found, other, name, into, usual)
    return [
        Example(
            person,
            row["material"],
            float(row["t0"]),
            Window(float(row["onset"]), float(row["end"]), streams[n], usual[n], context[n]),
            None if row["trial_type"] == NONE else row["trial_type"],
            "" if row["source"] == NONE else row["source"],  # type: ignore[arg-type]  # it checks
            simulated[f"sub-{person}"],
            {level: int(row[level]) for level in LEVELS if row[level] != NONE},
            "" if row["occasion"] == NONE else row["occasion"],  # type: ignore[arg-type]  # as above
            sitting,
        )
        for n, row in enumerate(rows)
    ]


def _read_input(
    found: Files,
    path: str,
    name: str,
    into: list[dict[str, Track]],
    usual: list[dict[str, NDArray[np.float32]]],
) -> None:
    sidecar = json.loads(found[path])
    width = len(sidecar["Columns"]) - 2
    text = gzip.decompress(found[path.removesuffix(".json") + ".tsv.gz"]).decode()
    rows: dict[int, list[list[str]]] = {int(n): [] for n in sidecar["Windows"]}
    for line in text.splitlines():
        number, *cells = line.split("\t")
        rows[int(number)].append(cells)
    for number, told in sidecar["Windows"].items():
        n = int(number)
        into[n][name] = _track(rows[n], width, told)
        if told["opening"] is not None:
            values = [np.nan if value is None else value for value in told["opening"]]
            usual[n][name] = np.array(values, np.float32)


def _track(rows: Sequence[Sequence[str]], width: int, told: Mapping[str, Any]) -> Track:
    if any(len(cells) != width + 1 for cells in rows):
        raise ValueError(f"expected {width} channels in each row")
    cells = [row[1:] for row in rows]
    mask = np.array([[cell != NONE for cell in row] for row in cells], np.bool_)
    values = [[0.0 if cell == NONE else float(cell) for cell in row] for row in cells]
    return Track(
        np.array(values, np.float32).reshape(-1, width),
        np.array([float(row[0]) for row in rows], np.float64),
        mask.reshape(-1, width),
        float(told["quality"]),
        str(told["backend"]),
        float(told["period_s"]),
    )


def _events(found: Files) -> list[str]:
    """Return the events files by the numbers of person and Sitting."""
    paths = [path for path in found if path.endswith("_events.tsv")]

    def place(path: str) -> tuple[int, int]:
        person, sitting = _parse_path(path)
        return int(person[1:]), sitting

    return sorted(paths, key=place)


def _parse_path(path: str) -> tuple[str, int]:
    """Return the person and the Sitting's number of a file."""
    person, sitting, *_ = path.split("/")
    return person.removeprefix("sub-"), int(sitting.removeprefix("ses-"))


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter="\t"))


def _format_tsv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return "".join("\t".join(line) + "\n" for line in (head, *rows)).encode()


def _format_json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def main(path: str) -> None:
    """Print the bytes of the snapshot in a zip of these files; exits 1 if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        sys.stdout.buffer.write(dumps(read(found)))
    except (OSError, zipfile.BadZipFile, WrongFile) as wrong:
        sys.exit(f"{path}: {wrong}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("expected one path: that of the zip")
    main(sys.argv[1])
