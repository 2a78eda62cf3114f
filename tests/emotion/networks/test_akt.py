"""AKT: no use of the future, and attention that falls with a distance made of what lies between."""

from __future__ import annotations

import pytest
import torch

from emotion.networks.akt import AktBlock, Config, example

CONFIG = Config(skills=6, width=16, heads=2)


@pytest.fixture(scope="module")
def network():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    built = CONFIG.build().eval()
    with torch.no_grad():
        for table in (built.skills, built.shifts, built.answers, built.answer_shifts):
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
def test_the_first_answer_still_counts_at_the_last_question(network):
    skills, difficulty, correct = draw_input()
    changed = correct.clone()
    changed[:, 0] = 1 - changed[:, 0]
    found, again = (network(skills, difficulty, each)[:, -1] for each in (correct, changed))
    assert (found - again).abs().min() > 0


@torch.no_grad()
def test_attention_falls_with_what_lies_between_and_not_if_nothing_alike_does():
    block = AktBlock(CONFIG).eval()
    steps = 6
    back = torch.arange(steps)[:, None] - torch.arange(steps)
    alike = torch.zeros(1, 2, steps, steps)
    fall = block._fall(alike, back, back >= 0)[0, 0, -1]
    assert (fall[1:] > fall[:-1]).all()
    assert fall[-1] == 1
    unlike = alike.clone()
    unlike[..., -1, 1:] = -30  # all that lies between is unlike the question
    far = block._fall(unlike, back, back >= 0)[0, 0, -1, 0]
    assert far > fall[0]


@torch.no_grad()
def test_the_first_question_finds_no_knowledge(network):
    first = AktBlock(CONFIG, own=False).eval()
    x = torch.randn(1, 3, 16)
    one, other = (first(x, x, torch.full_like(x, value)) for value in (1.0, 5.0))
    torch.testing.assert_close(one[:, 0], other[:, 0])
    assert (one[:, 1:] - other[:, 1:]).abs().max() > 0
