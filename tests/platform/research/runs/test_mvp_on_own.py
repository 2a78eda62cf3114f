"""MVP on the site's own Windows: its training data, and the possible use of the result."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets.clips import iterate_clips
from emotion.datasets.snapshot import loads
from emotion.simulate import effects, institution, wearables
from estimates.registry import challengers, predictors
from research.runs import run_requests, training_data
from tests.fixtures.emotion.small_artefacts import make_tiny
from tests.fixtures.self_reports import store_report

pytestmark = pytest.mark.django_db


def learned_from(snapshot, by, now):
    run = run_requests.start("mvp", snapshot, by, now=now)
    return loads(training_data.load_training_data(run, now=now)).examples


def test_the_data_before_a_report_is_one_clip(willing, freeze, mia, ravi, now):
    store_report(willing[mia], 101.0, "", now, levels={"valence": 2})
    (found,) = iterate_clips(learned_from(freeze("pointer"), ravi, now))
    assert (found.window.t0, found.window.t1) == (0.0, 100.0)
    assert dict(found.said.levels) == {"valence": 2}


def test_simulated_people_have_wearables(ravi, now, monkeypatch):
    rng = np.random.default_rng(1)
    of = institution.draw_institution(effects.load(), rng=rng)
    few = institution.make_snapshot(list(wearables.simulate_sittings(of, 6, rng=rng, count=1)))
    monkeypatch.setattr(wearables, "simulate_cold_start", lambda: few)
    found = learned_from(None, ravi, now)
    assert {"face", "gaze", "ppg", "eda"} == {
        name for each in found for name in each.window.streams
    }
    assert list(iterate_clips(found))


def test_its_result_may_challenge_and_passes_only_gates_its_card_allows(shelves, now):
    from emotion import artefacts

    def made(folder, name, **figures):
        card, weights = make_tiny(
            name=name, kind="mvp", labels=["VALENCE", "AROUSAL"], figures=figures
        )
        return artefacts.save(folder, card=card, weights=weights)

    predictors.register(made(shelves.ARTEFACTS_DIR, "mvp"), now=now)
    luck = {"people": 24, "gain": [0.003, -0.026, 0.03], "auroc": [0.517, 0.457, 0.571]}
    row = predictors.register(made(shelves.LEARNED_DIR, "mvp_own", **luck), now=now, at_once=False)
    assert challengers.why_not(row) == ""
    row.challenger = True
    shut = {each.gate for each in challengers.list_verdicts(row) if not each.passed}
    assert {"gain", "signal"} <= shut
