"""A Predictor of small networks outside the site: one file, onnxruntime and numpy, no torch.

Everything after the features stands in the exported graph (`graph`, `export`): the standards, what
counts as unfamiliar, the network, the temperature. Who runs the file makes the features alone, so
that three places cannot drift apart: the site, a small computer (`predictor`) and the
Learner's page.
"""

from __future__ import annotations

# Beside an artefact's card; not part of its digest, which it carries instead.
FILE = "network.onnx"
DIGEST = "attune.digest"
