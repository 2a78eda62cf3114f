"""MVP in all its forms: padding and masked values change nothing, one modality suffices."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.benchmarks.papers.paper_2 import ABLATIONS
from emotion.models.mvp.network import FUSIONS, VIDEO, Attention, Config, example, loss

# A clip of 25 s at 4 and 8 Hz: the last of its three 10-s cuts is short.
TINY = replace(
    Config.small(),
    video=3,
    video_hz=4.0,
    physiology_hz=8.0,
    video_steps=100,
    physiology_steps=200,
    physiology_stride=3,
    tokens=7,
    width=16,
    heads=2,
    layers=2,
)
FORMS = st.sampled_from(list(ABLATIONS))
BOTH = ("video", "physiology")


def build_network(form="MVP", seed=1, config=TINY):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return ABLATIONS[form](config).build().eval()


def draw_clips(batch, seed, config=TINY):
    generator = torch.Generator().manual_seed(seed)
    values, _ = example(config, batch, generator)
    return values, {n: torch.rand(x.shape, generator=generator) < 0.8 for n, x in values.items()}


def compare(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_papers_form_has_the_size_of_the_spec_sheet():
    network = Config.paper().build()
    counts = {n: w.numel() for n, w in network.named_parameters()}
    # science.md 1b: 27,612,154, before the vectors for an absent modality were added.
    assert sum(count for n, count in counts.items() if "absent" not in n) == 27_612_154
    assert sum(count for n, count in counts.items() if "absent" in n) == 2 * 100 * 512


def test_the_papers_backbones_keep_time_and_then_give_100_tokens_512_wide():
    backbone = Config.paper().build().backbones[VIDEO]
    seen = []
    backbone.convolutions[0].register_forward_hook(lambda *given: seen.append(given[2].shape))
    with torch.no_grad():
        tokens, _ = backbone(torch.randn(1, 2800, 42), torch.ones(1, 2800, 42, dtype=torch.bool))
    assert seen == [(1, 512, 2800)]
    assert tokens.shape == (1, 100, 512)


def test_paper_2_equation_1_is_the_sum_written_out():
    torch.manual_seed(0)
    attention, physio, video = Attention(4, 2), torch.randn(1, 3, 4), torch.randn(1, 5, 4)
    attention.requires_grad_(False)
    q, k, v = attention.query(physio)[0], attention.key(video)[0], attention.value(video)[0]
    joined = torch.zeros(3, 4)
    for head in range(2):
        at = slice(2 * head, 2 * head + 2)
        for n in range(3):
            scores = [float(q[n, at] @ k[m, at]) / math.sqrt(2) for m in range(5)]
            total = sum(math.exp(s) for s in scores)
            joined[n, at] = sum(math.exp(s) / total * v[m, at] for m, s in enumerate(scores))
    compare(attention(physio, video, None)[0], attention.output(joined))


@given(FORMS, st.integers(0, 1000))
@settings(max_examples=12)
def test_masked_values_change_nothing(form, seed):
    network, (values, masks) = build_network(form), draw_clips(2, seed)
    wild = {n: torch.where(masks[n], x, 1e6 * torch.randn_like(x)) for n, x in values.items()}
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(wild, masks), rtol=0, atol=0)


@given(FORMS, st.integers(0, 1000), st.integers(3, 20))
@settings(max_examples=12)
def test_a_padded_clip_equals_the_short_one(form, seed, seconds):
    network, (values, masks) = build_network(form), draw_clips(2, seed)
    steps = {"video": 4 * seconds, "physiology": 8 * seconds}
    short = [{n: x[:, : steps[n]] for n, x in d.items()} for d in (values, masks)]
    for n, mask in masks.items():
        mask[:, steps[n] :] = False
    with torch.no_grad():
        compare(network(values, masks), network(*short))


@given(FORMS, st.integers(0, 1000), st.integers(0, 3))
@settings(max_examples=12)
def test_a_row_of_a_batch_equals_the_row_alone(form, seed, row):
    network, (values, masks) = build_network(form), draw_clips(4, seed)
    masks["video"][1] = False
    alone = [{n: x[row : row + 1] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks)[row], network(*alone)[0])


@pytest.mark.parametrize("form", ABLATIONS)
@pytest.mark.parametrize("gone", BOTH)
def test_a_fully_masked_modality_equals_a_missing_one(form, gone):
    network, (values, masks) = build_network(form), draw_clips(3, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    fewer = [{n: x for n, x in d.items() if n != gone} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks), network(*fewer))


@pytest.mark.parametrize("form", ["MVP", "MVP, 10-s cuts", "MultiTransformer"])
@pytest.mark.parametrize("gone", BOTH)
def test_the_other_modality_replaces_a_missing_one(form, gone):
    network, (values, _) = build_network(form), draw_clips(3, 3)
    (other,) = set(BOTH) - {gone}
    mask = {other: torch.ones_like(values[other], dtype=torch.bool)}
    with torch.no_grad():
        found, moved = (network({other: x}, mask) for x in (values[other], values[other] + 1))
    assert (found - moved).abs().amax(dim=1).min() > 1e-5


@pytest.mark.parametrize("form", ABLATIONS)
def test_it_reads_only_the_modalities_in_its_name(form):
    network, (values, _) = build_network(form), draw_clips(3, 3)
    masks = {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
    read, _ = FUSIONS[network.config.fusion]
    for name in BOTH:
        with torch.no_grad():
            far = network(values, masks) - network({**values, name: values[name] + 1}, masks)
        assert (far.abs().max() > 1e-5) == (name in read)


@pytest.mark.parametrize("form", ABLATIONS)
def test_fully_masked_rows_get_the_same_finite_answer(form):
    network, (values, masks) = build_network(form), draw_clips(3, 3)
    found = network(values, {n: torch.zeros_like(m) for n, m in masks.items()})
    assert torch.isfinite(found).all()
    compare(found, found[:1].expand(3, -1))


@pytest.mark.parametrize("gone", BOTH)
def test_the_vector_for_an_absent_modality_is_trained(gone):
    network, (values, masks) = build_network(), draw_clips(3, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    network(values, masks).square().sum().backward()
    assert network.backbones[gone].absent.grad.abs().max() > 0


def swap_cuts(values):
    """Return the first two cuts of 10 s in the other order."""
    lengths = {"video": 40, "physiology": 80}
    return {
        n: torch.cat([x[:, k : 2 * k], x[:, :k], x[:, 2 * k :]], dim=1)
        for n, x in values.items()
        for k in (lengths[n],)
    }


@pytest.mark.parametrize("form", ABLATIONS)
def test_the_order_of_cuts_matters_only_to_forms_that_read_the_whole_clip(form):
    network, (values, _) = build_network(form), draw_clips(2, 3)
    masks = {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
    with torch.no_grad():
        far = (network(values, masks) - network(swap_cuts(values), masks)).abs().max()
    assert (far < 1e-5) == (network.config.cut_s == 10.0)


@pytest.mark.parametrize("form", ["MVP", "UniAUTransformer", "UniPhysioTransformer"])
def test_the_temporal_layers_ignore_padding(form):
    network, (values, masks) = build_network(form), draw_clips(2, 3)
    for name, steps in (("video", 60), ("physiology", 120)):
        masks[name][:, steps:] = False
    with torch.no_grad():
        before = network(values, masks)
        for backbone in network.backbones.values():
            kept = 60 // 2 if backbone.stride == 2 else 120 // 3
            backbone.time.weight[:, kept:] += 100
        compare(network(values, masks), before)


@pytest.mark.parametrize("form", [name for name in ABLATIONS if ABLATIONS[name](TINY).cut_s])
def test_an_empty_cut_has_no_effect(form):
    whole, (values, masks) = build_network(form), draw_clips(2, 3)
    one = ABLATIONS[form](replace(TINY, video_steps=40, physiology_steps=80)).build().eval()
    one.load_state_dict(whole.state_dict())
    first = [
        {"video": d["video"][:, :40], "physiology": d["physiology"][:, :80]}
        for d in (values, masks)
    ]
    for name, steps in (("video", 40), ("physiology", 80)):
        masks[name][:, steps:] = False
    with torch.no_grad():
        compare(whole(values, masks), one(*first))


@pytest.mark.parametrize("form", ["UniTransformer", "MultiTransformer"])
def test_an_empty_token_has_no_effect(form):
    """Six seconds of a ten-second cut give the same as a six-second cut."""
    whole, (values, _) = build_network(form), draw_clips(2, 3)
    masks = {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
    short = replace(ABLATIONS[form](TINY), cut_s=6.0, video_steps=24, physiology_steps=48)
    six = short.build().eval()
    six.load_state_dict(whole.state_dict())
    first = [
        {"video": d["video"][:, :24], "physiology": d["physiology"][:, :48]}
        for d in (values, masks)
    ]
    for name, steps in (("video", 24), ("physiology", 48)):
        masks[name][:, steps:] = False
    with torch.no_grad():
        compare(whole(values, masks), six(*first))


def test_tokens_without_a_temporal_layer_encode_their_position():
    backbone = build_network("UniTransformer").backbones["physiology"]
    with torch.no_grad():
        tokens, _ = backbone(torch.ones(1, 80, 2), torch.ones(1, 80, 2, dtype=torch.bool))
    assert (tokens[0, 10] - tokens[0, 11]).abs().max() > 0.1


def test_a_clip_that_is_too_long_is_refused():
    network, (values, masks) = build_network(), draw_clips(1, 1)
    longer = [
        {**d, "video": torch.cat([d["video"], d["video"][:, :1]], dim=1)} for d in (values, masks)
    ]
    with pytest.raises(ValueError, match="expected at most 100 steps, got 101"):
        network(*longer)


def test_an_unknown_way_of_fusion_is_refused():
    with pytest.raises(KeyError):
        replace(TINY, fusion="early").build()


def test_each_token_starts_as_the_mean_of_its_part_of_the_clip():
    layer = replace(TINY, tokens=5).build().backbones[VIDEO].time
    ramp = torch.arange(float(layer.in_features))
    compare(layer(ramp), ramp.view(5, -1).mean(dim=1))


def test_an_unknown_level_has_no_gradient():
    logits = torch.tensor([[0.3, 2.0], [-1.0, 0.5]], requires_grad=True)
    found = loss(logits, torch.tensor([[1.0, math.nan], [0.0, 1.0]]))
    terms = [math.log1p(math.exp(-0.3)), math.log1p(math.exp(-1.0)), math.log1p(math.exp(-0.5))]
    assert found.item() == pytest.approx(sum(terms) / 3, rel=1e-5)
    found.backward()
    assert logits.grad[0, 1] == 0
