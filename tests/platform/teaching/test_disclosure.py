"""Every module that provides figures of a group reads sensitive rows in a listed way.

A new import of one of these sources in `teaching`, in `estimates.group_figures` or on a study's
page of results fails here until its use is listed in ADR 0031.
"""

from __future__ import annotations

import ast
import random
from dataclasses import replace as altered
from pathlib import Path

import pytest

from adaptation.replays.replay import _range_figures
from interventions.bounds import bound_rule
from interventions.conditions import All, Any, Cmp, Not
from interventions.facts import Fact
from interventions.replay import ReplayMoment, replay
from tests.fixtures.rule_cases import PACK, at

PLATFORM = Path(__file__).parents[3] / "platform"
TEACHING = PLATFORM / "teaching"
FOLDERS = ("teaching", "estimates/group_figures", "research/results")
SOURCES = {
    "AffectEstimate", "BehaviourEstimate", "SelfReport", "Cell", "Member", "affect",
    "self_reports", "Intervention", "ProximalOutcome", "LetGo", "proximal_outcome",
}  # fmt: skip
ROADS = {
    "estimates/group_figures/disclosure.py": {"Cell", "Member"},  # the one reader of stored cells
    # under Permits, into a cell
    "estimates/group_figures/eligible_estimates.py": {"AffectEstimate", "BehaviourEstimate"},
    "estimates/group_figures/published_results.py": {"Cell"},  # by disclosure.read_cells
    # under Permits, into a cell
    "estimates/group_figures/unsealing.py": {"AffectEstimate", "BehaviourEstimate", "affect"},
    "estimates/group_figures/weekly_cells.py": {"Cell", "Member"},  # writes cells
    "estimates/group_figures/withdrawal.py": {"Member"},  # withdraws cells
    "class_picture/cells.py": {"Cell"},  # by disclosure.read_cells
    "class_picture/published_summary.py": {"Cell"},  # by disclosure.read_cells
    "class_picture/snapshots.py": {"Cell", "Member"},  # writes cells
    "class_picture/typical_range.py": {"Cell"},  # by disclosure.read_cells
    "class_picture/views.py": {"Cell"},  # which quarters have a figure; figures by disclosure
    "dashboard/ready_for_harder.py": {"Intervention"},  # one learner, by name: what they asked for
    "effects/views.py": {"proximal_outcome"},  # once a trial, shipped rules, noise
    "learners/views.py": set(),
}
BY_DISCLOSURE = (
    "class_picture/cells.py",
    "class_picture/published_summary.py",
    "class_picture/typical_range.py",
    "class_picture/views.py",
    "../estimates/group_figures/published_results.py",
)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.name for node in found for name in node.names if node.module} & SOURCES


def test_each_use_of_a_sensitive_source_is_listed():
    found = {}
    for path in (path for folder in FOLDERS for path in (PLATFORM / folder).rglob("*.py")):
        if "migrations" not in path.parts and "grades" not in path.parts:
            name = path.relative_to(PLATFORM).as_posix().removeprefix("teaching/")
            found[name] = imported(path)

    assert {name: names for name, names in found.items() if names} == {
        name: names for name, names in ROADS.items() if names
    }


@pytest.mark.parametrize("name", BY_DISCLOSURE)
def test_every_reader_of_cells_checks_the_current_profile(name):
    text = (TEACHING / name).read_text("utf-8")

    assert "disclosure.read_cells(" in text
    assert "cell.shares" not in text.replace("cell.shares =", "")


VICTIMS, DAYS = 200, 12


def question(x: float, *, by_hand: bool):
    """Choose the behaviour of others, or one learner's behaviour and confusion of at least x."""
    deed = All((Cmp("wrong_on_item", ">=", 1.0), Cmp("confusion", ">=", x)))
    parts = (Cmp("wrong_on_item", ">=", 2.0), deed)
    when = Not(All(tuple(map(Not, parts)))) if by_hand else Any(parts)
    return altered(PACK["R1"], when=when, contraindications=(), dwell_s=0.0, evidence_min=0)


def moments(wrong: float, confusion: float) -> list[ReplayMoment]:
    facts = {
        "wrong_on_item": Fact(wrong),
        "confusion": Fact(confusion, source="sensed", quality=0.9),
    }
    return [ReplayMoment(at(5 * n), facts, frozenset(PACK["R1"].step)) for n in range(3)]


def exact(people, rule):
    """Return what an earlier design showed: too few, or a count in fives."""
    fired = sum(bool(replay(each, [rule]).fired) for each in people)
    return None if fired < 5 else 5 * (fired // 5)


def bounded(people, rule):
    return _range_figures([bound_rule(each, rule) for each in people], 5)


def accuracy(publish) -> float:
    """Return the balanced accuracy for victims with estimates above or below .5, over the days."""
    rng = random.Random(31)
    right = {True: [], False: []}
    for _ in range(VICTIMS):
        confused = rng.random() < 0.5
        victim = rng.uniform(0.55, 0.95) if confused else rng.uniform(0.05, 0.45)
        people = [moments(2.0, rng.random()) for _ in range(4)] + [moments(1.0, victim)]
        people += [moments(0.0, rng.random()) for _ in range(5)]
        never = publish(people, question(0.99, by_hand=False))
        days = [publish(people, question(0.5, by_hand=bool(day % 2))) for day in range(DAYS)]
        guess = sum(seen != never for seen in days) * 2 > DAYS
        right[confused].append(guess == confused)
    return sum(sum(each) / len(each) for each in right.values()) / 2


def test_adaptive_questions_over_days_tell_no_more_than_a_guess():
    """The answer is constant, so the accuracy is .5 with an interval of no width."""
    assert accuracy(bounded) == 0.5


def test_the_attacker_works_against_exact_figures():
    assert accuracy(exact) > 0.95
