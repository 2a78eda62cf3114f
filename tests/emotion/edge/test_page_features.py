"""The reference file for the page's features contains Python's features of the same rows."""

from __future__ import annotations

import json

import numpy as np

from emotion.edge import PAGE_STREAMS
from emotion.features.window import NAMES
from tests.fixtures.models import edge_vectors

GIVEN = ("stream", "t0", "t1", "chunks", "first")


def test_the_reference_file_contains_pythons_features():
    """If features change, `python -m tests.fixtures.models.edge_vectors` rewrites the file; the
    page must follow.
    """
    kept = json.loads(edge_vectors.FILE.read_text(encoding="utf-8"))
    ours = json.loads(edge_vectors.text())
    assert len(kept) == len(ours)
    for theirs, mine in zip(kept, ours, strict=True):
        assert [theirs[name] for name in GIVEN] == [mine[name] for name in GIVEN]
        assert theirs["mask"] == mine["mask"]
        for name in ("opening", "values", "quality"):
            np.testing.assert_allclose(as_floats(theirs[name]), as_floats(mine[name]), atol=1e-5)


def as_floats(numbers):
    return np.array([] if numbers is None else numbers, dtype=np.float64)


def test_every_stream_that_a_page_computes_is_among_the_cases():
    assert {name for name, *_ in edge_vectors.cases()} == set(PAGE_STREAMS)
    assert set(PAGE_STREAMS) <= set(NAMES)


def test_the_reference_file_contains_the_shipped_priors_predictions():
    kept = json.loads(edge_vectors.WINDOWS.read_text(encoding="utf-8"))
    ours = json.loads(json.dumps(edge_vectors.predict_with_prior()))
    np.testing.assert_allclose(kept["proba"], ours["proba"], atol=1e-5)
    assert kept["used"] == ours["used"]
    for theirs, mine in zip(kept["windows"], ours["windows"], strict=True):
        assert theirs.keys() == mine.keys()
        for name, each in mine.items():
            assert theirs[name]["mask"] == each["mask"]
            np.testing.assert_allclose(theirs[name]["values"], each["values"], atol=1e-5)
