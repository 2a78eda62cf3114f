"""An export gives the same predictions as its artefact, and is the same file each time."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from emotion import artefacts
from emotion.edge import FILE
from emotion.edge.export import export_graph, main, write
from emotion.models import open_artefact
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.windows import Window
from tests.fixtures.emotion.small_artefacts import make_calibrated_window, make_tiny
from tests.oracles.edge.predictor import EdgePredictor, load

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "artefacts" / "prior-5397095e9055"


@pytest.fixture(scope="module")
def exported_and_loaded():
    card, weights = make_tiny(temperature=0.7)
    return CrossModalPredictor(card, weights), EdgePredictor(
        card, export_graph(card, weights, digest="d" * 12)
    )


def moments():
    """Return varied Windows: whole, with Streams missing, too young, without any, out of range."""
    whole = [make_calibrated_window(seed) for seed in range(400, 406)]
    lacking = [
        replace(each, streams={n: t for n, t in each.streams.items() if n != gone})
        for each, gone in zip(
            whole, ("face", "pointer", "typing", "heart", "activity"), strict=False
        )
    ]
    young = [replace(each, opening={}) for each in whole[:2]]
    face = whole[0].streams["face"]
    far = replace(face, values=face.values * 50 + 500)
    strange = [
        replace(whole[0], streams={**whole[0].streams, "face": far}),
        replace(whole[0], streams={"face": far}),
    ]
    other = replace(face, backend="another camera")
    unnamed = replace(whole[0], streams={**whole[0].streams, "face": other})
    return [*whole, *lacking, *young, *strange, unnamed, Window(0.0, 10.0, {})]


def test_onnxruntime_predicts_like_torch(exported_and_loaded):
    ours, theirs = (each.predict(moments()) for each in exported_and_loaded)
    np.testing.assert_allclose(theirs.proba, ours.proba, atol=1e-5)
    np.testing.assert_array_equal(theirs.abstain, ours.abstain)
    assert theirs.reasons == ours.reasons


def test_a_single_window_gets_the_same_answer_as_in_a_batch(exported_and_loaded):
    _, edge = exported_and_loaded
    together = edge.predict(moments()).proba
    alone = np.concatenate([edge.predict([each]).proba for each in moments()])
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_no_windows_give_no_answers(exported_and_loaded):
    proba, abstain, reasons = exported_and_loaded[1].predict([])
    assert (proba.shape, abstain.shape, reasons) == ((0, 4), (0,), [])


def test_the_shipped_graph_is_that_of_its_weights(tmp_path):
    """Byte for byte, so anyone can verify the file."""
    folder = tmp_path / SHIPPED.name
    shutil.copytree(SHIPPED, folder)
    (folder / FILE).unlink()
    assert main([str(folder)]) == 0
    assert (folder / FILE).read_bytes() == (SHIPPED / FILE).read_bytes()
    assert (folder / FILE).stat().st_size < 1_000_000


def test_the_shipped_graph_predicts_like_its_artefact():
    ours, theirs = open_artefact(SHIPPED), load(SHIPPED)
    seen = moments()
    np.testing.assert_allclose(theirs.predict(seen).proba, ours.predict(seen).proba, atol=1e-5)
    assert theirs.labels == ours.labels
    assert theirs.streams == ours.streams
    assert (theirs.window_s, theirs.hop_s, theirs.opening_s) == (
        ours.window_s,
        ours.hop_s,
        ours.opening_s,
    )


def test_the_graph_reveals_nothing_of_the_computer_that_made_it():
    content = (SHIPPED / FILE).read_bytes()
    assert str(ROOT).encode() not in content
    assert b".py" not in content
    model = onnx.load_from_string(content)
    assert [each.key for each in model.metadata_props] == ["attune.digest"]


def test_a_graph_of_another_artefact_is_refused(tmp_path):
    folder = tmp_path / "prior-000000000000"
    shutil.copytree(SHIPPED, folder)
    with pytest.raises(artefacts.BrokenArtefact, match="5397095e9055"):
        load(folder)


def test_a_kind_without_a_graph_is_refused():
    with pytest.raises(artefacts.BrokenArtefact, match="mvp"):
        write(next((ROOT / "artefacts").glob("mvp-*")))
