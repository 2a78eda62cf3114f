"""A heart rate from the camera is never a reason to act: no rule can name it or depend on it."""

from __future__ import annotations

import json

import pytest

from interventions import rules, signals
from interventions.json_reader import Node, RuleError
from interventions.signals import SIGNALS, SignalError
from tests.fixtures.changed_rules import change_rule

NAMES = ("rppg", "rppg_hr", "camera_heart", "heart_rate", "heart")


def sensed(**values):
    """Return a signal list whose only row is the heart rate from the camera."""
    row = {"name": "camera_heart", "type": "number", "unit": "bpm", "label": "Heart rate"}
    return row | {"sources": ["sensed"], "biometric": True, "evidence": False} | values


def listed(tmp_path, *rows):
    path = tmp_path / "signals.json"
    path.write_text(json.dumps({"signals": list(rows)}))
    return signals.load_signals(path)


def test_no_signal_reads_the_camera_heart_rate():
    assert not set(NAMES) & set(SIGNALS)
    assert not [row for row in SIGNALS.values() if "skin colour" in row.label.lower()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("beside", [[], [{"cmp": ["wrong_on_item", ">=", 2]}]])
def test_a_rule_that_names_it_is_refused_at_load_with_the_place(name, beside):
    when = {"all": [*beside, {"cmp": [name, ">=", 90]}]}
    with pytest.raises(RuleError, match=rf"mine\.json: when\.all\[{len(beside)}\]\.cmp\[0\]"):
        rules.read_rule(Node(change_rule(when=when), "mine.json"))


@pytest.mark.parametrize("wrong", [{"evidence": True}, {"biometric": False}])
def test_the_signal_list_cannot_mark_it_as_evidence(tmp_path, wrong):
    with pytest.raises(SignalError, match="camera_heart: expected biometric and no evidence"):
        listed(tmp_path, sensed(**wrong))


def test_as_a_biometric_signal_it_is_no_evidence(tmp_path):
    """If it were listed, the loader's rule for biometric signals (test_promise_4) would apply."""
    row = listed(tmp_path, sensed())["camera_heart"]
    assert (row.biometric, row.evidence, row.supports_biometrics) == (True, False, False)
