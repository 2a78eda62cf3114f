"""Pre-training on unlabelled Windows: hidden input, excluded people, resumption."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emotion.artefacts import max_difference
from emotion.datasets.snapshot import Example
from emotion.features.batch import Batch
from emotion.features.window import NAMES
from emotion.models.crossmodal import finetune, head_finetune, pretrain
from emotion.models.crossmodal.finetuned_head import FinetuneRecipe
from emotion.training import cross_validation
from emotion.training.checkpoint import Checkpoint
from emotion.training.example_table import ExampleTable
from emotion.training.recipe import read_shipped
from emotion.windows import Window

RECIPE = read_shipped("finetune", FinetuneRecipe)
HOW = replace(RECIPE.pretrain, epochs=3, patience=3, rows=16)
HELD = ("network.last.", "network.linear.")


@pytest.fixture(scope="module")
def base():
    return head_finetune.open_base(head_finetune.base_folder("prior"))


def draw_noise(people, windows=4, seed=0):
    """Return Windows of pure noise, a fifth of it missing; each person's in two videos."""
    rng, count = np.random.default_rng(seed), len(people) * windows
    values, masks = {}, {}
    for name, features in NAMES.items():
        shape = (count, 10, len(features))
        values[name] = rng.normal(size=shape).astype(np.float32)
        masks[name] = rng.random(shape) < 0.8
    batch = Batch(values, masks, {name: np.ones(count, np.float32) for name in NAMES})
    labels = rng.integers(4, size=count)
    return ExampleTable(batch, labels, np.repeat(people, windows), np.arange(count) % 2)


def to_tensors(told):
    return {name: torch.from_numpy(x.copy()) for name, x in told.items()}


@pytest.fixture
def hiding(base):
    """(the network with its temporary head, values, masks, the part of them that is shown)."""
    torch.manual_seed(0)
    batch = draw_noise([1, 2]).batch
    masks = to_tensors(batch.masks)
    shown = pretrain.draw_shown(masks, HOW, torch.Generator().manual_seed(1))
    return pretrain.MaskedModel(base).eval(), to_tensors(batch.values), masks, shown


def test_hidden_values_do_not_affect_the_output(hiding):
    masked, values, masks, shown = hiding
    wild = {n: torch.where(shown[n], x, float("nan")) for n, x in values.items()}
    with torch.no_grad():
        (told, said), (same_told, same_said) = masked(values, shown), masked(wild, shown)
    assert torch.equal(said, same_said)
    assert all(torch.equal(told[n], same_told[n]) for n in told)
    assert all((masks[n] & ~shown[n]).any() and shown[n].any() for n in masks)
    assert not any((shown[n] & ~masks[n]).any() for n in masks)


def test_whole_streams_and_one_span_of_others_are_hidden():
    masks = {"face": torch.ones(400, 10, 3, dtype=torch.bool)}
    shown = pretrain.draw_shown(masks, HOW, torch.Generator().manual_seed(1))["face"]
    seen = shown.all(dim=-1)
    assert torch.equal(seen, shown.any(dim=-1))
    gone = (~seen).sum(dim=1)
    assert set(gone.tolist()) == {3, 10}
    assert (gone == 10).float().mean() == pytest.approx(HOW.streams, abs=0.07)
    edges = (seen[:, 1:] != seen[:, :-1]).sum(dim=1)
    assert edges.max() <= 2


def test_the_loss_covers_only_present_hidden_values(hiding):
    _, values, masks, shown = hiding
    told = {n: torch.zeros_like(x) for n, x in values.items()}
    plain = pretrain.reconstruction_error(told, values, masks, shown)
    asked = {n: masks[n] & ~shown[n] for n in masks}
    expected = torch.cat([values[n][asked[n]] for n in masks]).square().mean()
    assert plain == pytest.approx(float(expected), rel=1e-5)
    wild = {n: torch.where(asked[n], x, float("inf")) for n, x in values.items()}
    assert pretrain.reconstruction_error(told, wild, masks, shown) == plain
    nothing = {n: torch.zeros_like(x) for n, x in masks.items()}
    assert pretrain.reconstruction_error(told, wild, nothing, nothing) == 0


class Killed(BaseException):
    """The process was killed."""


def test_a_killed_pre_training_resumes_to_the_same_weights_and_changes_only_the_body(
    base, tmp_path, monkeypatch
):
    table, kept = draw_noise([1, 2, 3, 4, 5]), Checkpoint(tmp_path / "it.safetensors", "one")
    asked = base, table.batch, table.people, HOW
    whole = pretrain.pretrain_base(*asked, seed=1)
    save = Checkpoint.save

    def killed(self, training):
        save(self, training)
        raise Killed

    monkeypatch.setattr(Checkpoint, "save", killed)
    with pytest.raises(Killed):
        pretrain.pretrain_base(*asked, seed=1, kept_at=kept)
    monkeypatch.setattr(Checkpoint, "save", save)
    torch.manual_seed(99)
    again = pretrain.pretrain_base(*asked, seed=1, kept_at=kept)
    assert max_difference(whole.weights, again.weights) == 0
    moved = {n for n, x in whole.weights.items() if not np.array_equal(x, base.weights[n])}
    assert any(n.startswith("network.encoders.face") for n in moved)
    assert not any(n.startswith((*HELD, "standard.")) for n in moved)
    assert np.array_equal(whole.head, base.head)
    masked = pretrain.MaskedModel(base)
    held = [*masked.last.parameters(), *masked.linear.parameters()]
    assert not any(each.requires_grad for each in held)


@pytest.mark.parametrize("name", ["people", "videos"])
def test_held_out_people_and_videos_are_not_pre_trained_on(name, base, monkeypatch):
    """For figures by people no test person is used, for those by videos no test video."""
    seen = []
    monkeypatch.setattr(finetune, "pretrain_base", lambda *told, **how: seen.append(told) or base)
    monkeypatch.setattr(
        finetune,
        "learn",
        lambda *told: SimpleNamespace(
            proba=lambda batch: np.ones((1, 4)), threshold=0.5, standards={}
        ),
    )
    monkeypatch.setattr(
        finetune,
        "join_tables",
        lambda tables: SimpleNamespace(
            batch=None,
            labels=np.concatenate([each.labels for each in tables]),
            people=np.concatenate([each.people for each in tables]),
            videos=np.concatenate([each.videos for each in tables]),
        ),
    )
    table, unsaid = draw_noise([1, 2, 3, 4]), draw_noise([1, 2, 3, 4, 5], windows=2, seed=1)
    recipe = replace(RECIPE, outer=2, pretrain=HOW)
    teaching = finetune.FinetuneData(base, table, unsaid, recipe, lambda line: None, None)
    for number, side in enumerate(
        cross_validation.make_cuts(table, recipe.outer, recipe.seed)[name]
    ):
        finetune._predict_fold(name, number, side, teaching)
        test = set(getattr(table, name)[side[1]].tolist())
        beside = finetune._select_unlabelled(name, unsaid, finetune.select_rows(table, side[1]))
        taught = {*getattr(table, name)[side[0]].tolist(), *getattr(beside, name).tolist()}
        assert len(seen[-1][2]) == len(side[0]) + len(beside.labels)
        assert not taught & test
        assert name == "videos" or 5 in taught


def test_surplus_windows_are_sampled_and_lose_their_labels():
    window = Window(0.0, 10.0, {})
    found = [
        Example(f"P{n:03d}", "U1", 0.0, window, *label)
        for n, label in enumerate([("FRUSTRATION", "report"), (None, "")] * 5)
    ]
    few = pretrain.choose_windows(found, replace(HOW, most=6), seed=1)
    assert [each.person for each in few] == sorted({each.person for each in few})
    assert len(few) == 6
    assert {(each.label, each.source) for each in pretrain.choose_windows(found, HOW, seed=1)} == {
        (None, "")
    }
    assert pretrain.choose_windows(found, replace(HOW, epochs=0), seed=1) == []
