"""Files in the BIDS layout: a round trip gives the same bytes, and wrong files are refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from emotion.datasets import bids
from emotion.datasets.snapshot import Example, Snapshot, WrongFile, dumps
from emotion.streams import load
from emotion.windows import Track, Window
from tests.fixtures.emotion.small_artefacts import make_calibrated_window
from tests.fixtures.emotion.tracks import window

BEGAN = datetime(1901, 2, 3, 9, 0)
EXAMPLES = (
    Example("P001", "M01", 60.0, make_calibrated_window(1), "CONFUSION", "report", simulated=True),
    Example("P001", "M01", 70.0, make_calibrated_window(2), simulated=True),
    Example(
        "P001", "M02", 0.0, window(0.0, 10.0, 3, ("pointer", "heart")), simulated=True, sitting=2
    ),
    Example("P009", "M02", 5.0, Window(5.0, 15.0), "INTEREST", "expert"),
    Example("P010", "M02", 0.0, window(0.0, 10.0, 3, ("face",)), "BOREDOM", "dispute"),
    Example(
        "P011",
        "M",
        0.0,
        make_calibrated_window(1),
        "INTEREST",
        "report",
        False,
        {"arousal": 2},
        "random",
    ),
)
SNAPSHOT = Snapshot(EXAMPLES, {"study": "Sab", "labels": {"report": 1}, "none": None})
TIMES = [BEGAN] * len(EXAMPLES)
EVENTS = "sub-P001/ses-01/beh/sub-P001_ses-01_task-course_events.tsv"
POINTER = "sub-P001/ses-01/beh/sub-P001_ses-01_task-course_recording-pointer_physio"


def files(**other):
    return dict(bids.write_files(SNAPSHOT, TIMES)) | {
        k.replace("__", "/"): v for k, v in other.items()
    }


def test_a_round_trip_gives_the_same_bytes():
    assert dumps(bids.read(files())) == dumps(SNAPSHOT)


def test_the_same_snapshot_gives_the_same_files():
    assert files() == files()


def test_times_of_sittings_are_written_and_not_read():
    moved = [datetime(1905, 1, 1)] * len(EXAMPLES)
    found = dict(bids.write_files(SNAPSHOT, moved))
    assert found != files()
    assert dumps(bids.read(found)) == dumps(SNAPSHOT)


@pytest.mark.parametrize("name", [name for name, stream in load().items() if stream.channels])
def test_every_stream_keeps_its_missing_values(name):
    width, rng = len(load()[name].channels), np.random.default_rng(1)
    mask = rng.random((5, width)) < 0.5
    values = np.where(mask, rng.normal(0, 1e-3, (5, width)), 0).astype(np.float32)
    times = np.sort(rng.random(5) * 10)
    track = Track(values, times, mask, 1 / 3, "ä device", 0.1)
    example = Example("P001", "M", 0.0, Window(0.0, 10.0, {name: track}))
    told = Snapshot((example,), {})
    assert dumps(bids.read(dict(bids.write_files(told, [BEGAN])))) == dumps(told)


def test_a_reader_of_tables_finds_windows_and_labels():
    rows = list(csv.DictReader(io.StringIO(files()[EVENTS].decode()), delimiter="\t"))
    assert [(row["onset"], row["duration"], row["trial_type"]) for row in rows] == [
        ("60.0", "10.0", "CONFUSION"),
        ("60.0", "10.0", "n/a"),
    ]
    sidecar = json.loads(files()[f"{POINTER}.json"])
    lines = gzip.decompress(files()[f"{POINTER}.tsv.gz"]).decode().splitlines()
    assert {len(line.split("\t")) for line in lines} == {len(sidecar["Columns"])}
    assert sidecar["Columns"][:3] == ["window", "time", "path"]


def test_simulated_people_are_marked():
    people = files()["participants.tsv"].decode()
    assert "sub-P001\tyes" in people
    assert "sub-P009\tno" in people
    assert json.loads(files()["dataset_description.json"])["Simulated"] is False


def test_people_in_the_wrong_order_are_refused():
    turned = Snapshot(EXAMPLES[::-1], {})
    with pytest.raises(ValueError, match="order"):
        dict(bids.write_files(turned, TIMES))


def test_moments_that_do_not_match_the_examples_are_refused():
    with pytest.raises(ValueError, match="expected 6 moments, got 7"):
        dict(bids.write_files(SNAPSHOT, [*TIMES, BEGAN]))


def test_a_masked_value_other_than_zero_is_refused():
    pointer = EXAMPLES[0].window.streams["pointer"]
    wrong = replace(pointer, values=pointer.values + 1, mask=np.zeros_like(pointer.mask))
    example = replace(EXAMPLES[0], window=Window(60.0, 70.0, {"pointer": wrong}))
    with pytest.raises(ValueError, match="masked"):
        dict(bids.write_files(Snapshot((example,), {}), TIMES[:1]))


def test_a_zip_of_them_is_readable_by_training(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files().items():
            archive.writestr(name, content)
    called = [sys.executable, "-m", "emotion.datasets.bids", str(path)]
    done = subprocess.run(called, capture_output=True, check=True)
    assert done.stdout == dumps(SNAPSHOT)
    path.write_bytes(b"no zip")
    wrong = subprocess.run(called, capture_output=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, b"")
    assert b"Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    "gone", ["dataset_description.json", "participants.tsv", f"{POINTER}.tsv.gz"]
)
def test_a_missing_file_is_named(gone):
    found = files()
    del found[gone]
    with pytest.raises(WrongFile):
        bids.read(found)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"{POINTER}.tsv.gz", lambda content: content[:-9]),
        (f"{POINTER}.tsv.gz", lambda _: gzip.compress(b"0\t1.0\n")),
        (f"{POINTER}.tsv.gz", lambda _: gzip.compress(b"7\t1.0\n")),
        (f"{POINTER}.json", lambda _: b"{"),
        (f"{POINTER}.json", lambda content: content.replace(b'"Windows"', b'"Other"')),
        (EVENTS, lambda content: content.replace(b"CONFUSION", b"SLEEP")),
        (EVENTS, lambda content: content.replace(b"60.0", b"soon")),
        ("participants.tsv", lambda content: content.replace(b"P001", b"P002")),
        ("participants.tsv", lambda _: b"\xff"),
        ("dataset_description.json", lambda _: b"[]"),
    ],
)
def test_a_wrong_file_is_refused(path, change):
    found = files()
    changed = change(found[path])
    assert changed != found[path]
    with pytest.raises(WrongFile):
        bids.read({**found, path: changed})
