"""The cross-modal network: masked values change nothing, rows are independent."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.models.crossmodal.network import Config, CrossModal, drop_modalities

INPUTS = {"pointer": 3, "face": 4, "heart": 2, "gaze": 0}


def make_small(shared=True, recurrent=False, inputs=INPUTS, seed=1):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    config = Config(
        inputs=inputs,
        width=16,
        heads=2,
        key=8,
        value=8,
        hidden=16,
        convolution=16,
        shared=shared,
        recurrent=recurrent,
    )
    return CrossModal(config).eval()


def draw_rows(batch, seed, inputs=INPUTS, steps=10):
    torch.manual_seed(seed)
    values = {n: torch.randn(batch, steps, f) for n, f in inputs.items() if f}
    return values, {n: torch.rand(batch, steps, x.shape[2]) < 0.7 for n, x in values.items()}


FORMS = st.sampled_from([(True, False), (True, True), (False, False), (False, True)])


@given(FORMS, st.integers(0, 1000))
@settings(max_examples=20)
def test_masked_values_change_nothing(form, seed):
    network, (values, masks) = make_small(*form), draw_rows(3, seed)
    wild = {n: torch.where(masks[n], x, 1e6 * torch.randn_like(x)) for n, x in values.items()}
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(wild, masks), rtol=0, atol=0)


@given(st.booleans(), st.integers(0, 1000), st.integers(0, 9))
@settings(max_examples=15)
def test_a_fully_masked_step_has_no_effect(shared, seed, step):
    """Pointwise encoders: leaving a masked step out of the sequence gives the same result."""
    network, (values, masks) = make_small(shared), draw_rows(2, seed)
    for name in ("pointer", "face", "heart"):
        network.encoders[name].code.data.zero_()
        masks[name][:, step] = False
    kept = [i for i in range(10) if i != step]
    fewer = [{n: x[:, kept] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(*fewer), rtol=1e-4, atol=1e-5)


@given(FORMS, st.integers(0, 1000), st.integers(0, 4))
@settings(max_examples=20)
def test_a_row_of_a_batch_equals_the_row_alone(form, seed, row):
    network, (values, masks) = make_small(*form), draw_rows(5, seed)
    alone = [{n: x[row : row + 1] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        torch.testing.assert_close(
            network(values, masks)[row], network(*alone)[0], rtol=1e-4, atol=1e-5
        )


@given(FORMS, st.sampled_from(["pointer", "face", "heart"]))
@settings(max_examples=12)
def test_a_fully_masked_modality_equals_a_missing_one(form, name):
    network, (values, masks) = make_small(*form), draw_rows(4, 3)
    masks[name] = torch.zeros_like(masks[name])
    fewer = [{n: x for n, x in d.items() if n != name} for d in (values, masks)]
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(*fewer), rtol=1e-4, atol=1e-5)


def test_fully_masked_rows_get_the_same_finite_answer():
    network, (values, masks) = make_small(), draw_rows(4, 3)
    found = network(values, {n: torch.zeros_like(m) for n, m in masks.items()})
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found, found[:1].expand(4, -1))


def test_a_present_modality_changes_the_answer():
    network, (values, masks) = make_small(), draw_rows(4, 3)
    masks = {n: torch.ones_like(m) for n, m in masks.items()}
    other = {**values, "face": values["face"] + 1}
    assert (network(values, masks) - network(other, masks)).abs().min() > 1e-7


def test_sharing_projections_equals_pairs_with_copied_ones():
    inputs = {"a": 3, "b": 4, "c": 2}
    shared, paired = make_small(True, inputs=inputs), make_small(False, inputs=inputs, seed=2)
    state = {n: w.clone() for n, w in shared.state_dict().items()}
    sides = {"query": "first", "key": "second", "value": "second", "output": "first"}
    for part, side in sides.items():
        owner = getattr(shared.attention, side)
        for kind in ("weight", "bias"):
            name = f"attention.{part}.{kind}"
            state[name] = shared.state_dict()[name][owner]
    paired.load_state_dict(state)
    values, masks = draw_rows(5, 4, inputs)
    masks["a"][0] = False
    with torch.no_grad():
        torch.testing.assert_close(
            shared(values, masks), paired(values, masks), rtol=1e-4, atol=1e-6
        )


def test_the_paper_form_has_eight_heads_keys_128_values_64_and_six_pairs():
    network = CrossModal(Config.paper())
    assert network.attention.query.weight.shape == (6, 64, 8 * 128)
    assert network.attention.value.weight.shape == (6, 64, 8 * 64)
    assert network.encoders["gaze"].lstm.hidden_size == 64
    assert network.encoders["gaze"].convolution.out_features == 16
    assert network.first.in_features == 128
    values, masks = draw_rows(2, 1, {"gaze": 20, "ppg": 12, "semantics": 25})
    assert network(values, masks).shape == (2, 4)


def test_the_order_of_inputs_in_a_card_does_not_matter():
    turned = make_small(inputs=dict(reversed(INPUTS.items())))
    turned.load_state_dict(make_small().state_dict())
    values, masks = draw_rows(3, 6)
    torch.testing.assert_close(turned(values, masks), make_small()(values, masks))


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_dropout_hides_whole_modalities_of_a_row(rate):
    _, masks = draw_rows(6, 7)
    dropped = drop_modalities(masks, rate, torch.Generator().manual_seed(0))
    for name, mask in masks.items():
        torch.testing.assert_close(dropped[name], mask if rate == 0 else torch.zeros_like(mask))


def test_dropout_keeps_the_rest_unchanged():
    masks = {"face": torch.ones(400, 10, 4, dtype=torch.bool)}
    dropped = drop_modalities(masks, 0.15, torch.Generator().manual_seed(0))["face"]
    whole = dropped.all(dim=(1, 2))
    assert (whole | ~dropped.any(dim=2).any(dim=1)).all()
    assert 0.75 < whole.float().mean() < 0.95
