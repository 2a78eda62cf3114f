"""Paper 3's four sub-networks: equations, padding, absent Streams, and the specified sizes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.models.foursub.network import (
    MODALITIES,
    Config,
    Convolution,
    Fusion,
    Pictures,
    example,
    loss,
)

LIVE = replace(Config.small(), interface_size=16)
PICTURES = replace(
    Config.paper(),
    face_size=32,
    face_channels=(4, 6, 8),
    face_hidden=(16, 8),
    interface_size=16,
    interface_channels=(4, 4, 4),
    pool=2,
)
FORMS = {"live": LIVE, "pictures": PICTURES, "flatten": PICTURES.flatten()}
forms = st.sampled_from(list(FORMS))


def build_network(form="live", seed=1):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return FORMS[form].build().eval()


def draw_rows(form, batch, seed):
    """Return values and masks; pictures and behaviour also have missing values."""
    generator = torch.Generator().manual_seed(seed)
    values, _ = example(FORMS[form], batch, generator)
    return values, {n: torch.rand(x.shape, generator=generator) < 0.8 for n, x in values.items()}


def compare(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def count_parameters(config):
    network = config.build()
    return sum(w.numel() for n, w in network.named_parameters() if "absent" not in n)


def test_the_papers_forms_have_the_sizes_of_the_spec_sheet():
    # science.md 1b, before the vector for an absent sub-network was added.
    assert count_parameters(Config.paper()) == 1_605_992
    assert count_parameters(Config.paper().flatten()) == 67_666_280


def test_paper_3_equation_1_is_the_sum_written_out():
    torch.manual_seed(0)
    block, picture = Convolution(2, 1, 3), torch.randn(1, 2, 6, 6)
    block.requires_grad_(False)
    kernel = block.slide.weight[0].flip(1, 2)  # g: the learned weights are g turned by 180°
    found = torch.zeros(6, 6)
    for i in range(6):
        for j in range(6):
            terms = [
                float(picture[0, c, m, n] * kernel[c, i - m + 1, j - n + 1])
                for c in range(2)
                for m in range(6)
                for n in range(6)
                if abs(i - m) <= 1 and abs(j - n) <= 1
            ]
            found[i, j] = sum(terms) + float(block.slide.bias)
    compare(block.slide(picture)[0, 0], found)
    pooled = found.clamp(min=0).unfold(0, 2, 2).unfold(1, 2, 2).amax(dim=(2, 3))
    compare(block(picture)[0, 0], pooled)


def test_paper_3_equation_6_is_its_layers_in_sequence():
    add, double = torch.nn.Module(), torch.nn.Module()
    add.forward, double.forward = (lambda x: x + 1), (lambda x: 2 * x)
    x, seen = torch.tensor([1.0, 5.0]), torch.tensor([True, False])
    assert Pictures(add, double)(x, seen).tolist() == [4.0, 2.0]
    assert Pictures(double, add)(x, seen).tolist() == [3.0, 1.0]


def test_paper_3_equation_7_by_hand():
    fusion = Fusion({"a": 1, "b": 1, "c": 1}, replace(LIVE, width=2)).requires_grad_(False)
    fusion.score.weight.copy_(torch.tensor([[1.0, -1.0]]))
    fusion.score.bias.fill_(0.5)
    stacked = torch.tensor([[[math.log(2), 0.0], [math.log(3), 0.0], [0.0, math.log(5)]]])
    # e^score is proportional to 2, 3 and 1/5.
    compare(fusion.weights(stacked), torch.tensor([[2.0, 3.0, 0.2]]) / 5.2)


def test_fusion_is_the_weighted_sum_of_present_and_absent_vectors():
    torch.manual_seed(0)
    fusion = Fusion({"a": 3, "b": 2}, replace(LIVE, width=4)).requires_grad_(False)
    said, there = {"a": torch.randn(2, 3), "b": torch.randn(2, 2)}, torch.tensor([True, False])
    found = fusion(said, {"a": there, "b": torch.tensor([True, True])})
    a = torch.stack([fusion.projections["a"](said["a"])[0], fusion.absent[0]])
    stacked = torch.stack([a, fusion.projections["b"](said["b"])], dim=1)
    alpha = fusion.score(stacked).softmax(dim=1)
    compare(found, (alpha * stacked).sum(dim=1))


def test_paper_3_equation_8_by_hand():
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
    weights = [torch.tensor([[1.0, 2.0]]), torch.tensor([[[3.0]]]), torch.tensor([100.0])]
    found = loss(logits, torch.tensor([0, 2]), weights, decay=0.01)
    assert found.item() == pytest.approx(-(math.log(0.5) + math.log(0.8)) / 2 + 0.01 * 14, rel=1e-5)


@given(forms, st.integers(0, 1000))
@settings(max_examples=15)
def test_masked_values_change_nothing(form, seed):
    network, (values, masks) = build_network(form), draw_rows(form, 2, seed)
    wild = {n: torch.where(masks[n], x, 1e6 * torch.randn_like(x)) for n, x in values.items()}
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(wild, masks), rtol=0, atol=0)


@given(st.integers(0, 1000), st.integers(1, 20), st.booleans())
@settings(max_examples=15)
def test_padding_of_physiology_and_face_has_no_effect(seed, count, before):
    network, (values, masks) = build_network(), draw_rows("live", 2, seed)
    masks["physiology"][:, [0, -1]] = True
    longer, padded = dict(values), dict(masks)
    for name in ("face", "physiology"):
        more = torch.randn(2, count, values[name].shape[2])
        ends = [more, values[name]] if before else [values[name], more]
        none = torch.zeros_like(more, dtype=torch.bool)
        hidden = [none, masks[name]] if before else [masks[name], none]
        longer[name], padded[name] = torch.cat(ends, dim=1), torch.cat(hidden, dim=1)
    with torch.no_grad():
        compare(network(longer, padded), network(values, masks))


@given(forms, st.integers(0, 1000), st.integers(0, 3), st.sampled_from(MODALITIES))
@settings(max_examples=15)
def test_a_row_of_a_batch_equals_the_row_alone(form, seed, row, gone):
    network, (values, masks) = build_network(form), draw_rows(form, 4, seed)
    masks[gone][1:3] = False
    alone = [{n: x[row : row + 1] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks)[row], network(*alone)[0])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gone", MODALITIES)
def test_a_fully_masked_modality_equals_a_missing_one(form, gone):
    network, (values, masks) = build_network(form), draw_rows(form, 3, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    fewer = [{n: x for n, x in d.items() if n != gone} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks), network(*fewer))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("moved", MODALITIES)
def test_each_single_sub_network_reads_only_its_own_input(form, moved):
    network, (values, masks) = build_network(form), draw_rows(form, 3, 3)
    only = {n: m & (n == moved) for n, m in masks.items()}
    other = {**values, moved: values[moved] + 3}
    with torch.no_grad():
        assert (network(values, only) - network(other, only)).abs().amax(dim=1).min() > 1e-6


def test_fully_masked_rows_get_the_same_finite_answer():
    network, (values, masks) = build_network(), draw_rows("live", 3, 3)
    found = network(values, {n: torch.zeros_like(m) for n, m in masks.items()})
    assert torch.isfinite(found).all()
    compare(found, found[:1].expand(3, -1))


@pytest.mark.parametrize("gone", MODALITIES)
def test_the_vector_for_an_absent_modality_is_trained(gone):
    network, (values, masks) = build_network(), draw_rows("live", 3, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    network(values, masks).square().sum().backward()
    assert network.fusion.absent.grad[MODALITIES.index(gone)].abs().max() > 0


def test_a_face_at_a_lower_rate_gives_the_same_result():
    network, (values, masks) = build_network(), draw_rows("live", 2, 3)
    values["face"] = values["face"][:, :1].expand(-1, 10, -1)
    masks["face"] = torch.ones_like(masks["face"])
    fewer = {**masks, "face": masks["face"].clone()}
    fewer["face"][:, 3:8] = False
    with torch.no_grad():
        compare(network(values, masks), network(values, fewer))


def test_the_order_of_seconds_matters_to_physiology():
    network, (values, masks) = build_network(), draw_rows("live", 3, 3)
    turned = [{**d, "physiology": d["physiology"].flip(1)} for d in (values, masks)]
    with torch.no_grad():
        assert (network(values, masks) - network(*turned)).abs().max() > 1e-6
