"""The declared Streams: numbers, widths and ranges on which every Block and Track depends."""

from __future__ import annotations

import json

import pytest

from emotion import streams

# What stored Blocks rely on: a Stream keeps its place and its width for ever.
WIDTHS = {
    "pointer": 13,
    "typing": 12,
    "activity": 4,
    "face": 44,
    "gaze": 8,
    "rppg": 4,
    "heart": 4,
    "ppg": 1,
    "ecg": 1,
    "eda": 1,
    "layout": 10,
    "acc": 3,
    "temp": 1,
    "eeg": 0,
}


def test_streams_are_numbered_from_one_in_the_order_of_the_rulings():
    every = list(streams.load().values())
    assert {s.name: len(s.channels) for s in every[: len(WIDTHS)]} == WIDTHS
    assert [s.name for s in every[: len(WIDTHS)]] == list(WIDTHS)
    assert [s.number for s in every] == list(range(1, len(every) + 1))


def test_only_activity_and_layout_are_not_biometric():
    assert {s.name for s in streams.load().values() if not s.biometric} == {"activity", "layout"}


def test_every_channel_has_a_unit_a_range_and_a_distinct_name():
    for stream in streams.load().values():
        assert len({channel.name for channel in stream.channels}) == len(stream.channels)
        assert all(channel.unit and channel.lo < channel.hi for channel in stream.channels)


def test_every_channel_has_steps_that_fit_its_range():
    for stream in streams.load().values():
        for channel in stream.channels:
            assert 0 < channel.resolution <= (channel.hi - channel.lo) / 2
            assert stream.dtype == "f4" or channel.resolution == 1


def test_optional_channels_are_those_of_the_rulings():
    nullable = {c.name for c in streams.stream("pointer").channels if c.nullable}
    assert nullable == {"straightness", "curvature", "hesitation_s"}
    assert [c.nullable for c in streams.stream("heart").channels] == [False, False, True, True]
    face = streams.stream("face").channels
    assert all(c.nullable for c in face[:18])
    assert not any(c.nullable for c in face[18:])


def test_an_event_stream_has_its_time_first():
    for stream in streams.load().values():
        assert stream.events == (bool(stream.channels) and stream.channels[0].name == "t")


def test_a_stream_is_found_by_the_number_in_a_block_or_refused():
    assert streams.by_number(7).name == "heart"
    last = len(streams.load())
    with pytest.raises(KeyError, match=f"1 to {last}, got {last + 1}"):
        streams.by_number(last + 1)
    with pytest.raises(KeyError, match="got 'mood'"):
        streams.stream("mood")
    with pytest.raises(KeyError, match="got 'presses'"):
        streams.stream("pointer").index("presses")


def test_the_file_has_the_fields_that_javascript_reads():
    rows = json.loads(streams.STREAMS_FILE.read_text(encoding="utf-8"))
    fields = {"number", "name", "dtype", "scale", "rate_hz", "biometric", "backends", "channels"}
    described = {"group", "plotted", "words"}
    assert all(set(row) == fields | described for row in rows)
    cells = [set(channel) - {"codes", "label"} for row in rows for channel in row["channels"]]
    assert all(cell == {"name", "unit", "lo", "hi", "nullable", "resolution"} for cell in cells)


def test_every_channel_has_a_label_but_a_confidence_which_is_named_after_its_channel():
    for stream in streams.load().values():
        names = {channel.name for channel in stream.channels}
        unlabelled = {channel.name for channel in stream.channels if not channel.label}
        assert {name.removesuffix("_confidence") for name in unlabelled} <= names - unlabelled


def test_every_stream_has_names_and_its_plots_are_its_channels():
    for stream in streams.load().values():
        assert all((stream.words.short_name, stream.words.title, stream.words.inline))
        assert set(stream.plotted) <= {channel.name for channel in stream.channels}


def test_only_code_channels_have_names_for_their_numbers():
    every = [channel for stream in streams.load().values() for channel in stream.channels]
    assert [c.name for c in every if c.unit == "code"] == ["kind"]
    assert all(bool(c.codes) == (c.unit == "code") for c in every)
    assert all(len(set(c.codes)) == len(c.codes) <= c.hi + 1 for c in every if c.codes)
