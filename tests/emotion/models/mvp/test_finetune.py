"""MVP fine-tuned on a site's Windows: deterministic, honest card, usable, and able to learn."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from emotion.artefacts import read, save
from emotion.datasets.clips import iterate_clips
from emotion.datasets.snapshot import Snapshot, dumps
from emotion.evaluation.promotion_gates import judge
from emotion.features.batch import Batch
from emotion.models import open_artefact
from emotion.models.crossmodal import head_finetune
from emotion.models.crossmodal.finetune_card import HeldOutPredictions, SnapshotFacts
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.models.mvp import clip_inputs, finetune, finetune_card
from emotion.models.mvp.network import Config
from emotion.models.mvp.train import MvpRecipe
from emotion.simulate import effects, institution, wearables
from emotion.training import cross_validation
from emotion.training.recipe import WrongRecipe, read_shipped, refuse_other_data
from emotion.training.sequence_fit import SequenceSeries

SHIPPED = read_shipped("mvp", MvpRecipe)
# Wide enough to learn the planted signal, and quick.
TINY = replace(Config.small(), width=8, heads=2, layers=1, tokens=10)
QUICK = replace(SHIPPED.own.schedule, epochs=8, rate=5e-3, dropout=0.0)


def quiet(_):
    pass


@pytest.fixture(scope="module")
def found():
    return simulate_reports(count=1)


def simulate_reports(count):
    """Return twelve simulated people's reports of `count` Sittings each, and the time before."""
    rng = np.random.default_rng(7)
    of = institution.draw_institution(effects.load(), rng=rng)
    return list(wearables.simulate_sittings(of, 12, rng=rng, count=count, group=12))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """A small base that saw no people, in place of the shipped one; faces of others are familiar to
    it even with few people.
    """
    torch.manual_seed(0)
    card, weights = read(base_folder("mvp"))
    state = {f"network.{n}": w.numpy() for n, w in TINY.build().state_dict().items()}
    standards = {n: x for n, x in weights.items() if n.startswith("standard.")}
    standards["standard.face.hi"] = standards["standard.face.hi"] + 5
    own = {**card, "network": asdict(TINY)}
    path = save(tmp_path_factory.mktemp("base"), card=own, weights={**state, **standards})
    told = replace(SHIPPED.own, base=str(path), least=8, outer=2, schedule=QUICK)
    return replace(SHIPPED, own=told)


def trained(found, recipe):
    torch.set_num_threads(1)
    return finetune.train(dumps(Snapshot(tuple(found), {"study": "S1"})), recipe, say=quiet)


@pytest.fixture(scope="module")
def planted():
    """Only a face, which clearly shows the report at the end of its clip."""
    found = simulate_reports(count=2)
    ends = [each.said for each in iterate_clips(found)]
    return [_plain(each, ends) for each in found if "face" in each.window.streams]


def _plain(example, ends):
    after = [e for e in ends if e.person == example.person and e.t0 >= example.t0]
    high = bool(after) and min(after, key=lambda each: each.t0).levels["valence"] > 5
    face = example.window.streams["face"]
    values = face.values.copy()
    values[:, :18] = 4.0 if high else 0.0
    values[:, 18:36] = 1.0  # seen by a tracker that trusts every unit
    told = replace(face, values=np.where(face.mask, values, 0).astype(np.float32))
    return replace(example, window=replace(example.window, streams={"face": told}))


@pytest.fixture(scope="module")
def taught(planted, recipe):
    return trained(planted, recipe)


def test_training_again_gives_the_same_artefact(taught, planted, recipe, tmp_path):
    both = taught, trained(planted, recipe)
    one, other = (save(tmp_path, card=card, weights=weights).name for card, weights in both)
    assert one == other
    assert one.startswith("mvp_own-")


def test_it_learns_a_planted_signal_for_unseen_people(taught):
    figures = taught[0]["figures"]
    assert figures["valence_auroc"][1] > 0.9
    assert figures["log_loss_gain"][1] > 0
    assert figures["macro_f1_without_face"][0] < figures["macro_f1"][1]


def test_the_predictor_reproduces_the_measurements_of_training(taught, planted, recipe, tmp_path):
    card, weights = taught
    predictor = open_artefact(save(tmp_path, card=card, weights=weights))
    some = list(iterate_clips(planted))[:6]
    heard = clip_inputs.prepare_clips(some, predictor)
    learned = finetune._keep_base(predictor)
    said = predictor.predict([each.window for each in some])
    np.testing.assert_allclose(learned.chance(heard), said.proba, atol=1e-4)
    assert not any("unfamiliar" in reason for why in said.reasons for reason in why)


def test_a_stream_outside_the_training_range_is_left_out_in_the_figures(planted, recipe):
    """So the base is compared as it would be in use, and not on input that it never reads."""
    predictor = open_artefact(base_folder(recipe.own.base))
    strange = [_brighter(each, 50.0) if n % 2 else each for n, each in enumerate(planted)]
    some = [each for each in iterate_clips(strange) if each.said.person < "P003"]
    said = predictor.predict([each.window for each in some])
    assert all("unfamiliar:face" in why for why in said.reasons)
    before = finetune._keep_base(predictor)
    found = clip_inputs.prepare_clips(some, predictor)
    np.testing.assert_allclose(before.chance(found), said.proba, atol=1e-4)
    wide = replace(before, standards=head_finetune.widen_standards(before.standards, found.held))
    assert np.abs(wide.chance(found) - said.proba).max() > 1e-3


def _brighter(example, by):
    face = example.window.streams["face"]
    told = replace(face, values=np.where(face.mask, face.values + by, 0).astype(np.float32))
    return replace(example, window=replace(example.window, streams={"face": told}))


def test_no_prediction_depends_on_the_persons_own_reports(planted, recipe):
    """The predictions for held-out people do not depend on their own reports."""
    torch.set_num_threads(1)
    base = finetune.open_base(*read(base_folder(recipe.own.base)))
    heard = clip_inputs.prepare_clips(list(iterate_clips(planted)), base)
    people = heard.series.people
    side = cross_validation.split_codes({"people": people}, 2, 1)["people"][0]
    targets = heard.series.targets.copy()
    targets[side[1]] = 1 - targets[side[1]]
    turned = replace(heard, series=replace(heard.series, targets=targets))
    one, other = (
        finetune._predict_fold(
            "people-0",
            side,
            finetune.MvpFinetuneData(finetune._keep_base(base), x, recipe, quiet, None),
        )
        for x in (heard, turned)
    )
    for name, said in one.items():
        np.testing.assert_array_equal(said, other[name], err_msg=name)
    assert np.abs(one["ours"] - one["base"]).max() > 0.1


def test_the_card_names_its_people_and_has_every_gates_figures(taught):
    card = json.loads(json.dumps(taught[0]))
    assert card["limits"][0].startswith("SIMULATED")
    assert (card["origin"], card["kind"], card["name"]) == ("simulated", "mvp", "mvp_own")
    assert "Nobody in the snapshot had eda, gaze, ppg" in " ".join(card["limits"])
    weak = [limit for limit in card["limits"] if limit.startswith("Weak")]
    assert len(weak) == 1
    assert "rank arousal better than luck" in weak[0]
    assert {"leaky_macro_f1", "base_macro_f1", "commonest_macro_f1"} <= card["figures"].keys()
    assert not any("does not tell" in gate.words for gate in judge(card, None))


def test_an_unreported_level_is_in_no_figure():
    people, targets = np.repeat(np.arange(4), 2), np.array([[np.nan, 1], [np.nan, 0]] * 4, "f4")
    series = SequenceSeries({}, {}, targets, people)
    held = Batch(
        {"eda": np.ones((8, 1, 3), "f4")},
        {"eda": np.ones((8, 1, 3), np.bool_)},
        {"eda": np.ones(8, "f4")},
    )
    heard = clip_inputs.ClipInputs(series, held)
    right = clip_inputs.expand_chances(np.where(targets == 1, 0.9, 0.1), targets)
    said = dict.fromkeys(("ours", "base", "ours.eda", "base.eda"), right)
    judged = HeldOutPredictions(
        clip_inputs.make_table(heard, np.arange(8)), said | {"answered": right[:, 0] >= 0}
    )
    both = {"people": judged, "leaky": judged, "videos": None}
    told = SnapshotFacts({}, 0, 0, 0, frozenset())
    figures = finetune_card.figures(both, told, 1)
    assert (figures["macro_f1"][0], figures["windows"], figures["levels_told"]) == (1.0, 8, 8)
    assert "valence_auroc" not in figures
    limits = finetune_card._limits(judged, figures, told, finetune_card.CardUse(1.0, 0.6, True))
    assert any("Nobody told valence" in limit for limit in limits)


def test_without_an_improvement_the_base_stays(found, recipe):
    still = replace(recipe, own=replace(recipe.own, schedule=replace(QUICK, epochs=1, rate=0.0)))
    card, weights = trained(found, still)
    before = read(base_folder(recipe.own.base))[1]
    for name, tensor in weights.items():
        if name.startswith("network."):
            np.testing.assert_array_equal(tensor, before[name])
    assert any("the weights are the base's" in limit for limit in card["limits"])


def test_too_few_people_are_refused_with_the_number_needed(found, recipe):
    few = [each for each in found if each.person < "P005"]
    with pytest.raises(WrongRecipe, match=r"at least 8 people with a minute.* got 4"):
        trained(few, recipe)
    alone = [each for each in found if each.source]
    with pytest.raises(WrongRecipe, match="got 0; only a snapshot that includes"):
        trained(alone, recipe)


def test_an_artefact_of_people_is_refused_as_a_base(taught, recipe, found, tmp_path):
    card, weights = taught
    path = save(tmp_path, card=card, weights=weights)
    with pytest.raises(WrongRecipe, match="never met anybody, got 'mvp_own'"):
        trained(found, replace(recipe, own=replace(recipe.own, base=str(path))))


def test_it_reads_a_snapshot_or_simulates_its_people():
    refuse_other_data("mvp", "-")
    refuse_other_data("mvp", "")
    with pytest.raises(WrongRecipe):
        refuse_other_data("mvp", "folder")
