"""Fine-tuning of the prior by reports: few labels, held-out people, unlearning, resumption."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion import artefacts
from emotion.artefacts import RATES
from emotion.datasets.snapshot import Snapshot, WrongFile, dumps
from emotion.edge import FILE
from emotion.labels import AFFECTS, OWN_WORDS, PAPER_1
from emotion.models import open_artefact
from emotion.models.crossmodal import finetune, finetune_card, head_finetune
from emotion.models.crossmodal.acting_rates import find_threshold, measure_rates
from emotion.models.crossmodal.finetune_card import HeldOutPredictions
from emotion.models.crossmodal.finetuned_head import FinetunedHead, FinetuneRecipe
from emotion.models.crossmodal.head_finetune import open_base
from emotion.simulate import effects, institution
from emotion.training import checkpoint, cross_validation
from emotion.training.checkpoint import open_work
from emotion.training.recipe import WrongRecipe, find, read_shipped, refuse_other_data
from tests.oracles.edge.predictor import EdgePredictor

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = read_shipped("finetune", FinetuneRecipe)
SMALL = replace(SHIPPED, least=8, outer=2, inner=2, pulls=(300.0,))


def quiet(_):
    pass


@pytest.fixture(scope="module")
def reported():
    rng = np.random.default_rng(5)
    of = institution.draw_institution(effects.load(), rng=rng)
    found = institution.simulate_two_weeks(of, 12, rng=rng, group=12)
    return [say_otherwise(example) for example in found]


def say_otherwise(example):
    """Return a report of distraction as one of a word that no prior knows, else the same."""
    return replace(example, label=OWN_WORDS[-1]) if example.label == "DISTRACTION" else example


@pytest.fixture(scope="module")
def trained(reported):
    lines = []
    packed = dumps(Snapshot(tuple(reported), {"study": "S1", "digest": "abc"}))
    return *finetune.train(packed, SMALL, say=lines.append), lines


def digest(reported):
    card, weights = finetune.train(dumps(Snapshot(tuple(reported))), SMALL, say=quiet)
    return artefacts.digest(artefacts._pack(weights), card)


def test_it_makes_an_artefact_that_predicts_and_is_not_the_prior(trained, reported, tmp_path):
    card, weights, _ = trained
    predictor = open_artefact(artefacts.save(tmp_path, card=card, weights=weights))
    prior = open_artefact(finetune.base_folder("prior"))
    windows = [example.window for example in reported[:20]]
    apart = np.abs(predictor.predict(windows).proba - prior.predict(windows).proba)
    assert apart.max() > 0.02
    assert predictor.labels == prior.labels


def test_the_predictor_reproduces_the_measurements_of_training(trained, reported, tmp_path):
    """The head trained separately and the network in use give the same result."""
    card, weights, _ = trained
    predictor = open_artefact(artefacts.save(tmp_path, card=card, weights=weights))
    base = head_finetune.make_base(predictor, weights)
    known = [example for example in reported if example.label in predictor.labels][:40]
    table = finetune.make_snapshot_table(known, predictor.labels)
    learned = FinetunedHead(
        base, predictor.standards, base.head, card["temperature"], card["threshold"], 1.0
    )
    said = predictor.predict([example.window for example in known]).proba
    np.testing.assert_allclose(learned.proba(table.batch), said, atol=1e-4)


def test_only_the_last_layers_change(trained):
    _, before = artefacts.read(finetune.base_folder("prior"))
    moved = {n for n, w in trained[1].items() if not np.array_equal(w, before[n])}
    assert moved
    assert all(n.startswith(("network.last.", "network.linear.", "standard.")) for n in moved)
    assert not any(n.startswith("standard.") and n.endswith(("mean", "deviation")) for n in moved)


def test_its_card_says_simulated_and_names_its_people_and_base(trained):
    card = trained[0]
    assert (card["name"], card["kind"], card["origin"]) == ("finetune", "affect", "simulated")
    assert card["limits"][0].startswith("SIMULATED")
    assert finetune.base_folder("prior").name in card["data"]
    assert "study S1, digest abc" in card["data"]
    figures = card["figures"]
    assert figures["people"] == 12
    for name in ("macro_f1", "base_macro_f1", "gain", "ece", "leaky_macro_f1"):
        value, low, high = figures[name]
        assert low <= high, name
        assert value < 1
    assert {"macro_f1_new_videos", "macro_f1_without_face", "base_macro_f1_without_face"} <= set(
        figures
    )


def test_its_card_has_the_curves_that_a_page_draws(trained):
    card = trained[0]
    figures, size = card["figures"], len(card["labels"])
    counts = figures["confusion"]["counts"]
    assert len(counts) == len(figures["confusion"]["people"]) == size
    shown = [row for row in counts if row is not None]
    assert 0 < sum(map(sum, shown)) <= figures["windows"]
    names = {n for n, row in zip(card["labels"], counts, strict=True) if row is not None}
    assert figures["roc"].keys() == names
    for name in names:
        for key in ("auc_{}", "base_auc_{}", "video_auc_{}", "gain_over_video_{}"):
            value, low, high = figures[key.format(name.lower())]
            assert low <= value <= high
    assert all(len(each) == 6 for each in figures["calibration"])
    assert isinstance(figures["groups"], dict)


def test_reports_outside_the_priors_labels_are_left_out_and_counted(trained, reported):
    others = [e for e in reported if e.label not in AFFECTS]
    figures = trained[0]["figures"]
    assert figures["reports_of_other_labels"] == len(others) > 0
    assert figures["windows"] == len(reported) - len(others)


def test_own_words_that_no_model_gives_are_counted_and_not_learned(reported):
    base = open_base(finetune.base_folder("prior"))
    own = OWN_WORDS[len(AFFECTS) :]
    words = [replace(example, label=w) for example, w in zip(reported[:3], own, strict=True)]
    snapshots = Snapshot(tuple(reported)), Snapshot((*reported, *words))
    (before, few), (after, more) = (
        finetune.select_training(each, base, SHIPPED, say=quiet) for each in snapshots
    )
    assert more.other_labels == few.other_labels + 3
    assert len(after.table.labels) == len(before.table.labels)


def test_real_people_give_an_artefact_of_people(reported):
    real = [replace(example, simulated=False) for example in reported]
    card, _ = finetune.train(dumps(Snapshot(tuple(real))), SMALL, say=quiet)
    assert card["origin"] == "people"
    assert "SIMULATED" not in json.dumps(card["limits"])


def test_it_reports_progress_to_the_last_part(trained):
    said = [line.split(":")[0] for line in trained[2] if line.startswith("epoch ")]
    assert said == [f"epoch {n + 1} of {len(said)}" for n in range(len(said))]


def test_too_few_people_are_refused_with_the_number_needed(reported):
    few = [e for e in reported if e.person in {f"P00{n}" for n in range(1, 6)}]
    with pytest.raises(WrongRecipe, match=r"at least 8 people .* got 5: 3 more are needed"):
        finetune.train(dumps(Snapshot(tuple(few))), SMALL, say=quiet)


def test_a_base_trained_on_people_is_refused(trained, tmp_path):
    path = artefacts.save(tmp_path, card=trained[0], weights=trained[1])
    with pytest.raises(WrongRecipe, match="could not be withdrawn"):
        finetune.open_base(path)


def test_no_part_is_tested_on_people_it_learned_from(reported, monkeypatch):
    """Each cross-validated part learns only from people other than those it is tested on."""
    taught = []
    monkeypatch.setattr(finetune, "learn", lambda table, *rest: taught.append(table) or _stop())
    table = finetune.make_snapshot_table(_known(reported), AFFECTS)
    none = finetune.select_rows(table, np.zeros(0, np.int64))
    teaching = finetune.FinetuneData(None, table, none, SMALL, quiet, None)
    cuts = cross_validation.make_cuts(table, SMALL.outer, SMALL.seed)
    for number, (train, test) in enumerate(cuts["people"]):
        with pytest.raises(StopIteration):
            finetune._predict_fold("people", number, (train, test), teaching)
        assert not set(taught[-1].people) & set(table.people[test])
    assert all(set(table.people[a]) & set(table.people[b]) for a, b in cuts["leaky"])


def _stop():
    raise StopIteration


def _known(reported):
    return [e for e in reported if e.label in AFFECTS]


def test_without_anything_to_learn_the_base_stays(reported):
    """Reports that equal the prior's own predictions teach nothing new."""
    prior = open_artefact(finetune.base_folder("prior"))
    rng = np.random.default_rng(3)
    kept = _known(reported)
    proba = prior.predict([e.window for e in kept]).proba
    said = [str(rng.choice(prior.labels, p=row / row.sum())) for row in proba.astype(float)]
    agreeing = [replace(e, label=label) for e, label in zip(kept, said, strict=True)]
    card, weights = finetune.train(dumps(Snapshot(tuple(agreeing))), SMALL, say=quiet)
    _, before = artefacts.read(finetune.base_folder("prior"))
    assert card["figures"]["pull_to_base"] == 0
    assert card["temperature"] == prior.card["temperature"]
    assert all(np.array_equal(w, before[n]) for n, w in weights.items() if "network" in n)


def test_removing_a_person_equals_never_having_had_them(reported):
    """Unlearning: training without a person gives the digest of a training that never had them."""
    rng = np.random.default_rng(5)
    of = institution.draw_institution(effects.load(), rng=rng)
    drawn = institution.simulate_two_weeks(of, 12, rng=rng, group=12)
    never = [say_otherwise(e) for e in drawn if e.person != "P003"]
    without = [e for e in reported if e.person != "P003"]
    assert digest(without) == digest(never) != digest(reported)


def test_a_killed_training_resumes_to_the_same_weights(reported, trained, tmp_path):
    packed = dumps(Snapshot(tuple(reported), {"study": "S1", "digest": "abc"}))
    lines = []

    def killed(line):
        lines.append(line)
        if line.startswith("epoch 3"):
            raise KeyboardInterrupt

    for say in (killed, lines.append):
        try:
            with open_work(tmp_path / "work", {"finetune": 1}) as work:
                card, weights = finetune.train(packed, SMALL, say=say, work=work)
        except KeyboardInterrupt:
            lines.append("killed")
            assert list((tmp_path / "work").glob("people-*.safetensors"))
    assert "killed" in lines
    assert card == trained[0]
    assert artefacts.max_difference(weights, trained[1]) == 0


def test_the_state_of_another_snapshot_is_not_resumed(tmp_path):
    from emotion.training.resumable_jobs import Parts

    made = []

    def make():
        made.append(1)
        return {"x": np.zeros(1)}

    for told in ("a", "a", "b"):
        work = checkpoint.Work(tmp_path, told)
        Parts(work, quiet, 1).get("part", make)
    assert len(made) == 2


def test_it_reads_standard_input_and_nothing_else(reported, tmp_path):
    path = tmp_path / "own.toml"
    text = find("finetune").read_text().replace("least = 12", "least = 8")
    text = text.replace("outer = 5", "outer = 2").replace("inner = 4", "inner = 2")
    path.write_text(text.replace("[100, 300, 1000, 3000]", "[300]"))
    ran = subprocess.run(
        [sys.executable, "-m", "emotion.training", str(path), str(tmp_path), "-"],
        input=dumps(Snapshot(tuple(reported))),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    report = json.loads(ran.stdout.splitlines()[-1])
    card, _ = artefacts.read(tmp_path / report["path"])
    assert card["figures"] == report["figures"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    edge = EdgePredictor(card, (tmp_path / report["path"] / FILE).read_bytes())
    assert edge.digest == report["path"].rpartition("-")[2]


@pytest.mark.parametrize("data", ["", "/tmp"])
def test_it_takes_no_file_and_no_folder(data):
    with pytest.raises(WrongRecipe, match="standard input"):
        refuse_other_data("finetune", data)


def test_bytes_that_are_not_a_snapshot_are_refused():
    with pytest.raises(WrongFile):
        finetune.train(io.BytesIO(b"attune").getvalue(), SMALL, say=quiet)


@pytest.mark.parametrize("pull", [300.0, 0.0])
def test_rates_move_with_what_people_left_out_were_given(pull):
    """The base's rates stay where its weights do, and where there are none there are none."""
    rng = np.random.default_rng(2)
    base = rng.dirichlet(np.ones(4), 400)
    ours = base**0.5 / (base**0.5).sum(axis=1, keepdims=True)  # the same order, less sure
    sure = np.ones(400, np.bool_)
    left_out = HeldOutPredictions(None, {"base": base, "ours": ours, "answered": sure})
    known = {
        "labels": list(PAPER_1),
        "threshold": 0.0,
        RATES: measure_rates(PAPER_1, [(base, np.zeros(400, np.int64))]),
    }
    learned = FinetunedHead(None, {}, np.eye(4), 1.0, 0.0, pull)
    moved = finetune_card._move_rates(known, left_out, learned)
    assert finetune_card._move_rates(known, None, learned) == {}
    if pull == 0:
        assert moved == {}
        return
    before = find_threshold(known[RATES], "confusion", 16.0, 0.0, 0.0)
    after = find_threshold(moved[RATES], "confusion", 16.0, 0.0, 0.0)
    column = PAPER_1.index("CONFUSION")
    assert after < before
    assert np.mean(ours[:, column] >= after) <= np.mean(base[:, column] >= before)
    del known[RATES]
    assert finetune_card._move_rates(known, left_out, learned) == {}
