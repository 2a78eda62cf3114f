"""Artefacts are loaded exactly as saved, and anything else is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion import artefacts
from emotion.models import open_artefact
from tests.fixtures.emotion.small_artefacts import make_tiny

CARD, WEIGHTS = make_tiny()


def test_a_saved_artefact_is_read_back(tmp_path):
    path = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    card, weights = artefacts.read(path)
    assert card == json.loads(json.dumps(CARD))
    assert weights.keys() == WEIGHTS.keys()
    assert all(np.array_equal(weights[n], WEIGHTS[n]) for n in WEIGHTS)


def test_the_folder_is_named_by_the_digest_of_its_content(tmp_path):
    path = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    told = json.loads((path / "card.json").read_text())["digest"]
    assert path.name == f"tiny-{told[:12]}"
    assert artefacts.save(tmp_path, card=CARD, weights=WEIGHTS) == path
    assert artefacts.save(tmp_path, card={**CARD, "seed": 2}, weights=WEIGHTS) != path


def test_another_weight_gives_another_artefact(tmp_path):
    first = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    name = next(iter(WEIGHTS))
    changed = {**WEIGHTS, name: WEIGHTS[name] + 1}
    assert artefacts.save(tmp_path, card=CARD, weights=changed) != first


def test_a_changed_weight_is_refused(tmp_path):
    path = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    packed = bytearray((path / "weights.safetensors").read_bytes())
    packed[-1] ^= 1
    (path / "weights.safetensors").write_bytes(packed)
    with pytest.raises(artefacts.BrokenArtefact, match="expected digest"):
        artefacts.read(path)


@pytest.mark.parametrize(
    ("field", "value"), [("origin", "people"), ("threshold", 0.9), ("limits", [])]
)
def test_a_changed_card_is_refused(tmp_path, field, value):
    path = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    card = json.loads((path / "card.json").read_text())
    (path / "card.json").write_text(json.dumps({**card, field: value}))
    with pytest.raises(artefacts.BrokenArtefact, match="expected digest"):
        artefacts.read(path)


def test_a_renamed_folder_is_refused(tmp_path):
    path = artefacts.save(tmp_path, card=CARD, weights=WEIGHTS)
    with pytest.raises(artefacts.BrokenArtefact):
        artefacts.read(path.rename(tmp_path / "tiny-000000000000"))


def test_a_card_without_its_limits_is_not_saved(tmp_path):
    fewer = {name: value for name, value in CARD.items() if name != "limits"}
    with pytest.raises(artefacts.BrokenArtefact, match="limits"):
        artefacts.save(tmp_path, card=fewer, weights=WEIGHTS)


def test_an_origin_is_people_or_simulated(tmp_path):
    with pytest.raises(artefacts.BrokenArtefact, match="origin"):
        artefacts.save(tmp_path, card={**CARD, "origin": "the internet"}, weights=WEIGHTS)


def test_an_artefact_of_another_kind_is_not_a_predictor(tmp_path):
    path = artefacts.save(tmp_path, card={**CARD, "kind": "behaviour"}, weights=WEIGHTS)
    with pytest.raises(artefacts.BrokenArtefact, match=r"expected a Predictor .*, got 'behaviour'"):
        open_artefact(path)


def test_the_largest_weight_difference_is_reported():
    ours = {"a": np.array([1.0, 2.0], np.float32)}
    assert artefacts.max_difference(ours, {"a": np.array([1.0, 2.5], np.float32)}) == 0.5
    assert artefacts.max_difference(ours, {"b": np.array([1.0, 2.5], np.float32)}) == float("inf")
