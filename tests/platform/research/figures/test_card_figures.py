"""Figures of a card: the same numbers in drawing and table, and what is missing is said."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from emotion.labels import AFFECTS
from research.figures.calibration_curve import build_calibration
from research.figures.card_facts import CardData
from research.figures.confusion_matrix import build_confusion, to_percent
from research.figures.group_reliability import build_groups
from research.figures.learning_curve import build_learning_curve
from research.figures.roc_curves import build_roc, find_cost
from research.figures.state_areas import build_state_areas
from tests.fixtures.models.model_cards import HONEST
from tests.fixtures.models.state_figures import make_state_figures
from tests.fixtures.site.run_samples import LEARNED

STATES = tuple(str(label) for label in AFFECTS)


def make_card(figures, states=STATES):
    return CardData(figures, states, simulated=True, floor=5, is_classifier=True)


@pytest.fixture
def card():
    """Return a card with every figure of six states."""
    return CardData(
        HONEST | make_state_figures(), STATES, simulated=True, floor=5, is_classifier=True
    )


@pytest.fixture
def old():
    """Return a card as it was before cards had curves."""
    figures = {key: value for key, value in HONEST.items() if key != "calibration"}
    return make_card(figures)


def build_all(card):
    found = [build_state_areas(card), build_groups(card)]
    for prefix, about, names in card.targets:
        found.append(build_confusion(card, prefix, about, names))
        found += [build(card, prefix, about) for build in (build_calibration, build_roc)]
    return found


def texts_of(figure):
    return [each.text for each in ET.fromstring(figure.svg).iter("text")]


def test_each_figure_has_a_drawing_its_numbers_and_a_finding(card):
    for figure in build_all(card):
        assert figure.drawing, figure.code
        assert figure.table.rows
        assert figure.finding
        assert figure.words
        assert figure.simulated
        assert figure.basis == "40 people it was not trained on, 1,536 windows"


def test_the_codes_of_figures_differ(card):
    codes = [figure.code for figure in build_all(card)]
    assert len(set(codes)) == len(codes)


def test_an_old_card_says_of_each_figure_that_it_has_none(old):
    for figure in build_all(old):
        assert figure.drawing is None
        assert figure.table is None
        assert figure.missing.startswith("This card")


def test_areas_stand_in_the_table_as_they_are_drawn(card):
    figure = build_state_areas(card)
    value, low, high = card.figures["auc_interest"]
    assert figure.table.rows[0][:4] == ("Interest", value, low, high)
    assert {f"{value:.2f}", f"{low:.2f}–{high:.2f}"} <= set(texts_of(figure))
    assert figure.table.lines[0].cells[0] == f"{value:.2f}"


def test_areas_are_compared_with_the_video_alone_first(card):
    figure = build_state_areas(card)
    assert [entry.text for entry in figure.legend][1] == "the video alone, no sensing"
    assert figure.table.rows[0][4] == card.figures["video_auc_interest"][0]
    assert figure.drawing.render("a", "", "").count('class="mark"') == len(STATES)


def test_a_state_that_the_video_tells_as_well_is_named(card):
    weak = card.figures | {"gain_over_video_happiness": [0.01, -0.02, 0.04]}
    figure = build_state_areas(replace(card, figures=weak))
    assert figure.stress == (
        "Happiness adds nothing that can be seen beyond knowing which video is playing."
    )


def test_a_shipped_card_is_compared_with_what_it_has():
    figures = {
        "auc_interest": [0.74, 0.73, 0.75],
        "auc_boredom": [0.52, 0.49, 0.55],
        "logistic_regression_auc_interest": [0.69, 0.68, 0.71],
    }
    card = make_card(figures, STATES[:2])
    figure = build_state_areas(card)
    assert figure.stress == "Not shown to be better than chance: Boredom."
    assert "logistic regression on the same inputs" in figure.legend[1].text
    assert figure.table.rows[1][4] is None


def test_a_confusion_matrix_draws_percent_and_lists_counts(card):
    _prefix, _about, names = card.targets[0]
    figure = build_confusion(card, "", "", names)
    counts = card.figures["confusion"]["counts"]
    assert [row[1:7] for row in figure.table.rows] == [tuple(row) for row in counts]
    assert [row[7] for row in figure.table.rows] == [sum(row) for row in counts]
    shown = [text for text in texts_of(figure) if text and text.isdigit()]
    assert shown == [str(percent) for row in counts for percent in to_percent(row)]


def test_the_most_frequent_mistake_is_named():
    counts = {"counts": [[90, 10], [40, 60]], "people": [9, 9]}
    card = make_card({"confusion": counts}, ("INTEREST", "BOREDOM"))
    figure = build_confusion(card, "", "", ["Interest", "Boredom"])
    assert figure.stress == "“Boredom” is taken for “Interest” 40 times in 100."


def test_a_state_of_too_few_people_is_hatched_and_no_zero():
    counts = {"counts": [[90, 10], None], "people": [9, None]}
    card = replace(make_card({"confusion": counts}, ("INTEREST", "BOREDOM")), floor=0)
    figure = build_confusion(card, "", "", ["Interest", "Boredom"])
    assert figure.drawing.render("a", "", "").count('class="gap"') == 2
    assert set(figure.table.lines[1].cells) == {"–"}
    assert "Boredom: too few people." in figure.words


def test_a_state_below_the_floor_of_the_site_is_shown_nowhere(card):
    counts = card.figures["confusion"] | {"people": [40, 40, 8, 39, 40, 40]}
    card = replace(card, floor=10, figures=card.figures | {"confusion": counts})
    _prefix, _about, names = card.targets[0]
    # Confusion is the next smallest: without it the totals would tell Happiness.
    shown = {"Interest", "Boredom", "Frustration", "Distraction"}
    assert {row[0] for row in build_state_areas(card).table.rows} == shown
    assert {row[0] for row in build_roc(card, "", "").table.rows} == shown
    lines = build_confusion(card, "", "", names).table.lines
    assert {line.heading for line in lines if set(line.cells) != {"–"}} == shown


def test_a_site_that_shows_no_group_says_why_and_draws_none(card):
    card = replace(card, floor=10**6)
    for figure in build_all(card):
        if figure.code == "groups":
            assert {row[2:] for row in figure.table.rows} == {(None, None, None, None)}
        else:
            assert figure.missing == "Too few people for this site to show it."


def test_windows_without_an_answer_are_said_to_count(card):
    _prefix, _about, names = card.targets[0]
    always = {key: value for key, value in card.figures.items() if key != "answered_share"}
    text = "Windows on which it would give no answer count with its best guess."
    assert text in build_confusion(card, "", "", names).note
    assert text not in build_confusion(replace(card, figures=always), "", "", names).note


def test_a_model_without_mistakes_names_none():
    counts = {"counts": [[90, 0], [0, 60]], "people": [9, 9]}
    card = make_card({"confusion": counts}, ("INTEREST", "BOREDOM"))
    assert build_confusion(card, "", "", ["Interest", "Boredom"]).stress == ""


def test_calibration_has_one_dot_and_one_bar_for_each_row(card):
    figure = build_calibration(card, "", "")
    svg = figure.drawing.render("a", "", "")
    assert len(figure.table.rows) == len(card.figures["calibration"])
    for name in ("dot", "range", "bar"):
        assert svg.count(f'class="{name}"') == len(figure.table.rows)


@pytest.mark.parametrize(
    ("bins", "finding"),
    [
        ([[0.9, 0.7, 50, 0.6, 0.8, 9]], "It is too sure in places, by up to 20 points."),
        ([[0.5, 0.7, 50, 0.6, 0.8, 9]], "It is too cautious in places, by up to 20 points."),
        ([[0.7, 0.72, 50, 0.6, 0.8, 9]], "No group is off the line by more than its interval."),
        ([[0.3, 0.28, 300], [0.5, 0.47, 800]], "On average it is off by 2.7 percentage points."),
    ],
)
def test_calibration_says_where_it_is_off(card, bins, finding):
    figures = card.figures | {"calibration": bins}
    assert build_calibration(replace(card, figures=figures, floor=0), "", "").stress == finding


def test_a_dot_of_too_few_people_is_not_drawn(card):
    bins = [[0.9, 0.7, 50, 0.6, 0.8, 9], [0.5, 0.5, 50, 0.4, 0.6, 12], [0.3, 0.3, 40]]
    card = replace(card, figures=card.figures | {"calibration": bins})
    for floor, shown in ((0, [90, 50, 30]), (10, [50])):
        figure = build_calibration(replace(card, floor=floor), "", "")
        assert [row[0] for row in figure.table.rows] == shown


def test_two_dots_are_left_out_where_one_has_too_few_people(card):
    """One alone could be computed from the other dots and the totals of the card."""
    bins = [[at / 10, at / 10, 50, 0.1, 0.9, people] for at, people in ((5, 9), (7, 12), (9, 30))]
    card = replace(card, figures=card.figures | {"calibration": bins})
    for floor, shown in ((9, [50, 70, 90]), (10, [90]), (13, [90]), (31, [])):
        figure = build_calibration(replace(card, floor=floor), "", "")
        assert [row[0] for row in figure.table.rows] == shown if shown else figure.table is None


def test_the_error_of_two_levels_together_is_that_of_neither():
    curves = make_state_figures()
    two = {"counts": [[80, 20], [30, 70]], "people": [9, 9]}
    figures = {
        **{f"{name}_confusion": two for name in ("valence", "arousal")},
        **{f"{name}_calibration": curves["calibration"] for name in ("valence", "arousal")},
        "ece": [0.1, 0.05, 0.2],
    }
    both = make_card(figures, ("VALENCE", "AROUSAL"))
    assert build_calibration(both, "valence_", "valence").note == ""
    one = make_card(figures, ("AROUSAL",))
    assert "0.100" in build_calibration(one, "arousal_", "arousal").note


def test_roc_curves_have_a_panel_for_each_state(card):
    figure = build_roc(card, "", "")
    svg = figure.drawing.render("a", "", "")
    assert svg.count('class="line"') == len(STATES)
    assert len(figure.table.rows) == sum(map(len, card.figures["roc"].values()))


def test_the_cost_of_finding_half_lies_on_the_drawn_line(card):
    points = [(0.0, 1.0, 1.0), (0.5, 0.2, 0.6), (0.6, 0.1, 0.4), (1.0, 0.0, 0.0)]
    assert find_cost(points) == pytest.approx(0.15)
    roc = {"INTEREST": points, "BOREDOM": [(0.5, 0.3, 0.5)]}
    card = replace(card, figures=card.figures | {"roc": roc})
    assert build_roc(card, "", "").stress == (
        "To find half of “Boredom”, 30 of 100 other windows are wrongly called that."
    )


def test_roc_curves_have_the_order_of_the_states_whatever_the_database_does(card):
    mixed = dict(sorted(card.figures["roc"].items()))
    figure = build_roc(replace(card, figures=card.figures | {"roc": mixed}), "", "")
    names = list(dict.fromkeys(row[0] for row in figure.table.rows))
    assert names[:3] == ["Interest", "Boredom", "Happiness"]


def test_groups_below_the_floor_are_hatched(card):
    assert build_groups(card).drawing.render("a", "", "").count('class="gap"') == 0
    figure = build_groups(replace(card, floor=16))
    # Both sides of it: one and the total tell the other.
    assert figure.drawing.render("a", "", "").count('class="gap"') == 2
    below = [row for row in figure.table.rows if row[2] is None]
    assert [row[:2] for row in below] == [("Gaze", "with"), ("Gaze", "without")]
    assert all(row[-1] is None for row in below)
    assert figure.stress == "No difference between groups was seen."


def test_the_line_of_all_people_lies_where_its_value_is(card):
    far = card.figures | {"macro_f1": [0.71, 0.6, 0.8]}
    texts = texts_of(build_groups(replace(card, figures=far)))
    assert "80" in texts


def test_a_card_with_gaps_alone_shows_them_around_zero(card):
    figures = {key: value for key, value in card.figures.items() if key != "groups"}
    hidden = build_groups(replace(card, figures=figures))
    assert hidden.missing == "Too few people for this site to show it."
    figure = build_groups(replace(card, figures=figures, floor=0))
    assert figure.stress == "With “Gaze” it is 8 points worse (3 to 13)."
    assert [row[0] for row in figure.table.rows] == ["Gaze", "Heart"]


def test_a_model_of_levels_has_its_figures_for_each_level():
    curves = make_state_figures()
    two = {"counts": [[80, 20], [30, 70]], "people": [9, 9]}
    figures = {
        "valence_confusion": two,
        "arousal_confusion": two,
        "valence_calibration": curves["calibration"],
        "valence_roc": {"HIGH": curves["roc"]["INTEREST"], "LOW": curves["roc"]["BOREDOM"]},
        "valence_auroc": [0.6, 0.55, 0.65],
        "arousal_auroc": [0.7, 0.65, 0.75],
    }
    card = make_card(figures, ("VALENCE", "AROUSAL"))
    assert [about for _prefix, about, _names in card.targets] == ["valence", "arousal"]
    assert [row[0] for row in build_state_areas(card).table.rows] == ["Valence", "Arousal"]
    assert build_confusion(card, "arousal_", "arousal", ["Low", "High"]).code == "confusion-arousal"
    panels = build_roc(card, "valence_", "valence").drawing.render("a", "", "")
    assert panels.count('class="line"') == 1
    assert "AUC 0.60" in panels


def test_a_level_with_a_side_of_too_few_people_is_shown_nowhere():
    curves = make_state_figures()
    figures = {
        "arousal_confusion": {"counts": [[80, 20], [30, 70]], "people": [40, 8]},
        "arousal_roc": {"HIGH": curves["roc"]["INTEREST"]},
        "arousal_auroc": [0.7, 0.65, 0.75],
    }
    card = replace(make_card(figures, ("AROUSAL",)), floor=10)
    for figure in (
        build_state_areas(card),
        build_confusion(card, "arousal_", "arousal", ["Low", "High"]),
        build_roc(card, "arousal_", "arousal"),
    ):
        assert figure.missing == "Too few people for this site to show it."


def test_a_learning_curve_names_its_best_epoch():
    figure = build_learning_curve(LEARNED, simulated=True)
    assert figure.stress == "Best after epoch 4 of 6, at a loss of 1.450."
    svg = figure.drawing.render("a", "", "")
    assert (svg.count('class="line"'), svg.count('class="thin"')) == (1, 1)
    assert figure.table.rows[4] == (5, 1.46, None)


def test_networks_that_are_not_drawn_are_counted():
    many = {"learning_curves": [[[1, 1.6], [2, 1.5]]] * 8}
    figure = build_learning_curve(many, simulated=True)
    assert len(figure.table.columns) == 7
    assert figure.note == "2 more networks were trained. Their curves are not drawn."
    assert build_learning_curve(LEARNED, simulated=True).note == ""


@pytest.mark.parametrize("figures", [{}, {"learning_curves": [[[1, 1.6]]]}])
def test_a_training_without_epochs_has_no_curve(figures):
    figure = build_learning_curve(figures, simulated=False)
    assert figure.drawing is None
    assert "kept no loss by epoch" in figure.missing


def test_no_figure_shows_a_key(card):
    for figure in [*build_all(card), build_learning_curve(LEARNED, simulated=True)]:
        shown = re.sub(r'(id|aria-labelledby|class|d|viewBox)="[^"]*"', "", str(figure.svg))
        assert not re.search(r"[a-z]_[a-z]", shown), figure.code
