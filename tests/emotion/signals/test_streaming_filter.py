"""A streaming filter equals the whole-signal result for any chunks, gaps and resumptions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.signals.filters import ECG, EDA, PPG, design_chain, filter_causally
from emotion.signals.streaming_filter import GAP_S, StreamingFilter, unpack_filter

BANDS = [(PPG, 64.0), (PPG, 128.0), (ECG, 130.0), (EDA, 4.0), (EDA, 15.0)]


def draw_signal(seed, rows, channels=None):
    shape = rows if channels is None else (rows, channels)
    return 20_000 + 500 * np.random.default_rng(seed).standard_normal(shape)


def filter_in_chunks(live, raw, sizes, t0=0.0):
    found, start = [], 0
    for size in [*sizes, len(raw)]:
        chunk = raw[start : start + size]
        found.append(live.push(chunk, t0 + start / live.rate_hz).values)
        start += len(chunk)
    return np.concatenate(found)


@settings(max_examples=150)
@given(
    st.sampled_from(BANDS),
    st.lists(st.integers(0, 90), max_size=30),
    st.integers(1, 600),
    st.sampled_from([None, 1, 3]),
    st.integers(0, 2**16),
)
def test_any_chunking_gives_the_causal_result_of_the_whole_signal(
    band, sizes, rows, channels, seed
):
    """Benchmark B18."""
    sos, raw = design_chain(*band), draw_signal(seed, rows, channels)

    np.testing.assert_allclose(
        filter_in_chunks(StreamingFilter(sos, band[1]), raw, sizes),
        filter_causally(raw, sos),
        rtol=0,
        atol=1e-9,
    )


@settings(max_examples=50)
@given(st.sampled_from(BANDS), st.integers(0, 300), st.sampled_from([None, 2]))
def test_a_packed_filter_continues_where_it_stopped(band, at, channels):
    (_, rate), sos, raw = band, design_chain(*band), draw_signal(7, 300, channels)
    first = StreamingFilter(sos, rate)
    before = first.push(raw[:at], 5.0).values
    second = unpack_filter(first.pack(), sos, rate)
    after = second.push(raw[at:], 5.0 + at / rate).values

    np.testing.assert_array_equal(np.concatenate([before, after]), filter_causally(raw, sos))


def test_it_restarts_only_after_a_gap_of_more_than_two_seconds():
    sos, raw = design_chain(PPG, 64.0), draw_signal(1, 256)
    for gap, anew in ((GAP_S + 0.01, True), (GAP_S - 0.01, False)):
        live = StreamingFilter(sos, 64.0)
        assert live.push(raw[:128], 0.0).reset
        later = live.push(raw[128:], 2.0 + gap)

        assert later.reset is anew
        expected = filter_causally(raw[128:], sos) if anew else filter_causally(raw, sos)[128:]
        np.testing.assert_array_equal(later.values, expected)


def test_a_repeated_chunk_is_refused_and_changes_nothing():
    sos, raw = design_chain(PPG, 64.0), draw_signal(2, 192)
    live = StreamingFilter(sos, 64.0)
    live.push(raw[:64], 0.0)
    live.push(raw[64:128], 1.0)

    with pytest.raises(ValueError, match=r"from 2\.000 s on, got 1\.000"):
        live.push(raw[64:128], 1.0)

    np.testing.assert_array_equal(
        live.push(raw[128:], 1.99).values, filter_causally(raw, sos)[128:]
    )


def test_a_missing_sample_or_another_number_of_channels_is_refused_and_changes_nothing():
    sos, raw = design_chain(EDA, 15.0), draw_signal(3, 60)
    live = StreamingFilter(sos, 15.0)
    live.push(raw[:30], 0.0)

    with pytest.raises(ValueError, match="finite"):
        live.push(np.array([1.0, np.nan]), 2.0)
    with pytest.raises(ValueError, match="expected chunks of shape"):
        live.push(np.zeros((5, 2)), 2.0)

    np.testing.assert_array_equal(live.push(raw[30:], 2.0).values, filter_causally(raw, sos)[30:])


def test_an_empty_chunk_changes_nothing():
    live = StreamingFilter(design_chain(PPG, 64.0), 64.0)

    assert len(live.push(np.zeros(0), 99.0).values) == 0
    assert live.state is None


def test_a_packed_state_is_small_and_fits_only_its_own_design():
    live = StreamingFilter(design_chain(PPG, 64.0), 64.0)
    fresh = live.pack()
    live.push(draw_signal(4, 64), 0.0)
    packed = live.pack()

    assert len(packed) <= 96
    assert unpack_filter(fresh, live.sos, 64.0).state is None
    for sos, rate in (
        (design_chain(PPG, 65.0), 65.0),
        (design_chain(EDA, 64.0), 64.0),
        (live.sos, 63.0),
    ):
        with pytest.raises(ValueError, match="same design and rate"):
            unpack_filter(packed, sos, rate)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"x" + b[1:], lambda b: b[:10]])
def test_a_damaged_state_is_refused(damage):
    live = StreamingFilter(design_chain(PPG, 64.0), 64.0)
    live.push(draw_signal(5, 64), 0.0)

    with pytest.raises(ValueError, match="expected"):
        unpack_filter(damage(live.pack()), live.sos, 64.0)
