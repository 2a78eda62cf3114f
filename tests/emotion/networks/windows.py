"""Made-up Windows for the tests of every network that reads them."""

from __future__ import annotations

import torch

from emotion.networks.registry import NETWORKS

# crossmodal's own tests say more of it; pictures and clips are not Windows.
WINDOW_NETWORKS = sorted(
    name
    for name, entry in NETWORKS.items()
    if entry.span_s == 10.0 and hasattr(entry.config.small(), "inputs") and name != "crossmodal"
)

INPUTS = {"gaze": 4, "ppg": 3, "semantics": 5}


def small(name, seed=1, **changes):
    """A small network of INPUTS."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    config = NETWORKS[name].config.small()
    fields = {field: getattr(config, field) for field in config.__dataclass_fields__}
    return type(config)(**{**fields, "inputs": INPUTS, **changes}).build().eval()


def rows(batch, seed, steps=10):
    """Values and masks; each row has every modality at one step or more."""
    generator = torch.Generator().manual_seed(seed)
    values = {n: torch.randn(batch, steps, f, generator=generator) for n, f in INPUTS.items()}
    masks = {n: torch.rand(x.shape, generator=generator) < 0.7 for n, x in values.items()}
    for mask in masks.values():
        mask[:, 0, 0] = True
    return values, masks
