"""LSL outlets that are missing, ambiguous, silent, gone or restarted."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from attune_client import blocks
from bridge import lsl, recording
from emotion.streams import load
from tests.bridge.outlets import sensor


def test_a_missing_outlet_or_wrong_unit_is_reported(outlet):
    with pytest.raises(lsl.NoOutlet, match="no outlet of this name"):
        lsl.open_sources({"eda": f"{outlet}-missing"}, wait_s=0.3)
    with pytest.raises(lsl.NoOutlet, match="expected a unit of"):
        lsl.open_sources({"temp": outlet})
    with pytest.raises(lsl.NoOutlet, match="expected 3 channels"):
        lsl.open_sources({"acc": outlet})


def test_a_stream_without_factors_takes_its_own_unit_alone(outlet, monkeypatch):
    (pulse,) = lsl.open_sources({"ppg": outlet})
    assert pulse.factor == 1
    monkeypatch.setattr(lsl, "UNITS", {})
    with pytest.raises(lsl.NoOutlet, match="expected a unit of µs for eda, got 'microsiemens'"):
        lsl.open_sources({"eda": outlet})


def test_of_two_outlets_of_one_name_the_picked_one_is_used(outlet):
    """The start order does not show whose outlet it is."""
    meant = f"{outlet}-test"
    other = sensor(outlet, f"{outlet}-another-learners")
    with pytest.raises(lsl.NoOutlet, match=r"2 outlets .*-another-learners.*--source eda=") as told:
        lsl.open_sources({"eda": outlet})
    words = (word.rstrip(".,") for word in str(told.value).split())
    place = next(word for word in words if word.endswith(f"/{meant}"))
    (found,) = lsl.open_sources({"eda": outlet}, picked={"eda": place})
    assert found.inlet.info().source_id() == meant
    with pytest.raises(lsl.NoOutlet, match="none is nowhere/x"):
        lsl.open_sources({"eda": outlet}, picked={"eda": "nowhere/x"})
    del other


@pytest.mark.parametrize("source_id", ["", "{}-silent"])
def test_a_gone_or_silent_outlet_ends_with_one_sentence(source_id, outlet_name, monkeypatch):
    monkeypatch.setattr(lsl, "LONGEST_SILENCE_S", 1.0)
    made = sensor(outlet_name, source_id.format(outlet_name))
    (found,) = lsl.open_sources({"eda": outlet_name})
    made.push_sample([1.0])
    found.pull(1.0)
    del made

    def pull_on():
        for tick in range(20):
            found.pull(2.0 + tick)
            time.sleep(0.1)

    with pytest.raises(lsl.NoOutlet, match="eda: its outlet"):
        pull_on()


def test_a_restarted_outlet_is_read_again(outlet_name):
    """A restarted sensor keeps its source id, by which LSL reconnects."""
    made = sensor(outlet_name, f"{outlet_name}-again")
    (found,) = lsl.open_sources({"eda": outlet_name})
    push_until_read(found, made, 1.0)
    del made
    found.pull(2.0)
    push_until_read(found, sensor(outlet_name, f"{outlet_name}-again"), 2.0)
    assert found.rows[0] == [1.0]
    assert (np.diff(found.times) > 0).all()


def push_until_read(found, outlet, value):
    """Push a value until it arrives."""
    deadline = time.monotonic() + 30
    while [value] not in found.rows and time.monotonic() < deadline:
        outlet.push_sample([value])
        time.sleep(0.1)
        found.pull(3.0)
    assert [value] in found.rows


class SentBlocks:
    """A connection that keeps what it is given."""

    def __init__(self):
        self.devices, self.cuts = [], []

    def announce_device(self, t, device):
        self.devices.append(device)

    def queue_block(self, cut):
        self.cuts.append(cut)


@pytest.mark.parametrize("name", [*lsl.STREAMS, "breath"])
def test_a_stream_of_samples_says_their_scale_and_any_other_has_none(name, monkeypatch):
    """The form of a Stream decides, so a new one needs no entry here."""
    known = {**load(), "breath": replace(load()["ecg"], name="breath", scale=None)}
    for module in (lsl, recording):
        monkeypatch.setattr(module, "stream", known.__getitem__)
    line, width = SentBlocks(), len(known[name].channels)
    source = lsl.LslSource(name, None, 4.0, 1.0, times=[0.0], rows=[[500.0] * width])
    lsl._send(source, line, 1.0, 0.0, 0.0)
    (cut,) = line.cuts
    scales = [device.scale for device in line.devices]
    if known[name].dtype == "f4":
        assert scales == []
        assert np.all(cut.values == 500.0)
    else:
        assert len(scales) == 1
        assert np.allclose(cut.values * scales[0], 500.0, atol=scales[0])
        assert abs(cut.values).max() <= blocks.LARGEST
