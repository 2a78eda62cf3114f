"""Equations 1 to 7 of paper 1, each compared with the printed formula worked out step by step."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import torch
from torch import nn

from emotion.networks.cross_attention import (
    PairAttention,
    SharedPairAttention,
    attend,
    classify,
    shares,
    spread,
)
from emotion.networks.pairwise import Config

B, M, T, D, H, W, V = 2, 3, 5, 6, 2, 4, 3
PAIRS = list(permutations(range(M), 2))
CONFIG = Config(width=D, heads=H, key=W, value=V)


@pytest.fixture
def attention():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    found = PairAttention(M, CONFIG)
    for part in (found.query, found.key, found.value, found.output):
        nn.init.normal_(part.bias)  # zero initially, which would hide a missing bias
    return found


def draw_tensor(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def draw_steps(seed=2):
    """Return which steps are present (B, M, T), the first always."""
    found = torch.rand(B, M, T, generator=torch.Generator().manual_seed(seed)) < 0.6
    found[..., 0] = True
    return found


def project_by_hand(projection, encoded, width):
    """Return W_h e + b_h of each row, pair, head and step, one multiplication at a time."""
    weight, bias = projection.weight.detach().numpy(), projection.bias.detach().numpy()
    found = np.zeros((B, len(PAIRS), H, T, width))
    for b, p, h, t in np.ndindex(B, len(PAIRS), H, T):
        for o in range(width):
            column = h * width + o
            found[b, p, h, t, o] = bias[p, column] + sum(
                float(encoded[b, p, t, i]) * weight[p, i, column] for i in range(D)
            )
    return found


def test_paper_1_equation_1_projects_the_queries(attention):
    asking = draw_tensor(B, len(PAIRS), T, D)
    expected = project_by_hand(attention.query, asking, W)
    np.testing.assert_allclose(attention.queries(asking).detach(), expected, atol=1e-5)


def test_paper_1_equation_2_projects_the_keys(attention):
    asked = draw_tensor(B, len(PAIRS), T, D)
    expected = project_by_hand(attention.key, asked, W)
    np.testing.assert_allclose(attention.keys(asked).detach(), expected, atol=1e-5)


def test_paper_1_equation_3_projects_the_values(attention):
    asked = draw_tensor(B, len(PAIRS), T, D)
    expected = project_by_hand(attention.value, asked, V)
    np.testing.assert_allclose(attention.values(asked).detach(), expected, atol=1e-5)


def test_paper_1_equation_4_weights_values_by_the_softmax_of_scaled_products():
    """Two steps, keys of width 4: products 2 and 6 over sqrt(4) are 1 and 3."""
    query = torch.tensor([[2.0, 0, 0, 0]]).view(1, 1, 1, 1, 4)
    key = torch.tensor([[1.0, 9, 9, 9], [3.0, -9, 9, 9]]).view(1, 1, 1, 2, 4)
    value = torch.tensor([[10.0], [20.0]]).view(1, 1, 1, 2, 1)
    both, one = torch.tensor([[[True, True]]]), torch.tensor([[[True, False]]])
    share = np.exp(3) / (np.exp(1) + np.exp(3))
    assert attend(query, key, value, both).item() == pytest.approx(10 + 10 * share)
    assert attend(query, key, value, one).item() == 10.0


def test_paper_1_equation_5_is_the_mean_of_the_whole_multi_head_output(attention):
    """In Keras's order: concatenated heads, the output layer at each step, then the mean."""
    found, there = draw_tensor(B, len(PAIRS), H, T, V), draw_steps()[:, [a for a, _ in PAIRS]]
    weight, bias = (x.detach() for x in (attention.output.weight, attention.output.bias))
    for b, p in np.ndindex(B, len(PAIRS)):
        outputs = []
        for t in range(T):
            joined = torch.cat([found[b, p, h, t] for h in range(H)])  # (H V,)
            if there[b, p, t]:
                outputs.append(joined @ weight[p] + bias[p])
        mean = torch.stack(outputs).mean(dim=0)
        torch.testing.assert_close(attention.mean(found, there)[b, p].detach(), mean)


def test_paper_1_equation_6_stacks_the_six_ordered_pairs(attention):
    """Each of the six equals torch's own multi-head attention of that pair."""
    tokens, there = draw_tensor(B, M, T, D), draw_steps()
    found = attention(list(tokens.unbind(1)), list(there.unbind(1))).detach()
    assert found.shape == (B, 6, D)
    for p, (m1, m2) in enumerate(PAIRS):
        query, key, value = (
            attention._heads(one(tokens[:, None, m], part, p))[:, 0]
            for part, m in ((attention.query, m1), (attention.key, m2), (attention.value, m2))
        )
        heads = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=there[:, None, None, m2]
        )  # (B, H, T, V)
        output = heads.transpose(1, 2).flatten(2) @ attention.output.weight[p]
        output = output + attention.output.bias[p]
        mean = (shares(there[:, m1])[..., None] * output).sum(dim=1)
        torch.testing.assert_close(found[:, p], mean.detach(), rtol=1e-4, atol=1e-5)


def one(x, part, p):
    return x @ part.weight[p] + part.bias[p]


def test_paper_1_equation_7_reads_mean_and_deviation_of_the_stack():
    """A stack of 1 and 3 has mean 2 and deviation 1; of 5 and 5, 5 and (almost) 0."""
    pairs = torch.tensor([[[1.0, 5.0], [3.0, 5.0]]])  # (1, 2, 2)
    torch.testing.assert_close(
        spread(pairs), torch.tensor([[2.0, 5.0, 1.0, 0.0]]), rtol=0, atol=2e-3
    )
    first, last = nn.Linear(4, 2), nn.Linear(2, 2)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 1, 1, 1], [-1.0, 0, 0, 0]]))
        first.bias.copy_(torch.tensor([0.5, 0]))
        last.weight.copy_(torch.tensor([[1.0, 7], [2.0, 7]]))
        last.bias.copy_(torch.tensor([0.0, 1]))
        # First layer: 2 + 5 + 1 + 0 + 0.5 = 8.5, and -2 cut to 0; second: 8.5, and 2 * 8.5 + 1.
        found = classify(pairs, first, last)
    torch.testing.assert_close(found, torch.tensor([[8.5, 18.0]]), rtol=0, atol=5e-3)


def test_sharing_projections_equals_pairs_with_copied_ones():
    torch.manual_seed(3)
    shared, paired = SharedPairAttention(M, CONFIG), PairAttention(M, CONFIG)
    sides = {"query": "first", "key": "second", "value": "second", "output": "first"}
    with torch.no_grad():
        for part, side in sides.items():
            ours, theirs = getattr(paired, part), getattr(shared, part)
            nn.init.normal_(theirs.bias)
            ours.weight.copy_(theirs.weight[getattr(shared, side)])
            ours.bias.copy_(theirs.bias[getattr(shared, side)])
        tokens, there = list(draw_tensor(B, M, T, D).unbind(1)), list(draw_steps().unbind(1))
        torch.testing.assert_close(
            shared(tokens, there), paired(tokens, there), rtol=1e-4, atol=1e-6
        )
