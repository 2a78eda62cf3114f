"""A study keeps its rows aligned, whatever part of it is selected."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.emotion.studies import make_study


def test_a_modality_is_selected_by_name():
    study = make_study()
    alone = study.only(("ppg",))
    assert alone.inputs == {"ppg": 2}
    np.testing.assert_array_equal(alone.x, study.x[..., 4:])


def test_modalities_keep_the_order_of_their_names():
    study = make_study()
    np.testing.assert_array_equal(study.only(("ppg", "gaze")).x, study.x)


def test_an_unknown_modality_is_refused():
    with pytest.raises(ValueError, match="got \\['eeg'\\]"):
        make_study().only(("eeg",))


def test_hidden_modalities_are_missing_and_the_rest_stays():
    study = make_study()
    hidden = study.hidden(("gaze",))
    assert np.isnan(hidden.x[..., :4]).all()
    np.testing.assert_array_equal(hidden.x[..., 4:], study.x[..., 4:])
    assert not np.isnan(study.x).any()


def test_a_part_keeps_labels_aligned_with_rows():
    study = make_study()
    part = study.part(np.array([5, 2]))
    assert part.labels.tolist() == study.labels[[5, 2]].tolist()
    assert part.times.tolist() == study.times[[5, 2]].tolist()
    np.testing.assert_array_equal(part.x, study.x[[5, 2]])
