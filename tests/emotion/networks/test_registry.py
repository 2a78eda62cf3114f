"""Every network's module follows the conventions of `emotion.networks`."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from emotion import models, networks
from emotion.networks.registry import NETWORKS

FOLDER, MODELS = (Path(package.__file__).parent for package in (networks, models))
every = pytest.mark.parametrize("name", NETWORKS)


def has_profiles(file):
    """Return whether it has a class Config with a method `small`."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name == "Config":
            return any(isinstance(m, ast.FunctionDef) and m.name == "small" for m in node.body)
    return False


def logits(found):
    return found[0] if isinstance(found, tuple) else found


def build_network(name, batch=2, seed=0):
    torch.set_num_threads(1)
    entry, generator = NETWORKS[name], torch.Generator().manual_seed(seed)
    config = entry.config.small()
    torch.manual_seed(seed)
    return config.build(), entry.example(config, batch, generator), config


def test_every_module_with_profiles_is_registered_under_its_name_or_its_models():
    single = {file.stem for file in FOLDER.glob("*.py") if has_profiles(file)}
    of_models = {file.parent.name for file in MODELS.glob("*/*.py") if has_profiles(file)}
    assert set(NETWORKS) == single | of_models
    assert not single & of_models


@every
def test_a_config_is_unchanged_by_a_cards_json(name):
    network, given, config = build_network(name)
    again = type(config)(**json.loads(json.dumps(asdict(config)))).build()
    again.load_state_dict(network.state_dict())
    with torch.no_grad():
        found, expected = logits(again.eval()(*given)), logits(network.eval()(*given))
    torch.testing.assert_close(found, expected)


@every
def test_the_small_profile_gives_finite_logits_and_gradients_for_every_weight(name):
    network, given, _ = build_network(name, batch=3)
    found = logits(network.train()(*given))
    assert found.ndim == 2
    assert len(found) == 3
    found.square().sum().backward()
    silent = [n for n, w in network.named_parameters() if w.grad is None]
    assert [n for n in silent if "absent" not in n] == []
    assert all(w.grad.isfinite().all() for w in network.parameters() if w.grad is not None)


@every
def test_the_same_seed_builds_the_same_network(name):
    first, given, _ = build_network(name)
    second, _, _ = build_network(name)
    with torch.no_grad():
        found, expected = logits(first.eval()(*given)), logits(second.eval()(*given))
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@every
def test_the_example_is_drawn_from_the_generator(name):
    entry = NETWORKS[name]
    config = entry.config.small()
    ours, same, other = (
        json.dumps(sum_leaves(entry.example(config, 1, torch.Generator().manual_seed(seed))))
        for seed in (1, 1, 2)
    )
    assert ours == same != other


def sum_leaves(given):
    """Return sums of the tensors in nested tuples and mappings."""
    if torch.is_tensor(given):
        return float(given.double().sum())
    return [sum_leaves(each) for each in (given.values() if isinstance(given, dict) else given)]
