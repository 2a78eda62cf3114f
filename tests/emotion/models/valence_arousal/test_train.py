"""Valence and arousal from the steps of SAM: held-out people, the card, and the artefact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import artefacts
from emotion.datasets.snapshot import Snapshot, dumps, loads
from emotion.evaluation import promotion_gates
from emotion.features.batch import Batch
from emotion.models import open_artefact
from emotion.models.crossmodal import head_finetune
from emotion.models.valence_arousal import card as valence_arousal_card
from emotion.models.valence_arousal import train
from emotion.models.valence_arousal.levels_head import SamRecipe, TrainedLevels
from emotion.simulate import effects, institution
from emotion.simulate import sam_ratings as world
from emotion.training import cross_validation
from emotion.training.example_table import ExampleTable
from emotion.training.recipe import WrongRecipe, read_shipped

SMALL = replace(read_shipped("sam", SamRecipe), least=8, outer=2, inner=2, pulls=(300.0,))


def quiet(_):
    pass


@pytest.fixture(scope="module")
def reported():
    """Twelve simulated people; sometimes a level is not reported."""
    rng = np.random.default_rng(5)
    of = institution.draw_institution(effects.load(), rng=rng)
    found = list(institution.simulate_two_weeks(of, 12, rng=rng, group=12))[::4]
    told = list(world.add_levels(found, rng=rng))
    told[3] = replace(told[3], levels={"valence": 7}, label=None)
    return [*told, replace(told[0], levels={})]


@pytest.fixture(scope="module")
def trained(reported):
    packed = dumps(Snapshot(tuple(reported), {"study": "S1", "digest": "abc"}))
    return train.train(packed, SMALL, say=quiet)


def test_the_artefact_reproduces_the_measurements_of_training(trained, reported, tmp_path):
    card, weights = trained
    predictor = open_artefact(artefacts.save(tmp_path, card=card, weights=weights))
    known = [example for example in reported if example.levels][:30]
    told, _ = train.select_rated(Snapshot(tuple(known)), replace(SMALL, least=1), say=quiet)
    base = head_finetune.make_base(predictor, weights)
    learned = TrainedLevels(base, predictor.standards, base.head, card["temperature"], 0.0, 1.0)
    found = predictor.predict([example.window for example in known])
    np.testing.assert_allclose(learned.proba(told.table.batch), found.proba, atol=1e-4)
    assert predictor.labels == ("VALENCE", "AROUSAL")
    assert np.abs(found.proba.sum(axis=1) - 1).max() > 0.02
    sure = np.maximum(found.proba, 1 - found.proba).max(axis=1)
    assert found.abstain.tolist() == (sure < np.float32(card["threshold"])).tolist()


def test_its_card_has_every_gates_figures_and_says_simulated(trained, reported):
    card = trained[0]
    assert (card["name"], card["kind"], card["origin"]) == ("sam", "sam", "simulated")
    assert card["limits"][0].startswith("SIMULATED")
    assert card["data"].endswith("snapshot study S1, digest abc")
    assert not [gate for gate in promotion_gates.judge(card, None) if "does not tell" in gate.words]
    figures = card["figures"]
    assert (figures["people"], figures["windows_without_a_level"]) == (12, 1)
    assert figures["windows"] == len(reported) - 1
    for name in ("macro_f1", "leaky_macro_f1", "macro_f1_new_videos", "base_arousal_ccc"):
        value, low, high = figures[name]
        assert low <= value <= high, name
    assert figures["auroc"] in (figures["valence_auroc"], figures["arousal_auroc"])
    for level in ("valence", "arousal"):
        assert len(figures[f"{level}_confusion"]["counts"]) == 2
        assert figures[f"{level}_roc"].keys() <= {"LOW", "HIGH"}


def test_no_prediction_depends_on_the_persons_own_reports(reported):
    """The predictions for held-out people do not depend on their own reports."""
    base = head_finetune.open_base(head_finetune.base_folder("prior"))
    told, _ = train.select_rated(Snapshot(tuple(reported)), SMALL, say=quiet)
    before = train._predict_with_base(told.table.batch, base)["base"]
    side = cross_validation.make_cuts(told.table, 2, 1)["people"][0]
    turned = told.above.copy()
    turned[side[1]] *= -1
    one, other = (
        train._predict_fold("people", side, replace(told, above=above), base, SMALL, before)
        for above in (told.above, turned)
    )
    for name, said in one.items():
        np.testing.assert_array_equal(said, other[name], err_msg=name)


def test_a_planted_direction_is_found_and_kept_under_strong_regularisation():
    rng = np.random.default_rng(2)
    inputs = np.concatenate([rng.normal(size=(400, 3)), np.ones((400, 1))], axis=1)
    planted = np.array([[1.0, -0.5, 0.2, 0.7], [0.0, 1.0, 0.0, -0.3]])
    above = inputs @ planted.T
    above[::5, 0] = np.nan
    toward = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]])
    np.testing.assert_allclose(train.fit_outputs(inputs, above, toward, 1e-9), planted, atol=1e-6)
    held = train.fit_outputs(inputs, above, toward, 1e9)
    np.testing.assert_allclose(held[:, 1:3], [[0, 0], [1, 0]], atol=1e-3)
    assert held[0, 0] == pytest.approx(1, abs=0.1)


def test_the_result_depends_on_the_people_and_on_each_of_them(reported):
    base = head_finetune.open_base(head_finetune.base_folder("prior"))

    def head(found):
        told, _ = train.select_rated(loads(dumps(Snapshot(tuple(found)))), SMALL, say=quiet)
        return train.learn(told, base, SMALL).head

    without = [example for example in reported if example.person != "P003"]
    np.testing.assert_array_equal(head(without), head(without))
    assert not np.array_equal(head(without), head(reported))


def test_too_few_people_with_a_level_are_refused_with_the_number_needed(reported):
    few = [
        replace(e, levels={k: v for k, v in e.levels.items() if k == "valence"})
        if e.person > "P005"
        else e
        for e in reported
    ]
    with pytest.raises(
        WrongRecipe, match=r"at least 8 people .* arousal off SAM's middle, got 5: 3 more"
    ):
        train.train(dumps(Snapshot(tuple(few))), SMALL, say=quiet)


def test_people_with_only_middle_levels_do_not_count_for_high_and_low(reported):
    middle = [replace(e, levels=dict.fromkeys(e.levels, 5)) for e in reported]
    with pytest.raises(WrongRecipe, match="off SAM's middle, got 0"):
        train.train(dumps(Snapshot(tuple(middle))), SMALL, say=quiet)


@pytest.fixture
def judged():
    """Twelve people, half with a wearable; one Window each of high and low."""
    people, above = np.repeat(np.arange(12), 2), np.tile([[2.0, 2.0], [-2.0, -2.0]], (12, 1))
    worn = (people < 6)[:, None, None]
    batch = Batch({"eda": worn * 1.0}, {"eda": worn}, {"eda": np.ones(24)})
    said = np.clip(0.5 + above / 10, 0, 1)
    names = ("ours", "base", "ours.eda", "base.eda", "usual_ours", "usual_base")
    chances = dict.fromkeys(names, said) | dict.fromkeys(names[-2:], np.full((24, 2), 0.5))
    rest = {"above": above, "mean": above, "answered": np.ones(24, np.bool_)}
    table = ExampleTable(batch, np.zeros(24, np.int64), people, people)
    return valence_arousal_card.LevelPredictions(table, above, chances | rest)


def test_people_with_only_middle_levels_are_in_no_group(judged):
    source = valence_arousal_card.SnapshotSource({}, 0, frozenset())
    told = {"people": judged, "videos": None, "leaky": None}
    assert "gap_eda" in valence_arousal_card.figures(told, source, 1)
    above = np.where(judged.table.people[:, None] < 5, 0.0, judged.above)
    found = valence_arousal_card.figures(
        {**told, "people": replace(judged, above=above)}, source, 1
    )
    assert "gap_eda" not in found
    assert found["people"] == 12


def test_the_gate_for_signal_uses_the_level_with_less_evidence(judged):
    """For one level two people's arousal is ranked right, which is less evidence than ten of
    twelve.
    """
    above, said = judged.above.copy(), judged.predictions["ours"].copy()
    above[6:, 1] = np.nan
    said[4:6, 1] = 0.45, 0.55
    said[:4, 0] = said[3::-1, 0]
    there = replace(judged, above=above, predictions={**judged.predictions, "ours": said})
    source = valence_arousal_card.SnapshotSource({}, 0, frozenset())
    found = valence_arousal_card.figures(
        {"people": there, "videos": None, "leaky": None}, source, 1
    )
    assert found["valence_auroc"][0] < found["arousal_auroc"][0]
    assert found["auroc"] == found["arousal_auroc"]
    assert not promotion_gates.judge({"figures": found}, None)[3].passed
