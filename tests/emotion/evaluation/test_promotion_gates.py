"""Gates on really trained cards: a better one passes, a worse one and one with a gap do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import artefacts
from emotion.datasets.snapshot import Snapshot, dumps
from emotion.evaluation.promotion_gates import Gate, judge, may_promote
from emotion.models.crossmodal import finetune
from emotion.models.crossmodal.finetuned_head import FinetuneRecipe
from emotion.simulate import effects, institution
from emotion.training.recipe import read_shipped

SMALL = replace(read_shipped("finetune", FinetuneRecipe), outer=3, inner=2, pulls=(1000.0,))
PRIOR, _ = artefacts.read(finetune.base_folder("prior"))


def train_challenger(found):
    card, _ = finetune.train(dumps(Snapshot(tuple(found))), SMALL, say=lambda line: None)
    return card


@pytest.fixture(scope="module")
def reported():
    """Institution 10 of `benchmark learning`: the one with most to learn of its three."""
    rng = np.random.default_rng([10, 40])
    of = institution.draw_institution(effects.load(), rng=rng)
    return list(institution.simulate_two_weeks(of, 40, rng=rng))


@pytest.fixture(scope="module")
def better(reported):
    return train_challenger(reported)


def gates_passed(gates: tuple[Gate, ...]):
    return {gate.name: gate.passed for gate in gates}


def test_a_challenger_that_learned_from_reports_passes(better):
    gates = judge(better, PRIOR)
    assert may_promote(gates), [gate.words for gate in gates if not gate.passed]
    assert [gate.name for gate in gates] == [
        "people",
        "gain",
        "information",
        "signal",
        "calibration",
        "groups",
        "streams",
    ]


def test_a_worse_challenger_is_refused(better):
    """The champion learned more from the same base than the challenger."""
    worse = {**better, "figures": {**better["figures"], "gain": [0.001, 0.0005, 0.002]}}
    assert not gates_passed(judge(worse, better))["gain"]
    assert gates_passed(judge(better, worse))["gain"]


def test_the_prior_itself_is_not_a_challenger():
    """A card without the required figures passes no gate."""
    gates = judge(PRIOR, None)
    assert not may_promote(gates)
    assert "does not tell" in {gate.name: gate.words for gate in gates}["gain"]


def test_a_planted_gap_between_groups_fails_its_gate():
    """Eight of 28 people, all without heart, show every state reversed."""
    rng, known = np.random.default_rng(8), effects.load()
    usual = institution.draw_institution(known, rng=rng)
    round_ = usual.effects.scale_effects(-1.0)
    has = {**known.missing, "heart_absent": 0.0, "frustrated_looks_away": 0.1}
    lacks = {**has, "heart_absent": 1.0}
    sides = (
        (replace(usual, effects=replace(usual.effects, missing=has)), 20, 1),
        (replace(usual, effects=replace(round_, missing=lacks)), 8, 21),
    )
    found = [
        example
        for of, people, first in sides
        for example in institution.simulate_two_weeks(of, people, rng=rng, first=first)
    ]
    gates = {gate.name: gate for gate in judge(train_challenger(found), PRIOR)}
    assert not gates["groups"].passed
    assert "heart" in gates["groups"].words


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("people", {"people": 19}),
        ("gain", {"gain": [0.03, -0.001, 0.06]}),
        ("information", {"log_loss_gain": [0.03, -0.001, 0.06]}),
        ("signal", {"auroc": [0.52, 0.499, 0.55]}),
        ("calibration", {"ece": [0.2, 0.1, 0.3]}),
        ("groups", {"gap_heart": [0.2, 0.06, 0.3]}),
        ("groups", {"log_loss_gain_with_heart": [-0.1, -0.2, -0.01]}),
        ("streams", {"macro_f1_without_face": [0.0, 0.0, 0.1]}),
    ],
)
def test_each_gate_fails_only_by_its_own_figure(better, gate, changes):
    """One figure of a passing card is made worse: its gate fails, all others still pass."""
    known = {key: [0.0, -0.2, 0.2] for key in ("gap_heart", "log_loss_gain_with_heart")}
    known["log_loss_gain_without_heart"] = [0.1, -0.1, 0.3]
    figures = {**better["figures"], **known, **changes}
    found = gates_passed(judge({**better, "figures": figures}, PRIOR))
    assert [name for name, open_ in found.items() if not open_] == [gate]


def test_explanations_are_sentences_with_figures(better):
    for gate in judge(better, PRIOR):
        assert gate.words[0].isupper()
        assert gate.words.endswith(".")
