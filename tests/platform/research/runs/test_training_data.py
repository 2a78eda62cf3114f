"""Training data: reports and data of a Snapshot's people, or of simulated people."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets.snapshot import loads
from emotion.simulate import effects, institution
from research.runs import run_requests, training_data
from tests.fixtures.self_reports import store_report

pytestmark = pytest.mark.django_db


def learned_from(recipe, snapshot, by, now):
    return loads(
        training_data.load_training_data(run_requests.start(recipe, snapshot, by, now=now), now=now)
    ).examples


def test_reported_levels_reach_the_sam_recipe(willing, freeze, mia, ravi, now):
    store_report(willing[mia], 31.0, "", now, levels={"valence": 2, "arousal": 8})
    found = learned_from("sam", freeze("pointer", unlabelled=False), ravi, now)
    assert [dict(each.levels) for each in found] == [{"valence": 2, "arousal": 8}]
    assert "pointer" in found[0].window.streams


def test_simulated_people_report_levels_to_that_recipe_alone(ravi, now, monkeypatch):
    rng = np.random.default_rng(1)
    of = institution.draw_institution(effects.load(), rng=rng)
    few = institution.make_snapshot(list(institution.simulate_two_weeks(of, 1, rng=rng)))
    monkeypatch.setattr(institution, "simulate_cold_start", lambda *_: few)
    told, plain = (learned_from(recipe, None, ravi, now) for recipe in ("sam", "finetune"))
    assert all(each.levels.keys() == {"valence", "arousal"} for each in told)
    assert [each.label for each in told] == [each.label for each in plain]
    assert not any(each.levels for each in plain)
