"""What a site shows of a card of real people: nothing of a state or group below its floor."""

from __future__ import annotations

import pytest

from estimates.group_figures import disclosure
from estimates.group_figures.proportions import Floor
from estimates.models.group_figures import RESEARCH
from research.figures.shown_figures import count_people, find_floor, list_shown
from tests.fixtures.site import run_samples

FIGURES = {
    "macro_f1": [0.4, 0.3, 0.5],
    "confusion": {"counts": [[9, 1], [4, 6], [5, 5]], "people": [12, 11, 4]},
    "auc_interest": [0.7, 0.6, 0.8],
    "logistic_regression_auc_boredom": [0.7, 0.6, 0.8],
    "gain_over_video_boredom": [0.7, 0.6, 0.8],
    "arousal_auroc": [0.7, 0.6, 0.8],
    "arousal_high_share": [0.3, 0.2, 0.4],
    "arousal_commonest_macro_f1": [0.4, 0.4, 0.4],
    "time_matched_auc": [0.7, 0.6, 0.8],
    "gap_heart": [0.1, 0.0, 0.2],
    "base_gap_heart": [0.1, 0.0, 0.2],
    "log_loss_gain_with_heart": [0.1, 0.0, 0.2],
    "log_loss_gain_without_gaze": [0.1, 0.0, 0.2],
    "log_loss_gain": [0.1, 0.0, 0.2],
    "groups": {"heart": [[0.4, 0.3, 0.5, 4], [0.4, 0.3, 0.5, 30]], "gaze": [[0, 0, 0, 15]] * 2},
}


@pytest.fixture
def floors(monkeypatch):
    """Set the least groups of a site that allows research."""
    monkeypatch.setattr(disclosure, "current_floor", {RESEARCH: Floor(5, 10, 1)}.get)


@pytest.mark.parametrize(
    ("people", "floor", "shown"),
    [
        ([12, 11, 4], 10, [12, None, None]),
        ([12, 11, 4], 0, [12, 11, 4]),
        ([12, 4, 4], 10, [12, None, None]),
        ([12, 11, None], 10, [12, None, None]),
        ([12, 11, None], 0, [12, 11, None]),
        ([12, 11, 10], 10, [12, 11, 10]),
    ],
)
def test_one_state_alone_is_never_what_is_missing(people, floor, shown):
    assert count_people({"confusion": {"people": people}}, "", floor) == shown


def test_figures_of_another_form_count_nobody():
    assert count_people({"confusion": [[1, 2]]}, "", 10) == []


def test_lists_leave_out_states_and_groups_below_the_floor():
    hidden = FIGURES.keys() - list_shown(FIGURES, 10).keys()
    assert hidden == {
        *("auc_interest", "logistic_regression_auc_boredom", "gain_over_video_boredom"),
        *("arousal_high_share", "arousal_commonest_macro_f1"),
        *("arousal_auroc", "gap_heart", "base_gap_heart", "log_loss_gain_with_heart"),
    }
    assert list_shown(FIGURES, 0) == FIGURES


@pytest.mark.parametrize(
    ("figures", "origin", "sources", "floor"),
    [
        ({}, "simulated", ["heart"], 0),
        ({"real_people": 3}, "simulated", ["heart"], 10),
        ({}, "people", ["activity"], 5),
        ({}, "people", ["heart", "of-a-plugin"], 10),
    ],
)
def test_the_floor_is_that_of_the_profile_and_the_sensors(floors, figures, origin, sources, floor):
    assert find_floor(figures, origin, sources) == floor


def test_a_site_without_research_shows_no_group_of_real_people(settings, db):
    settings.LEGAL_PROFILE = "eu_education"
    assert list_shown(FIGURES, find_floor({}, "people", [])).keys() == {
        *("macro_f1", "confusion", "time_matched_auc", "log_loss_gain", "groups")
    }


@pytest.fixture
def real(floors, db):
    """Return a Predictor and a Run of real people of whom few were happy."""
    row = run_samples.make_predictor("c" * 12)
    confusion = row.card["figures"]["confusion"] | {"people": [40, 40, 8, 40, 40, 40]}
    figures = row.card["figures"] | {"confusion": confusion}
    row.card = row.card | {"figures": figures, "streams": {"heart": {}}}
    row.origin = "people"
    row.save()
    run = run_samples.make_run(str(row))
    run.simulated, run.figures = False, figures
    run.save()
    return row, run


def test_no_page_lists_a_state_that_its_figures_hide(client_for, ravi, real):
    row, run = real
    for address in (f"/research/predictors/{row}/", f"/research/runs/{run.id}/", "/research/runs/"):
        answer = client_for(ravi).get(address)
        assert answer.status_code == 200
        assert "AUC, happiness" not in answer.content.decode(), address
        assert "Calibration error (ECE)" in answer.content.decode(), address
