"""Every network of Windows: masks and padding have no effect; absence is trained."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.emotion.network_inputs import INPUTS, WINDOW_NETWORKS, rows, small

every = pytest.mark.parametrize("name", WINDOW_NETWORKS)
SEEDS = st.integers(0, 1000)


def compare(found, expected, **how):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5, **how)


@every
@given(seed=SEEDS)
@settings(max_examples=4)
def test_masked_values_change_nothing(name, seed):
    network, (values, masks) = small(name), rows(3, seed)
    wild = {n: torch.where(masks[n], x, 1e6 * torch.randn_like(x)) for n, x in values.items()}
    with torch.no_grad():
        torch.testing.assert_close(network(values, masks), network(wild, masks), rtol=0, atol=0)


@every
@given(seed=SEEDS, count=st.integers(1, 6))
@settings(max_examples=4)
def test_padding_at_the_end_has_no_effect(name, seed, count):
    network, (values, masks) = small(name), rows(3, seed)
    longer = {n: torch.cat([x, torch.randn(3, count, x.shape[2])], 1) for n, x in values.items()}
    padded = {n: torch.cat([m, m.new_zeros(3, count, m.shape[2])], 1) for n, m in masks.items()}
    with torch.no_grad():
        compare(network(longer, padded), network(values, masks))


def test_the_second_convolution_does_not_read_the_firsts_output_for_padding():
    network, (values, masks) = small("cnn_lstm", layers=2), rows(3, 1)
    longer = {n: torch.cat([x, torch.randn(3, 4, x.shape[2])], 1) for n, x in values.items()}
    padded = {n: torch.cat([m, m.new_zeros(3, 4, m.shape[2])], 1) for n, m in masks.items()}
    with torch.no_grad():
        compare(network(longer, padded), network(values, masks))


@every
@given(seed=SEEDS, step=st.integers(1, 9))
@settings(max_examples=4)
def test_a_fully_masked_step_has_no_effect(name, seed, step):
    network, (values, masks) = small(name), rows(3, seed)
    for mask in masks.values():
        mask[:, step] = False
    kept = [i for i in range(10) if i != step]
    fewer = [{n: x[:, kept] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks), network(*fewer))


@every
@given(seed=SEEDS, row=st.integers(0, 4))
@settings(max_examples=4)
def test_a_row_of_a_batch_equals_the_row_alone(name, seed, row):
    network, (values, masks) = small(name), rows(5, seed)
    masks["ppg"][1:] &= torch.rand(4, 10, 1) < 0.5
    alone = [{n: x[row : row + 1] for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks)[row], network(*alone)[0])


@every
@pytest.mark.parametrize("gone", INPUTS)
def test_a_fully_masked_modality_equals_a_missing_one(name, gone):
    network, (values, masks) = small(name), rows(4, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    fewer = [{n: x for n, x in d.items() if n != gone} for d in (values, masks)]
    with torch.no_grad():
        compare(network(values, masks), network(*fewer))


@every
@pytest.mark.parametrize("gone", INPUTS)
def test_the_vector_for_an_absent_modality_is_trained(name, gone):
    network, (values, masks) = small(name), rows(4, 3)
    masks[gone] = torch.zeros_like(masks[gone])
    network(values, masks).square().sum().backward()
    absent = network.absent if hasattr(network, "absent") else network.joined.absent
    found = (
        absent.grad[sorted(INPUTS).index(gone)] if torch.is_tensor(absent) else absent[gone].grad
    )
    assert found.abs().max() > 0


@every
def test_fully_masked_rows_get_the_same_finite_answer(name):
    network, (values, masks) = small(name), rows(4, 3)
    found = network(values, {n: torch.zeros_like(m) for n, m in masks.items()})
    assert torch.isfinite(found).all()
    compare(found, found[:1].expand(4, -1))


@every
@pytest.mark.parametrize("moved", INPUTS)
def test_every_modality_changes_the_answer(name, moved):
    network, (values, masks) = small(name), rows(4, 3)
    masks = {n: torch.ones_like(m) for n, m in masks.items()}
    other = {**values, moved: values[moved] + 1}
    with torch.no_grad():
        assert (network(values, masks) - network(other, masks)).abs().amax(dim=1).min() > 1e-6


@every
def test_the_order_of_inputs_in_a_card_does_not_matter(name):
    turned = small(name, seed=2, inputs=dict(reversed(INPUTS.items())))
    turned.load_state_dict(small(name).state_dict())
    values, masks = rows(3, 6)
    with torch.no_grad():
        compare(turned(values, masks), small(name)(values, masks))


@pytest.mark.parametrize("name", sorted(set(WINDOW_NETWORKS) - {"mlp"}))
def test_the_order_of_steps_matters_to_all_but_the_perceptron(name):
    network, (values, masks) = small(name), rows(4, 3)
    turned = [{n: x.flip(1) for n, x in d.items()} for d in (values, masks)]
    with torch.no_grad():
        assert (network(values, masks) - network(*turned)).abs().max() > 1e-6
