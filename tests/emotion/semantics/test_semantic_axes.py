"""Semantic axes are fixed: learned once, verified, and the same for every film."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion import artefacts
from emotion.semantics import fit_axes
from emotion.semantics.semantic_axes import DIMENSIONS, FOLDER, encode_texts, load_axes, read_axes
from emotion.semantics.sentence_encoder import NAME, WIDTH
from tests.fixtures.models.video_models import NEEDS_ENCODER

CARD = json.loads((FOLDER / artefacts.CARD).read_text())


def test_the_shipped_axes_are_orthonormal():
    axes = load_axes()
    assert axes.components.shape == (DIMENSIONS, WIDTH)
    np.testing.assert_allclose(axes.components @ axes.components.T, np.eye(DIMENSIONS), atol=1e-5)
    assert axes.mean.shape == (WIDTH,)
    assert axes.source == f"{NAME} semantics-{CARD['digest'][:12]}"


def test_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 100_000


@given(st.integers(0, 2**31))
def test_no_component_is_beyond_2(seed):
    rows = np.random.default_rng(seed).normal(size=(4, WIDTH)).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.abs(load_axes().project(unit)).max() <= 2


def change(folder, **card):
    told = {**json.loads((folder / artefacts.CARD).read_text()), **card}
    (folder / artefacts.CARD).write_text(json.dumps(told))


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "axes")


def test_axes_with_another_content_are_refused(copied):
    assert read_axes(copied).source == load_axes().source
    packed = bytearray((copied / artefacts.WEIGHTS).read_bytes())
    packed[-1] ^= 1
    (copied / artefacts.WEIGHTS).write_bytes(packed)
    with pytest.raises(artefacts.BrokenArtefact):
        read_axes(copied)


def test_axes_of_another_encoder_are_refused(copied):
    card = {k: v for k, v in CARD.items() if k != "digest"} | {"encoder": "another"}
    packed = (copied / artefacts.WEIGHTS).read_bytes()
    change(copied, encoder="another", digest=artefacts.digest(packed, card))
    with pytest.raises(artefacts.BrokenArtefact, match="another"):
        read_axes(copied)


@NEEDS_ENCODER
def test_an_empty_text_is_unknown():
    rows = encode_texts(["", "solve the equation"])
    assert rows.shape == (2, DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.isnan(rows[0]).all()
    assert not np.isnan(rows[1]).any()


@NEEDS_ENCODER
def test_the_same_text_has_the_same_vector_in_any_library():
    algebra = ["solve the equation", "the slope of a line", "factor the trinomial"]
    biology = ["photosynthesis needs light", "leaves are green", "solve the equation"]
    np.testing.assert_array_equal(encode_texts(algebra)[0], encode_texts(biology)[2])


def test_the_fit_finds_planted_axes_and_is_the_same_in_any_order():
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    rows = rng.normal(size=(500, 30)) * np.r_[9.0, 6.0, 4.0, np.full(27, 0.1)] @ basis.T
    found = fit_axes.fit(rows, 3)
    np.testing.assert_allclose(np.abs(found.components @ basis[:, :3]), np.eye(3), atol=0.1)
    assert (np.diff(found.variances) < 0).all()
    again = fit_axes.fit(rows[::-1], 3)
    np.testing.assert_allclose(again.components, found.components, atol=1e-9)
    assert fit_axes.measure_kept(found.components, rows) > 0.99
    assert fit_axes.measure_kept(found.components[:1], rows) == pytest.approx(81 / 133, abs=0.05)


def test_written_axes_have_a_digest_of_their_content(tmp_path):
    axes = fit_axes.fit(np.random.default_rng(0).normal(size=(80, WIDTH)))
    card = {"name": "semantics", "encoder": NAME}
    first = fit_axes.write(tmp_path / "a", axes, card)
    assert fit_axes.write(tmp_path / "b", axes, card) == first
    assert fit_axes.write(tmp_path / "c", axes, {**card, "code": "2"}) != first
    np.testing.assert_allclose(read_axes(tmp_path / "a").mean, axes.mean, atol=1e-6)


def test_the_card_says_what_the_axes_were_learned_from():
    assert {source["licence"] for source in CARD["sources"]} == {
        "CC BY 4.0",
        "WordNet 3.0 licence",
        "BSD-3-Clause",
    }
    assert all(source["texts"] > 1000 for source in CARD["sources"])
    assert all(source["texts_held_out"] > 100 for source in CARD["sources"])


def test_the_page_has_the_figures_of_the_card():
    page = (Path(__file__).parents[3] / "docs" / "model-cards.md").read_text()
    kept = [
        CARD["variance_kept"],
        CARD["variance_kept_held_out"],
        CARD["lectures"]["variance_kept"],
        *CARD["lectures"]["variance_kept_in_each"].values(),
    ]
    low, high = min(kept[3:]), max(kept[3:])
    for figure in (*kept[:3], low, high):
        assert f"{figure:.3f}".removeprefix("0") in page
    assert f"`{CARD['digest'][:12]}`" in page
    for source in CARD["sources"]:
        assert f"| {source['texts']}, {source['texts_held_out']} |" in page
    assert f"{CARD['lectures']['segments']} segments" in page
