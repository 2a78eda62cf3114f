"""A snapshot's bytes: a round trip, the same each time, and refused if wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from emotion.datasets.snapshot import Example, Snapshot, WrongFile, digest, dumps, loads
from emotion.windows import Window
from tests.fixtures.emotion.small_artefacts import make_calibrated_window
from tests.fixtures.emotion.tracks import window

EXAMPLES = (
    Example("P001", "M01", 60.0, make_calibrated_window(1), "CONFUSION", "report", simulated=True),
    Example("P001", "M01", 70.0, make_calibrated_window(2)),
    Example("P002", "M02", 0.0, window(0.0, 10.0, 3, ("pointer", "heart")), "BOREDOM", "dispute"),
    Example("P003", "M02", 5.0, Window(5.0, 15.0), "INTEREST", "expert"),
    Example(
        "P004", "M02", 0.0, Window(0.0, 10.0), None, "report", False, {"valence": 7}, "random", 3
    ),
)
SNAPSHOT = Snapshot(EXAMPLES, {"study": "ß", "counts": {"b": 1, "a": [2, None]}})


def assert_same(one, other):
    assert (
        replace(one, window=Window(0, 1)).__repr__()
        == replace(other, window=Window(0, 1)).__repr__()
    )
    a, b = one.window, other.window
    assert (a.t0, a.t1, set(a.streams), set(a.opening)) == (
        b.t0,
        b.t1,
        set(b.streams),
        set(b.opening),
    )
    for name, usual in a.opening.items():
        np.testing.assert_array_equal(usual, b.opening[name])
    for name, track in a.streams.items():
        found = b.streams[name]
        for part in ("values", "times", "mask"):
            np.testing.assert_array_equal(getattr(track, part), getattr(found, part))
            assert getattr(track, part).dtype == getattr(found, part).dtype
        assert (track.quality, track.backend, track.period_s) == (
            found.quality,
            found.backend,
            found.period_s,
        )


def pack_changed(change=None, tensors=None):
    """Return the snapshot's bytes with its JSON changed, or with other tensors."""
    whole = dumps(SNAPSHOT)
    metadata = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])["__metadata__"]
    told = json.loads(metadata["attune snapshot 2"])
    if change:
        change(told)
    return save_tensors(
        {**load_tensors(whole), **(tensors or {})}, {"attune snapshot 2": json.dumps(told)}
    )


def test_a_round_trip_keeps_everything():
    found = loads(dumps(SNAPSHOT))
    assert found.facts == SNAPSHOT.facts
    assert len(found.examples) == len(EXAMPLES)
    for one, other in zip(EXAMPLES, found.examples, strict=True):
        assert_same(one, other)


def test_the_bytes_are_the_same_in_another_process_and_after_a_round_trip():
    told = (
        "import sys; from tests.emotion.datasets.test_snapshot import SNAPSHOT;"
        "from emotion.datasets.snapshot import digest, dumps; print(digest(dumps(SNAPSHOT)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, env=_path()
    )
    assert ran.stdout.strip() == digest(dumps(SNAPSHOT)) == digest(dumps(loads(dumps(SNAPSHOT))))


def _path():
    import os

    return {**os.environ, "PYTHONPATH": ".", "PYTHONHASHSEED": "7"}


def test_another_value_gives_another_digest():
    first, *others = EXAMPLES
    track = first.window.streams["face"]
    moved = replace(track, values=track.values + np.float32(1e-3))
    changed = replace(
        first, window=replace(first.window, streams={**first.window.streams, "face": moved})
    )
    assert digest(dumps(Snapshot((changed, *others), SNAPSHOT.facts))) != digest(dumps(SNAPSHOT))


def test_a_snapshot_without_sittings_is_refused_with_advice():
    whole = dumps(SNAPSHOT).replace(b"attune snapshot 2", b"attune snapshot 1")
    with pytest.raises(WrongFile, match="got 'attune snapshot 1': create it again from its export"):
        loads(whole)


def test_an_empty_snapshot_is_valid():
    assert loads(dumps(Snapshot(()))).examples == ()


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_truncated_bytes_are_refused(cut):
    with pytest.raises(WrongFile):
        loads(dumps(SNAPSHOT)[:cut])


def test_other_safetensors_are_refused():
    with pytest.raises(WrongFile, match="attune snapshot 2"):
        loads(save_tensors({"times": np.zeros((1, 3))}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["people"][0].__setitem__(0, "mia"), "P001"),
        (lambda told: told["people"][0].__setitem__(2, "GOT_IT"), "label"),
        (lambda told: told["people"][0].__setitem__(3, ""), "source"),
        (lambda told: told["people"].pop(), "three times"),
        (lambda told: told["backends"]["heart"].pop(), "heart"),
        (lambda told: told["backends"].update(smell=[]), "smell"),
        (lambda told: told.pop("facts"), "facts"),
        (lambda told: told["reports"]["4"].__setitem__(0, {"valence": 10}), "1 to 9"),
        (lambda told: told["reports"]["4"].__setitem__(1, "lucky"), "lucky"),
        (lambda told: told["reports"].update({"2": [{}, "random"]}), "occasion"),
        (lambda told: told["reports"].update({"9": [{}, "own"]}), "got one of 9"),
        (lambda told: told["reports"].pop("4"), "source"),
    ],
)
def test_an_inconsistent_snapshot_is_refused(change, said):
    with pytest.raises(WrongFile, match=said):
        loads(pack_changed(change))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("pointer.values", np.zeros((3, 3), np.float32)),
        ("pointer.rows", np.array([1, 1, 1], np.int64)),
        ("pointer.of", np.array([0, 1, 99], np.int64)),
        ("pointer.opening_of", np.array([0, 99], np.int64)),
        ("times", np.full((4, 3), np.nan)),
        ("sittings", np.array([1, 1, 1, 1, 0], np.int64)),
        ("sittings", np.full(5, 1.5)),
    ],
)
def test_tensors_of_another_shape_are_refused(name, wrong):
    with pytest.raises(WrongFile):
        loads(pack_changed(tensors={name: wrong}))


@pytest.mark.parametrize(
    "wrong",
    [{"person": "mia"}, {"label": "GOT_IT"}, {"source": ""}, {"source": "gossip"}, {"sitting": 0}],
)
def test_an_example_with_a_name_or_an_unknown_label_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        replace(EXAMPLES[0], **wrong)
