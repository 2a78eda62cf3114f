"""Skin conductance: planted responses are found at their planted places and heights."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.signals.eda import AMPLITUDE_US, find_responses, split
from emotion.signals.filters import EDA as BAND
from emotion.signals.filters import design, filter_offline
from emotion.simulate import waveforms
from tests.fixtures.emotion.public_signals import NEUROKIT_HZ, read_cut

ONSETS = np.array([12.0, 25, 41, 55, 66, 80, 93, 108])
HEIGHTS = np.array([0.1, 0.4, 0.2, 1.0, 0.15, 0.6, 0.3, 0.8])


def make_planted(rate, seed=1, heights=HEIGHTS, onsets=ONSETS):
    return waveforms.simulate_eda(onsets, heights, np.random.default_rng(seed), rate_hz=rate)


@pytest.mark.parametrize("rate", [4.0, 15.0, 128.0])
def test_eight_of_eight_planted_responses_are_found(rate):
    wave = make_planted(rate)
    found = find_responses(wave.values, rate)

    assert len(found.onset_s) == 8
    np.testing.assert_allclose(found.onset_s, ONSETS, atol=1.0)
    assert ((found.peak_s - found.onset_s) < 4).all()
    np.testing.assert_allclose(found.amplitude_us, HEIGHTS, rtol=0.25, atol=0.03)
    assert found.per_minute == pytest.approx(4)


def test_a_drifting_level_has_no_responses():
    wave = make_planted(4.0, heights=np.zeros(8))

    assert len(find_responses(wave.values, 4.0).onset_s) == 0
    assert find_responses(wave.values, 4.0).per_minute == 0


def test_a_response_below_the_minimum_does_not_count():
    wave = make_planted(4.0, heights=np.full(8, 0.5 * AMPLITUDE_US))

    assert len(find_responses(wave.values, 4.0).onset_s) == 0
    assert len(find_responses(wave.values, 4.0, least_us=0.01).onset_s) == 8


def test_two_consecutive_responses_have_separate_onsets():
    wave = make_planted(15.0, heights=np.array([0.5, 0.5]), onsets=np.array([40.0, 44.0]))
    found = find_responses(wave.values, 15.0)

    assert len(found.onset_s) == 2
    assert found.onset_s[1] > found.peak_s[0]
    np.testing.assert_allclose(found.onset_s, [40, 44], atol=1)


def test_tonic_and_phasic_parts_sum_to_the_smoothed_conductance():
    wave = make_planted(15.0)
    parts = split(wave.values, 15.0)

    np.testing.assert_allclose(
        parts.tonic + parts.phasic, filter_offline(wave.values, design(BAND, 15.0)), atol=1e-9
    )
    assert np.abs(np.diff(parts.tonic)).max() < np.abs(np.diff(parts.phasic)).max()
    assert parts.tonic.mean() == pytest.approx(5.2, abs=0.3)


def test_the_level_of_the_skin_changes_no_response():
    plain, high = (
        waveforms.simulate_eda(ONSETS, HEIGHTS, np.random.default_rng(1), level_us=level)
        for level in (2, 20)
    )

    np.testing.assert_allclose(
        find_responses(plain.values, 4.0).amplitude_us,
        find_responses(high.values, 4.0).amplitude_us,
    )


def test_a_too_short_signal_or_a_missing_sample_is_refused():
    with pytest.raises(ValueError, match="10 s at least"):
        split(np.full(39, 5.0), 4.0)
    with pytest.raises(ValueError, match="finite"):
        find_responses(np.full(400, np.nan), 4.0)


def test_the_large_responses_of_a_real_person_are_found():
    """NeuroKit's recording: rises of more than 1 µS, visible at 13, 26 and 45 s."""
    found = find_responses(read_cut("neurokit_eda"), NEUROKIT_HZ)
    large = found.onset_s[found.amplitude_us > 1] + 10

    np.testing.assert_allclose(large, [13.2, 26.0, 45.4], atol=0.5)
