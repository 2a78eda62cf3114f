"""Each figure of each card that ships or can be trained has a name in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from research.figures.figure_names import find_name, name_figure
from research.runs import view_model
from tests.fixtures.models.model_cards import HONEST
from tests.fixtures.models.state_figures import make_state_figures
from tests.fixtures.site.run_samples import LEARNED

ARTEFACTS = Path(__file__).resolve().parents[4] / "artefacts"
SHIPPED = {
    (path.parent.name, key)
    for path in ARTEFACTS.glob("*/card.json")
    for key in json.loads(path.read_text())["figures"]
}
# What the trainings put on cards that do not ship.
TRAINED = [
    *HONEST,
    *make_state_figures(),
    *LEARNED,
    *("auroc", "base_auroc", "base_ece", "log_loss_gain", "windows_without_a_report"),
    *("reports_of_other_labels", "windows_pretrained_on", "pull_to_base", "bare_macro_f1"),
    *("gain_of_pretraining", "log_loss_gain_of_pretraining", "base_macro_f1_without_face"),
    *("gap_simulated", "base_gap_heart", "log_loss_gain_with_gaze"),
    *("log_loss_gain_without_simulated", "base_auc_interest", "base_ece"),
    # SAM and MVP on a site's own data
    *("valence_ccc", "base_valence_ccc", "arousal_rmse", "mean_arousal_rmse", "pull"),
    *("valence_auroc", "base_valence_auroc", "valence_high_share", "windows_without_a_level"),
    *("arousal_commonest_macro_f1", "levels_told", "told_and_not_learned_from"),
    *("valence_confusion", "arousal_roc", "valence_calibration"),
    # the knowledge model
    *("elo_auc", "gain_over_elo", "answers"),
]


@pytest.mark.parametrize("key", sorted({key for _artefact, key in SHIPPED} | set(TRAINED)))
def test_each_figure_has_words(key):
    name = find_name(key)
    assert name
    assert "_" not in name
    assert "{" not in name


def test_some_artefacts_ship():
    assert len({artefact for artefact, _key in SHIPPED}) >= 4


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("macro_f1_effects_times_0.5", "Macro-F1, where effects are 0.5 times as large"),
        ("base_macro_f1_without_pointer", "Macro-F1, without pointer, starting model"),
        ("logistic_regression_auc_boredom", "AUC, boredom, logistic regression"),
        ("mean_valence_rmse", "Valence: Error of the rating (RMSE), always giving the mean rating"),
    ],
)
def test_a_name_says_each_part(key, name):
    assert find_name(key) == name


def test_a_figure_of_a_plugin_is_shown_as_words():
    assert find_name("my_own_score") is None
    assert name_figure("my_own_score") == "my own score"


def test_two_figures_of_one_card_never_have_the_same_name():
    for artefact in {artefact for artefact, _key in SHIPPED}:
        names = [find_name(key) for of, key in SHIPPED if of == artefact]
        assert len(set(names)) == len(names), artefact


def test_lists_of_figures_show_the_names():
    lines = view_model.compare_figures([{"macro_f1_effects_times_0.5": 0.2671}])
    assert [line.title for line in lines] == ["Macro-F1, where effects are 0.5 times as large"]
