"""`benchmark policy`: every policy in every world; losses of ours are reported."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from random import Random

import pytest

from adaptation.next_question import difficulty_shift
from emotion.benchmarks.policy import benchmark, card_rules, strategies
from emotion.benchmarks.policy.strategies import POLICIES, AffectPolicy, EloPolicy
from emotion.knowledge.item_selection import HIGH, LOW, TARGET
from emotion.simulate.learning_models import FEELINGS, WORLDS
from interventions import catalogue


@pytest.fixture(scope="module")
def quick():
    parser = ArgumentParser()
    benchmark.add_arguments(parser)
    return benchmark.run(vars(parser.parse_args(["--quick"])), lambda _: None)


def rows(report):
    return {(row["world"], row["policy"]): row for row in report.rows if "policy" in row}


def test_every_policy_has_a_row_of_intervals_in_every_world(quick):
    found = rows(quick)
    assert set(found) == {(world, name) for world in WORLDS for name in POLICIES}
    for row in json.loads(json.dumps(list(found.values()))):
        for figure in ("gain", "left", "bored"):
            value, low, high = row[figure]
            assert low <= value <= high
            assert low < high


def test_it_says_that_everything_is_simulated_and_how_many(quick):
    assert quick.protocol.startswith("Simulated, all figures: 40 learners")


def test_matched_questions_beat_random_ones_if_learning_peaks_near_them(quick):
    found = rows(quick)
    for world in ("peaks at .7", "rises with success"):
        assert found[world, "Elo 75 %"]["gain"][1] > found[world, "random"]["gain"][2]


def test_the_goals_are_judged_for_every_world(quick):
    goals = [row for row in quick.rows if "goal" in row]
    assert len(goals) == 2 * len(WORLDS)
    for row in goals:
        reached = row["left"][0] if "left" in row else -row["difference"][0]
        limit = row.get("at_most", -row.get("at_least", 0))
        assert row["met"] is (reached <= limit)


def test_the_shipped_card_has_a_row_for_each_rule_that_names_a_state(quick):
    found = {row["rule"]: row for row in quick.rows if "stated_per_hour" in row}
    assert set(found) == {
        rule.id for rule in catalogue.load() if rule.step and card_rules.find_states(rule)
    }
    assert "card prior-" in quick.protocol
    for row in found.values():
        assert row["hours"] == card_rules.QUICK
        assert 0 <= row["base"] <= 1
    goals = [row for row in quick.rows if "card_goal" in row]
    assert len(goals) == sum(bool(rule.adjust) for rule in catalogue.load())


def test_the_gain_with_a_card_is_compared_with_plain_elo_in_every_world(quick):
    found = {row["world"]: row for row in quick.rows if "card_policy" in row}
    assert set(found) == set(WORLDS)
    for row in found.values():
        assert row["gain"][1] <= row["gain"][0] <= row["gain"][2]
        assert row[f"gain_over_{benchmark.PLAIN}"][1] <= row[f"gain_over_{benchmark.PLAIN}"][2]


class Taught:
    def __init__(self, gained):
        self.gained, self.stays = gained, 0.99


def outcomes(**gains):
    return {("here", name): [Taught(gain), Taught(gain)] for name, gain in gains.items()}


def test_the_world_where_ours_loses_to_chance_is_named():
    names = {benchmark.OURS: 0.2, "random": 0.3, "fixed ramp": 0.1}
    lost, won = (benchmark._compare(outcomes(**names), simple) for simple in benchmark.SIMPLE)
    assert lost["worlds"] == ["here"]
    assert lost["here"][0] == pytest.approx(-0.1)
    assert won["worlds"] == "none"


def test_a_gain_under_plain_elo_misses_the_goal():
    worse = benchmark._make_goals(outcomes(**{benchmark.OURS: 0.2, benchmark.PLAIN: 0.3}))
    assert [row["met"] for row in worse] == [True, False]


def test_results_depend_on_the_seed():
    one, again, other = (
        benchmark.teach("peaks at .7", "Elo and rules", 3, seed).gained for seed in (1, 1, 2)
    )
    assert one == again != other


def test_questions_are_near_the_target_success_of_the_band():
    chooser = EloPolicy(Random(1))
    offered = [-3 + place / 2 for place in range(13)]
    asked = [chooser.choose(offered, 0, 80) for _ in range(400)]
    chances = [1 / (1 + 2.718281828**each) for each in asked]
    assert sum(chances) / len(chances) == pytest.approx(TARGET, abs=0.06)


def test_the_lab_changes_difficulty_like_the_site():
    assert dict(strategies.MOVES) == dict(difficulty_shift.BY_DIRECTION)
    assert difficulty_shift.QUESTIONS == strategies.QUESTIONS
    moving = {rule.adjust for rule in strategies.load_rules() if rule.step}
    assert moving == set(difficulty_shift.BY_DIRECTION)


def collect_targets(feeling, answers, *, accuracy=1.0):
    """Return the target difficulties after this many Estimates of a learner with this feeling."""
    chooser = AffectPolicy(Random(1), accuracy=accuracy)
    for correct in answers:
        chooser.learn(0.0, correct=correct)
    chooser.watch(feeling)
    targets = []
    for _ in range(5):
        targets.append(chooser.band().target)
        chooser.choose([0.0], 0, 80)
    return targets


def test_a_fired_rule_changes_exactly_three_questions():
    gentler = collect_targets("frustrated", [False, False])
    assert gentler == pytest.approx([TARGET + 0.1] * 3 + [TARGET] * 2)
    steeper = collect_targets("engaged", [True, True, True])
    assert steeper == pytest.approx([TARGET - 0.1] * 3 + [TARGET] * 2)
    assert all(LOW <= target <= HIGH for target in gentler + steeper)


@pytest.mark.parametrize("feeling", FEELINGS)
def test_an_estimate_alone_changes_nothing(feeling):
    assert collect_targets(feeling, []) == [TARGET] * 5


def test_the_estimate_is_as_accurate_as_stated():
    chooser = AffectPolicy(Random(1), accuracy=0.65)
    right = sum(chooser._guess("bored") == "bored" for _ in range(4000))
    assert right / 4000 == pytest.approx(0.65, abs=0.025)
    assert {chooser._guess("bored") for _ in range(200)} == set(FEELINGS)
