"""Texts are encoded as numbers, the same for every video of a library."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.semantics.encoders import Bert, TfidfSvd

LIBRARY = [
    "solve the equation",
    "divide both sides of the equation",
    "the slope of a line",
    "a line through two points has a slope",
    "factor the trinomial",
]


@pytest.fixture(params=["tfidf", "bert"])
def encoder(request, bert):
    return TfidfSvd() if request.param == "tfidf" else Bert(bert)


def test_the_encoding_of_a_text_does_not_depend_on_the_others(encoder):
    encoder.fit(LIBRARY)
    alone = encoder.transform(LIBRARY[:1])
    np.testing.assert_allclose(encoder.transform(LIBRARY)[:1], alone, atol=1e-6)
    assert alone.shape == (1, 25)
    assert alone.dtype == np.float32


def test_an_empty_text_is_unknown(encoder):
    rows = encoder.fit(LIBRARY).transform(["", LIBRARY[0]])
    assert np.isnan(rows[0]).all()
    assert not np.isnan(rows[1]).any()


def test_the_order_and_number_of_equal_texts_change_nothing(encoder):
    again = encoder.__class__(**encoder.get_params()).fit([*reversed(LIBRARY), LIBRARY[0]])
    assert again.source == encoder.fit(LIBRARY).source


def test_another_library_is_another_source(encoder):
    source = encoder.fit(LIBRARY).source
    assert encoder.fit([*LIBRARY, "complete the square"]).source != source


def test_one_text_is_too_few(encoder):
    with pytest.raises(ValueError, match="two different texts"):
        encoder.fit(["alone", "", "alone"])


def test_similar_texts_are_nearer():
    rows = TfidfSvd().fit(LIBRARY).transform(LIBRARY)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    near = unit @ unit.T
    assert near[2, 3] > near[2, 4] + 0.1


def test_words_outside_the_library_are_unknown():
    assert np.isnan(TfidfSvd().fit(LIBRARY).transform(["photosynthesis"])).all()


def test_bert_keeps_the_last_layer_s_distances(bert):
    """25 components of 16 features lose nothing: distances equal those of the layer itself."""
    encoder = Bert(bert).fit(LIBRARY)
    rows, layer = encoder.transform(LIBRARY), encoder._last_layer(LIBRARY)
    np.testing.assert_allclose(
        np.linalg.norm(rows[0] - rows[1]), np.linalg.norm(layer[0] - layer[1]), rtol=1e-4
    )
