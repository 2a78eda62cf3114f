"""All experiments in one figure: what their cards show, and nothing else."""

from __future__ import annotations

from teaching.effects.effects_figure import build_effects
from teaching.effects.hint_experiments import WordingCard
from teaching.effects.interval_chart import draw_interval
from teaching.effects.trial_card import ENDED, SO_FAR, WAITS, TrialCard


def make_card(title, state, ends=None, *, simulated=False, version=2):
    chart = draw_interval(*ends) if ends else None
    return TrialCard(
        title, "R1", version, state, simulated=simulated, learners="about 40", chart=chart
    )


def test_without_an_interval_there_is_no_figure():
    assert build_effects([make_card("Stuck", WAITS)], [WordingCard("a", "b", 500)]) is None


def test_each_interval_is_a_row_of_drawing_and_table():
    wording = WordingCard(
        "a", "b", 500, ENDED, learners="about 60", chart=draw_interval(-5.0, 10.0)
    )
    cards = [make_card("Stuck", ENDED, (5.0, 20.0)), make_card("x", WAITS)]
    figure = build_effects(cards, [wording])
    assert [row[:3] for row in figure.table.rows] == [
        ("Stuck", 5.0, 20.0),
        ("Wordings of hint 1", -5.0, 10.0),
    ]
    assert str(figure.svg).count('class="range-act"') == 2
    assert "<circle" not in figure.svg
    assert "+5 to +20" in figure.words


def test_versions_of_a_rule_are_told_apart():
    cards = [make_card("Stuck", ENDED, (5.0, 20.0), version=at) for at in (1, 2)]
    figure = build_effects([*cards, make_card("Bored", ENDED, (5.0, 20.0))], [])
    names = [row[0] for row in figure.table.rows]
    assert names == ["Stuck, version 1", "Stuck, version 2", "Bored"]


def test_the_numbers_behind_the_figure_are_not_rounded():
    figure = build_effects([make_card("Stuck", ENDED, (4.26, 20.51), simulated=True)], [])
    assert figure.table.rows[0][1:3] == (4.26, 20.51)


def test_a_found_difference_is_named_and_a_running_one_never_is():
    ended = make_card("Stuck", ENDED, (5.0, 20.0))
    running = make_card("Bored", SO_FAR, (5.0, 20.0))
    assert build_effects([ended, running], []).stress == (
        "1 of those that have ended shows a difference: Stuck."
    )
    assert build_effects([running], []).stress.startswith("None of them has ended")
    across = make_card("Stuck", ENDED, (-5.0, 20.0))
    assert build_effects([across], []).stress.startswith("No difference was found")


def test_simulated_people_are_labelled_row_by_row_among_real_ones():
    cards = [make_card("A", ENDED, (1.0, 2.0)), make_card("B", ENDED, (1.0, 2.0), simulated=True)]
    figure = build_effects(cards, [])
    assert not figure.simulated
    assert [row[-1] for row in figure.table.rows] == ["people", "simulated people"]
    assert "ended, simulated" in figure.svg
    assert build_effects(cards[1:], []).simulated
