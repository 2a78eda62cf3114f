"""The linear path: it makes the network contain logistic regression; absent Streams add nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from emotion.evaluation.logistic_baseline import summary
from emotion.features.batch import Batch
from emotion.models.crossmodal.network import Config, CrossModal

INPUTS = {"face": 4, "gaze": 0, "pointer": 3}


def network(linear=True, seed=1):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    config = Config(
        inputs=INPUTS, width=16, heads=2, key=8, value=8, hidden=16, convolution=16, linear=linear
    )
    return CrossModal(config).eval()


def rows(batch, seed=3):
    """Return values and masks; one row in five has no pointer, some features are never present."""
    torch.manual_seed(seed)
    values = {n: torch.randn(batch, 10, f) for n, f in INPUTS.items() if f}
    masks = {n: torch.rand(batch, 10, x.shape[2]) < 0.5 for n, x in values.items()}
    masks["pointer"][::5] = False
    masks["face"][1::3, :, 0] = False
    return values, masks


def without_attention(found):
    """Return the same network with its attention output set to zero."""
    for parameter in found.last.parameters():
        torch.nn.init.zeros_(parameter)
    return found


def test_without_attention_it_is_logistic_regression_on_the_baselines_features():
    values, masks = rows(300)
    batch = Batch(*({n: x.numpy() for n, x in d.items()} for d in (values, masks)), quality={})
    columns = summary(batch)
    labels = np.random.default_rng(1).integers(0, 4, 300)
    fitted = LogisticRegression(max_iter=500).fit(columns, labels)
    copied, at = without_attention(network()), 0
    with torch.no_grad():
        copied.last.bias.copy_(torch.from_numpy(fitted.intercept_))
        for name, layer in ((n, copied.linear.layers[n]) for n in values):
            last = at + INPUTS[name]
            layer.weight.copy_(torch.from_numpy(fitted.coef_[:, at:last]))
            layer.bias.copy_(torch.from_numpy(fitted.coef_[:, last]))
            at = last + 1
        found = copied(values, masks).softmax(dim=1).numpy()
    np.testing.assert_allclose(found, fitted.predict_proba(columns), atol=1e-5)


def test_it_adds_nothing_before_training():
    values, masks = rows(4)
    without = network(linear=False)
    without.load_state_dict(
        {n: w for n, w in network().state_dict().items() if not n.startswith("linear.")}
    )
    torch.testing.assert_close(network()(values, masks), without(values, masks))


@pytest.mark.parametrize("given", [True, False])
def test_an_absent_stream_adds_nothing(given):
    found = without_attention(network())
    for parameter in found.linear.parameters():
        torch.nn.init.ones_(parameter)
    values, masks = rows(4)
    wild = {**values, "pointer": values["pointer"] + 1e6}
    masks["pointer"] = torch.zeros_like(masks["pointer"])
    if not given:
        wild.pop("pointer")
    faces = torch.where(masks["face"], values["face"], 0).sum(dim=1)
    expected = (faces / masks["face"].sum(dim=1).clamp(min=1)).sum(dim=1) + 1
    with torch.no_grad():
        torch.testing.assert_close(found(wild, masks), expected[:, None].expand(-1, 4))


def test_the_papers_form_has_no_linear_path():
    assert not Config.paper().linear
    assert CrossModal(Config.paper()).linear is None
