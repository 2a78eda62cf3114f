"""Killed trainings resume after the last complete epoch and give exactly the same weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from emotion import artefacts
from emotion.training import checkpoint, recipe
from emotion.training.checkpoint import Checkpoint, Training, open_work
from emotion.training.early_stopping import train_until_best
from emotion.training.sequence_fit import SequenceSchedule, SequenceSeries, fit

ROOT = Path(__file__).resolve().parents[3]


class Killed(Exception):
    """Raised by a test in place of killing the process."""


def quiet(_):
    pass


def network():
    torch.manual_seed(3)
    return Reading()


class Reading(nn.Module):
    """A network with dropout, so that torch's own generator has an effect."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.4), nn.Linear(12, 2))

    def forward(self, values, masks):
        return self.inner(values["pointer"] * masks["pointer"])


def series(seed, count=60):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (count, 6)).astype(np.float32)
    masks = np.ones((count, 6), np.bool_)
    labels = (values[:, 0] > 0).astype(np.int64)
    return SequenceSeries({"pointer": values}, {"pointer": masks}, labels, np.arange(count))


def train_network(kept_at=None, say=quiet, epochs=5):
    schedule = SequenceSchedule(epochs=epochs, rows=8, rate=1e-2, dropout=0.3)
    told = (network(), nn.functional.cross_entropy, series(1), series(2), schedule)
    return fit(*told, seed=4, say=say, kept_at=kept_at).state_dict()


def kill_after(after):
    def say(line):
        if line.startswith(f"epoch {after} "):
            raise Killed

    return say


def assert_same(one, two):
    return all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_training_stopped_after_any_epoch_ends_with_the_same_weights(tmp_path, after):
    whole = train_network()
    at = Checkpoint(tmp_path / "x.safetensors", "mine")
    with pytest.raises(Killed):
        train_network(at, kill_after(after))
    torch.rand(7)  # any use by the next process before
    said = []
    assert assert_same(train_network(at, said.append), whole)
    assert said[0] == f"going on after epoch {after} of 5"
    assert [line.split(":")[0] for line in said[1:]] == [
        f"epoch {epoch} of 5" for epoch in range(after + 1, 6)
    ]


def test_a_training_stopped_twice_ends_with_the_same_weights(tmp_path):
    at = Checkpoint(tmp_path / "x.safetensors", "mine")
    for after in (1, 2):
        with pytest.raises(Killed):
            train_network(at, kill_after(after))
    assert assert_same(train_network(at), train_network())


def test_the_state_of_another_recipe_is_not_resumed(tmp_path):
    with pytest.raises(Killed):
        train_network(Checkpoint(tmp_path / "x.safetensors", "theirs"), kill_after(2))
    said = []
    assert assert_same(
        train_network(Checkpoint(tmp_path / "x.safetensors", "mine"), said.append), train_network()
    )
    assert said[0].startswith("epoch 1 of 5")


def test_a_training_killed_while_writing_resumes_from_the_previous_epoch(tmp_path, monkeypatch):
    at = Checkpoint(tmp_path / "x.safetensors", "mine")
    with pytest.raises(Killed):
        train_network(at, kill_after(2))
    write = checkpoint.save_file

    def half(tensors, path, metadata):
        write(tensors, path, metadata)
        path.write_bytes(path.read_bytes()[:500])
        raise Killed

    monkeypatch.setattr(checkpoint, "save_file", half)
    with pytest.raises(Killed):
        train_network(at)
    monkeypatch.undo()
    said = []
    assert assert_same(train_network(at, said.append), train_network())
    assert said[0] == "going on after epoch 2 of 5"


@dataclass
class Falls:
    """Losses reported one by one, while the weight counts the epochs."""

    losses: list

    def run(self, kept_at, say=quiet, patience=2):
        one = nn.Linear(1, 1, bias=False)
        optimiser = torch.optim.AdamW(one.parameters(), lr=0.1)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 8)
        training = Training(one, optimiser, torch.Generator(), falling)
        self.rates = []

        def once():
            self.rates.append(optimiser.param_groups[0]["lr"])
            one.weight.data.fill_(float(training.epoch))
            optimiser.step()
            falling.step()
            return self.losses[training.epoch]

        train_until_best(training, once, len(self.losses), patience, kept_at=kept_at, say=say)
        return one.weight.item(), training.epoch


@pytest.mark.parametrize("after", [1, 3, 5])
def test_patience_and_the_learning_rate_are_resumed(tmp_path, after):
    losses = [5.0, 3.0, 4.0, 2.0, 4.0, 3.0, 1.0]
    whole = Falls(losses)
    assert whole.run(None) == (3.0, 6)
    at = Checkpoint(tmp_path / "x.safetensors", "mine")
    with pytest.raises(Killed):
        Falls(losses).run(at, kill_after(after))
    rest = Falls(losses)
    assert rest.run(at) == (3.0, 6)
    assert rest.rates == whole.rates[after:]


def test_an_epoch_whose_loss_is_not_a_number_is_not_the_best():
    assert Falls([np.nan, 2.0, 3.0]).run(None)[0] == 1.0


def test_a_working_folder_is_exclusive_and_deleted_when_finished(tmp_path):
    folder = tmp_path / ".prior.training"
    with open_work(folder, {"seed": 1}) as work:
        assert work.folder.is_dir()
        with pytest.raises(checkpoint.Busy, match="wait for it"), open_work(folder, {"seed": 1}):
            pass
    assert not folder.exists()


def test_a_working_folder_stays_if_the_work_does_not_finish(tmp_path):
    with pytest.raises(Killed), open_work(tmp_path / "w", {"seed": 1}):
        raise Killed
    assert (tmp_path / "w").is_dir()


def test_another_recipe_or_other_code_gives_another_identity(tmp_path, monkeypatch):
    first = checkpoint.identity({"seed": 1})
    assert first == checkpoint.identity({"seed": 1})
    assert first != checkpoint.identity({"seed": 2})
    (tmp_path / "code.py").write_text("x = 1\n")
    monkeypatch.setattr(checkpoint, "CODE", tmp_path)
    before = checkpoint.identity({"seed": 1})
    (tmp_path / "code.py").write_text("x = 2\n")
    assert checkpoint.identity({"seed": 1}) != before


# A few people in short videos: deployers' own recipes.
FEW = {
    "mvp": {"train": 2, "valid": 1, "test": 1, "segments": [6, 7, 8, 6, 12], "rows": 8},
    "prior": {"group": 4, "groups": 1, "valid": 1, "test": 1, "quiet_groups": 1, "rows": 64},
}


def own(folder, kind):
    few = {**FEW[kind], "epochs": 3}
    lines = recipe.find(kind).read_text(encoding="utf-8").splitlines()
    names = [line.partition(" ")[0] for line in lines]
    told = [f"{n} = {few[n]}" if n in few else line for n, line in zip(names, lines, strict=True)]
    path = folder / "own.toml"
    path.write_text("\n".join(told), encoding="utf-8")
    return path


def training(own, out, *, kill_at=""):
    """Return (last line, progress) of a real training; None if it was killed at that line."""
    command = [sys.executable, "-m", "emotion.training", str(own), str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = []
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:
        for line in process.stderr:
            said.append(line.strip().partition("s  ")[2])
            if kill_at and said[-1].startswith(kill_at):
                process.send_signal(signal.SIGKILL)
                break
        told = process.stdout.read()
    return (None if kill_at else json.loads(told.splitlines()[-1])), said


@pytest.mark.parametrize("kind", ["mvp", pytest.param("prior", marks=pytest.mark.long)])
def test_a_killed_training_resumes_to_the_same_artefact(tmp_path, kind):
    told, out = own(tmp_path, kind), tmp_path / "killed"
    whole, _ = training(told, tmp_path / "whole")
    training(told, out, kill_at="epoch 2 of 3")
    assert [path.name for path in out.iterdir()] == [f".{kind}.training"]
    again, said = training(told, out)
    at = said.index("going on after epoch 2 of 3")
    assert [line.startswith("epoch ") for line in said[: at + 2]] == [*[False] * (at + 1), True]
    assert said[at + 1].startswith("epoch 3 of 3")
    assert again == whole
    assert [path.name for path in out.iterdir()] == [whole["path"]]
    assert artefacts.read(out / whole["path"])[0]["name"] == kind
