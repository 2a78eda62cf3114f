"""The attentive network: no use of the future, all of the past, however it is split."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from emotion.networks.simple_kt import Config, example

CONFIG = Config(skills=6, width=16, heads=2)


@pytest.fixture(scope="module")
def network():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    built = CONFIG.build().eval()
    with torch.no_grad():
        for table in (built.skills, built.shifts, built.answers):
            table.weight.normal_()
    return built


def draw_input(seed=0):
    return example(CONFIG, 2, torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_a_position_reads_neither_its_own_answer_nor_later_ones(network):
    skills, difficulty, correct = draw_input()
    changed = correct.clone()
    changed[:, 20:] = 1 - changed[:, 20:]
    other_skills, other_difficulty = skills.clone(), difficulty.clone()
    other_skills[:, 21:], other_difficulty[:, 21:] = 0, 3.0
    found = network(skills, difficulty, correct)
    again = network(other_skills, other_difficulty, changed)
    torch.testing.assert_close(found[:, :21], again[:, :21])
    assert (found[:, 21:] - again[:, 21:]).abs().min() > 0


@torch.no_grad()
def test_no_history_is_lost_when_questions_are_processed_in_parts(network):
    whole = network(*draw_input())
    parted = replace(CONFIG, at_once=7).build().eval()
    parted.load_state_dict(network.state_dict())
    torch.testing.assert_close(parted(*draw_input()), whole)


@torch.no_grad()
def test_the_first_answer_still_counts_at_the_last_question(network):
    parted = replace(CONFIG, at_once=7).build().eval()
    parted.load_state_dict(network.state_dict())
    skills, difficulty, correct = draw_input()
    changed = correct.clone()
    changed[:, 0] = 1 - changed[:, 0]
    found, again = (parted(skills, difficulty, each)[:, -1] for each in (correct, changed))
    assert (found - again).abs().min() > 1e-5


@torch.no_grad()
def test_padding_at_the_end_changes_nothing(network):
    skills, difficulty, correct = draw_input()
    whole = network(skills, difficulty, correct)
    longer = (
        torch.nn.functional.pad(skills, (0, 0, 0, 5), value=CONFIG.skills),
        torch.nn.functional.pad(difficulty, (0, 5)),
        torch.nn.functional.pad(correct, (0, 5)),
    )
    torch.testing.assert_close(network(*longer)[:, :-5], whole)


@torch.no_grad()
def test_a_padding_skill_has_no_effect(network):
    skills, difficulty, correct = draw_input()
    wider = torch.cat([skills, torch.full_like(skills, CONFIG.skills)], dim=2)
    torch.testing.assert_close(
        network(wider, difficulty, correct), network(skills, difficulty, correct)
    )
