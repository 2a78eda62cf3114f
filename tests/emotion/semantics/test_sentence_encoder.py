"""The sentence encoder gives a text the same numbers everywhere, and no other model is used."""

from __future__ import annotations

import os

import numpy as np
import pytest

from emotion.semantics import sentence_encoder, slide_reader
from emotion.semantics.model_packages import UnusableModel
from emotion.semantics.sentence_encoder import encode_sentences
from tests.fixtures.models.video_models import MISSING, NEEDS_ENCODER, make_broken_package

LINES = [
    "solve the equation",
    "divide both sides of the equation",
    "the slope of a line",
    "a line through two points has a slope",
    "photosynthesis needs light",
]


@NEEDS_ENCODER
def test_the_encoding_of_a_text_does_not_depend_on_the_others():
    together = encode_sentences(LINES)
    for row, line in zip(together, LINES, strict=True):
        np.testing.assert_array_equal(encode_sentences([line])[0], row)
    assert together.shape == (5, 384)
    assert together.dtype == np.float32


@NEEDS_ENCODER
def test_rows_have_length_1():
    np.testing.assert_allclose(np.linalg.norm(encode_sentences(LINES), axis=1), 1, atol=1e-5)


@NEEDS_ENCODER
def test_texts_of_one_meaning_are_nearer_than_others():
    near = encode_sentences(LINES) @ encode_sentences(LINES).T
    assert near[2, 3] > near[2, 4] + 0.3
    assert near[0, 1] > near[0, 4] + 0.3


@NEEDS_ENCODER
def test_it_is_the_published_pooling_with_an_attention_mask():
    """As the model's README computes it: padded together, mean over each text's own tokens."""
    import torch

    tokenizer, model = sentence_encoder._load()
    tokens = tokenizer(LINES, padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        layer = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None].float()
    mean = (layer * mask).sum(dim=1) / mask.sum(dim=1)
    expected = torch.nn.functional.normalize(mean, dim=1).numpy()
    np.testing.assert_allclose(encode_sentences(LINES), expected, atol=1e-5)


@NEEDS_ENCODER
def test_a_long_text_is_cut_at_the_length_of_the_training():
    long = "slope " * 400
    np.testing.assert_array_equal(encode_sentences([long]), encode_sentences([long + "light"]))


def test_a_package_with_other_weights_is_refused(tmp_path, monkeypatch):
    broken = make_broken_package(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert broken.find() == tmp_path / "attune_broken_package"
    assert not broken.is_usable()
    with pytest.raises(UnusableModel, match=r"model.safetensors is not the file of this release"):
        broken.open()


def test_a_missing_package_is_named():
    assert MISSING.find() is None
    with pytest.raises(UnusableModel, match="attune_no_such_package"):
        MISSING.open()


@pytest.mark.skipif("ATTUNE_CI" not in os.environ, reason="a machine of your own may lack them")
def test_ci_has_both_packages():
    assert sentence_encoder.PACKAGE.is_usable()
    assert slide_reader.PACKAGE.is_usable()
