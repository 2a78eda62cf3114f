"""The table of evidence: what counts as known, and a file that is no table."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from emotion.evidence import GROUPS, AreaInterval, SensorEvidence, read_evidence
from emotion.streams import load

CLEAR = SensorEvidence(
    data="a",
    title="A",
    source="b",
    licence="MIT",
    sensor="wristband",
    state="stress",
    area=AreaInterval(0.8, 0.7, 0.9),
    matched=None,
    known_by="",
    known_area=None,
    gain=None,
    p=0.05,
    people=20,
    missing_people=0,
)


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"area": AreaInterval(0.8, 0.549, 0.9)}, False),
        ({"area": AreaInterval(0.8, 0.55, 0.9)}, True),
        ({"matched": AreaInterval(0.6, 0.54, 0.7)}, False),
        ({"matched": AreaInterval(0.6, 0.56, 0.7)}, True),
        ({"p": 0.1}, False),
        ({"p": None}, True),
    ],
)
def test_a_state_is_known_only_if_every_lower_end_is_above_chance(change, known):
    assert replace(CLEAR, **change).is_known is known


def test_every_sensor_belongs_to_a_group_of_streams_or_to_none():
    groups = {stream.group for stream in load().values()}
    assert set(GROUPS.values()) <= groups
    assert replace(CLEAR, sensor="eeg").group == ""


def test_the_shipped_table_reads_and_no_set_is_both_measured_and_missing():
    found = read_evidence()
    assert not {each.data for each in found.measured} & set(found.missing)
    assert all(each.people >= 5 for each in found.measured)


@pytest.mark.parametrize("text", ["[{}]", "{", '[{"set": "a", "title": "b"}]', "3"])
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, text):
    path = tmp_path / "evidence.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"evidence\.json"):
        read_evidence(path)


def test_an_interval_needs_three_numbers(tmp_path):
    row = {
        "set": "a", "title": "A", "source": "b", "licence": "c", "stream": "typing",
        "state": "stress", "auc": [0.5, 0.4], "known_by": "", "people": 3, "missing_people": 0,
    }  # fmt: skip
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps([row]))
    with pytest.raises(ValueError, match="benchmark evidence"):
        read_evidence(path)
