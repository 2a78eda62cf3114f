"""MVP on own Windows: what reaches its training, and what may become of what it made."""

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
    return loads(training_data.of(run, now=now)).examples


def test_what_led_up_to_a_report_reaches_it_as_one_clip(willing, freeze, mia, ravi, now):
    store_report(willing[mia], 101.0, "", now, levels={"valence": 2})
    (found,) = iterate_clips(learned_from(freeze("pointer"), ravi, now))
    assert (found.window.t0, found.window.t1) == (0.0, 100.0)
    assert dict(found.said.levels) == {"valence": 2}


def test_simulated_people_wear_something_for_it(ravi, now, monkeypatch):
    rng = np.random.default_rng(1)
    of = institution.draw_institution(effects.load(), rng=rng)
    few = institution.make_snapshot(list(wearables.simulate_sittings(of, 2, rng=rng, count=1)))
    monkeypatch.setattr(wearables, "simulate_cold_start", lambda: few)
    found = learned_from(None, ravi, now)
    assert {"face", "ppg", "eda"} == {name for each in found for name in each.window.streams}
    assert list(iterate_clips(found))


def test_what_it_made_may_challenge_and_passes_no_gate_that_its_card_does_not_open(shelves, now):
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
    shut = {each.gate for each in challengers.verdicts(row) if not each.passed}
    assert {"gain", "signal"} <= shut
