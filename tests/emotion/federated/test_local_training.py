"""An institution trains in a separate process; only weights leave it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion.datasets import snapshot
from emotion.federated import messages
from emotion.federated.fedavg import Privacy, average, clip_step, measure_length
from emotion.federated.local_training import (
    LocalTrainer,
    load_snapshot,
    make_initial_weights,
    simulate_institution,
)
from emotion.federated.simulation import score, train_alone, train_together
from emotion.simulate import institution

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tables():
    return [simulate_institution(number, 3) for number in range(2)]


def test_two_institutions_have_different_people_and_videos(tables):
    first, second = tables
    assert not set(first.people) & set(second.people)
    again = simulate_institution(0, 3)
    assert np.array_equal(again.labels, first.labels)


def test_weights_depend_on_the_round_alone(tables):
    school = LocalTrainer(tables[0], seed=1)
    before = make_initial_weights(1)
    first, again, other = (school.train_round(before, turn) for turn in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert measure_length(clip_step(first, other, 1e9)) > 0
    assert measure_length(clip_step(before, first, 1e9)) > 0


def test_federated_training_is_the_mean_of_each_institutions_step(tables):
    schools = [LocalTrainer(table, seed=n) for n, table in enumerate(tables)]
    privacy, before = Privacy(clip=0.5), make_initial_weights(3)
    steps = [clip_step(before, each.train_round(before, 0), 0.5) for each in schools]
    expected = average(before, steps, privacy, rng=np.random.default_rng(3))
    found = train_together(schools, privacy, 1, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_local_training_has_no_clipping_and_can_be_scored(tables):
    found = train_alone(LocalTrainer(tables[0], seed=1), 1, seed=1)
    figures = score(found, tables[1])
    assert figures.keys() == {"accuracy", "macro_f1"}
    assert 0 < figures["accuracy"] < 1


def test_an_institutions_own_snapshot_is_read_from_its_bytes():
    """Reports with labels outside the network's are left out."""
    found = institution.simulate_cold_start(people=2, seed=4)
    table = load_snapshot(snapshot.dumps(found))
    known = {"INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION"}
    assert len(table.labels) == sum(each.label in known for each in found.examples)


def test_over_its_pipes_it_returns_weights_for_weights(tables):
    who = json.dumps({"number": 0, "people": 3, "seed": 1}).encode()
    before = make_initial_weights(1)
    with subprocess.Popen(
        [sys.executable, "-m", "emotion.federated.local_training"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as school:
        messages.write_message(school.stdin, who)
        messages.write_message(school.stdin, b"")
        told = json.loads(messages.read_message(school.stdout))
        messages.write_message(school.stdin, messages.pack_weights(before))
        after = messages.unpack_weights(messages.read_message(school.stdout))
        school.stdin.close()
        assert school.wait(30) == 0
        assert school.stdout.read() == b""
    assert told == {"windows": len(tables[0].labels)}
    ours = LocalTrainer(tables[0], seed=1).train_round(before, 0)
    for theirs, mine in zip(after, ours, strict=True):
        np.testing.assert_allclose(theirs, mine, atol=1e-6)
