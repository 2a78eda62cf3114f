"""Our own export: wrong and partial files are named. Real ones: tests/platform/privacy/export."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.streams import stream
from tests.oracles import attune_export

ME, SITTING, OTHER = "me", "s1", "s2"
CHANNELS = [channel.name for channel in stream("pointer").channels]


def block(sitting=SITTING, t0=0.0, name="pointer", **changes):
    held = {
        "channels": CHANNELS, "t0": t0, "rate_hz": 1.0, "backend": "",
        "rows": [[0.5] * len(CHANNELS)],
    }  # fmt: skip
    return {"sitting": sitting, "stream": name, "sealed": held | changes}


def files():
    """Return the rows of every file: two Sittings, one of them with an unreadable Block."""
    sittings = [{"id": s, "unit": "u1", "scenario": "course"} for s in (SITTING, OTHER)]
    return {
        attune_export.SITTINGS: sittings,
        attune_export.BLOCKS: [
            block(t0=0.0),
            block(t0=1.0, rows=[[None] * len(CHANNELS)]),
            block(OTHER) | {"sealed": None},
            block(OTHER, name="telepathy"),
        ],
        attune_export.REPORTS: [
            {"sitting": SITTING, "t": 3.0, "sealed": {"label": "CONFUSION", "valence": 3}},
            {"sitting": SITTING, "t": 3.5, "sealed": {"label": "", "valence": 3}},
            {"sitting": SITTING, "t": 4.0, "sealed": None},
        ],
        attune_export.ESTIMATES: [{"id": f"e{n}", "sitting": SITTING, "cut": 2} for n in range(2)],
        attune_export.DISPUTES: [
            {"estimate": "e0", "sealed": "BOREDOM"},
            {"estimate": "e1", "sealed": "BOREDOM"},
            {"estimate": "gone", "sealed": "BOREDOM"},
        ],
        attune_export.PEOPLE: [{"simulated": True}],
    }


def write(folder, told, **changes):
    listed = []
    for name, rows in told.items():
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        listed.append({"path": name, "sha256": sha256(content).hexdigest()})
    manifest = {"format": attune_export.FORMAT, "person": ME, "files": listed} | changes
    (folder / attune_export.MANIFEST).write_text(json.dumps(manifest))
    return folder


def test_each_sitting_is_one_recording(tmp_path):
    first, second = attune_export.iterate_sittings(write(tmp_path, files()))
    assert (first.person, first.unit, first.backend) == (ME, "u1", "simulated")
    assert [chunk.t0 for chunk in first.chunks["pointer"]] == [0.0, 1.0]
    assert np.isnan(first.chunks["pointer"][1].values).all()
    assert [(one.t, one.label) for one in first.said] == [(3.0, "confusion"), (15.0, "boredom")]
    assert (second.chunks, second.closed, second.said) == ({}, 1, ())


def refused(path, said):
    with pytest.raises(WrongFolder, match=said) as wrong:
        list(attune_export.iterate_sittings(path))
    assert str(path) in str(wrong.value)


def test_a_file_that_is_not_an_export_is_named(tmp_path):
    refused(tmp_path / "none", "expected an export's zip or its folder")
    refused(tmp_path, "expected manifest.json, found none")
    (tmp_path / "some.zip").write_bytes(b"PK no")
    refused(tmp_path / "some.zip", "expected an export's zip")
    (tmp_path / "manifest.json").write_text("{")
    refused(tmp_path, "manifest.json: expected JSON")


def test_another_format_is_refused(tmp_path):
    refused(write(tmp_path, files(), format="attune export 9"), "expected the format 'attune exp")


@pytest.mark.parametrize("name", attune_export.NEEDED)
def test_a_missing_file_is_named(tmp_path, name):
    folder = write(tmp_path, files())
    (folder / name).unlink()
    refused(folder, f"{name}: expected it as manifest.json says")
    refused(write(tmp_path, {n: rows for n, rows in files().items() if n != name}), f"{name} in ")


@pytest.mark.parametrize("name", attune_export.NEEDED)
def test_a_changed_or_truncated_file_is_named(tmp_path, name):
    folder = write(tmp_path, files())
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    refused(folder, f"{name} is not what manifest.json says")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (block("strange"), "expected a Sitting of data/telemetry_sitting.jsonl, got strange"),
        (block(channels=[*CHANNELS[1:], "x"]), "pointer: expected .*'path'"),
        (block(rows=[["a"] * len(CHANNELS)]), "expected rows of numbers of pointer"),
        (block(rows=[[1.0]]), "expected rows of numbers of pointer"),
    ],
)
def test_an_impossible_block_is_refused(tmp_path, row, said):
    refused(write(tmp_path, {**files(), attune_export.BLOCKS: [row]}), said)


def test_blocks_are_read_one_sitting_at_a_time(tmp_path):
    """The second Sitting is broken; the first is still returned."""
    told = {**files(), attune_export.BLOCKS: [block(), block("strange")]}
    found = attune_export.iterate_sittings(write(tmp_path, told))
    assert next(found).sitting == SITTING
    with pytest.raises(WrongFolder):
        next(found)
