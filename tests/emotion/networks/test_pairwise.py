"""Paper 1's network has the paper's components, and Table 4's seven fusions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from emotion.networks.early_fusion import PAPER_1, make_example
from emotion.networks.pairwise import COMPONENTS, SEMANTICS, Config, Encoder, Pairwise, table_4


@pytest.fixture(autouse=True)
def seeded():
    torch.set_num_threads(1)
    torch.manual_seed(1)


def count_parameters(module):
    return sum(weight.numel() for weight in module.parameters())


def test_the_paper_profile_has_the_papers_components():
    """Counted from section 4.2; torch's LSTM has two biases, and the vector for absence is ours."""
    network = Config.paper().build()
    lstm = 4 * (16 * 64 + 64 * 64 + 2 * 64)
    attention = 2 * (64 * 8 * 128 + 8 * 128) + (64 * 8 * 64 + 8 * 64) + (8 * 64 * 64 + 64)
    assert count_parameters(network.encoders["gaze"]) == 20 * 16 + 16 + lstm
    assert count_parameters(network.encoders["ppg"]) == 12 * 16 + 16 + lstm
    assert count_parameters(network.encoders[SEMANTICS]) == 4 * (25 * 64 + 64 * 64 + 2 * 64)
    assert count_parameters(network.attention) == 6 * attention
    assert (
        count_parameters(network.first) + count_parameters(network.last)
        == 128 * 64 + 64 + 64 * 4 + 4
    )
    assert count_parameters(network) == 1_269_732 + 3 * 64


def test_eye_and_pulse_pass_a_convolution_of_size_1_with_relu_and_semantics_do_not():
    encoder = Encoder(3, Config.small(), convolved=True)
    x = torch.randn(1, 10, 3)
    weight = encoder.convolution.weight[:, :, None]
    hidden = torch.relu(torch.nn.functional.conv1d(x.mT, weight, encoder.convolution.bias)).mT
    torch.testing.assert_close(encoder(x), encoder.lstm(hidden)[0])
    plain = Config.small().build().encoders[SEMANTICS]
    assert plain.convolution is None
    assert plain.lstm.input_size == 25


@pytest.mark.parametrize("components", COMPONENTS)
def test_it_takes_every_number_of_components_the_paper_tried(components):
    config = replace(Config.small(), inputs={**PAPER_1, SEMANTICS: components})
    assert config.build()(*make_example(config, 2, torch.Generator())).shape == (2, 4)


def test_table_4_has_its_seven_experiments():
    found = table_4(Config.paper())
    assert {number: (sorted(c.inputs), c.fusion) for number, c in found.items()} == {
        "I": (["gaze"], "concatenation"),
        "II": (["ppg"], "concatenation"),
        "III": (["gaze", "ppg"], "attention"),
        "IV": (["ppg", "semantics"], "attention"),
        "V": (["gaze", "semantics"], "attention"),
        "VI": (["gaze", "ppg", "semantics"], "concatenation"),
        "VII": (["gaze", "ppg", "semantics"], "attention"),
    }
    assert found["VII"] == Config.paper()


@pytest.mark.parametrize("number", ["I", "II", "III", "IV", "V", "VI", "VII"])
def test_an_experiment_reads_its_modalities_and_no_other(number):
    config = table_4(Config.small())[number]
    network = config.build().eval()
    values, masks = make_example(Config.small(), 2, torch.Generator().manual_seed(1))
    with torch.no_grad():
        told = network(values, masks)
        for name in PAPER_1:
            other = network({**values, name: values[name] + 1}, masks)
            assert torch.equal(told, other) is (name not in config.inputs), name


@pytest.mark.parametrize("number", ["III", "IV", "V"])
def test_a_pair_attends_both_ways(number):
    assert table_4(Config.paper())[number].build().attention.query.weight.shape[0] == 2


def test_concatenation_classifies_the_concatenated_means_over_time():
    network = table_4(Config.small())["VI"].build().eval()
    values, masks = make_example(Config.small(), 2, torch.Generator().manual_seed(1))
    masks = {n: torch.ones_like(m) for n, m in masks.items()}
    with torch.no_grad():
        means = [network.encoders[n](values[n]).mean(dim=1) for n in network.names]
        expected = network.last(torch.relu(network.first(torch.cat(means, dim=-1))))
        torch.testing.assert_close(network(values, masks), expected)


def test_a_single_modality_is_refused():
    with pytest.raises(ValueError, match="two modalities"):
        Pairwise(Config(inputs={"gaze": 20}))


def test_the_whole_network_is_its_components_in_the_papers_order():
    """One row without missing values, from features to logits, with numpy from the encoders'
    output.
    """
    config = Config.small()
    network = config.build().eval()
    values, masks = make_example(config, 1, torch.Generator().manual_seed(4))
    masks = {n: torch.ones_like(m) for n, m in masks.items()}
    with torch.no_grad():
        coded = [network.encoders[n](values[n])[0].numpy() for n in network.names]
        found = network(values, masks)[0].numpy()
    part = {n: w.detach().numpy() for n, w in network.named_parameters()}
    stack = []
    for p, (m1, m2) in enumerate((a, b) for a in range(3) for b in range(3) if a != b):
        q, k, v = (
            coded[m] @ part[f"attention.{name}.weight"][p] + part[f"attention.{name}.bias"][p]
            for name, m in (("query", m1), ("key", m2), ("value", m2))
        )
        heads = []
        for h in range(config.heads):
            cut = slice(h * config.key, (h + 1) * config.key)
            raised = np.exp(q[:, cut] @ k[:, cut].T / np.sqrt(config.key))
            heads.append(raised / raised.sum(axis=1, keepdims=True) @ v[:, cut])
        output = np.concatenate(heads, axis=1) @ part["attention.output.weight"][p]
        stack.append((output + part["attention.output.bias"][p]).mean(axis=0))
    both = np.concatenate([np.mean(stack, axis=0), np.sqrt(np.var(stack, axis=0) + 1e-6)])
    hidden = np.maximum(part["first.weight"] @ both + part["first.bias"], 0)
    np.testing.assert_allclose(found, part["last.weight"] @ hidden + part["last.bias"], atol=1e-5)
