"""A Predictor of small networks outside the site: one file, onnxruntime and no torch.

Everything after the features is in the exported graph (`graph`, `export`): standards, the test for
unfamiliar input, network, temperature. The caller computes only the features. So the site and the
Learner's page cannot diverge; `tests/oracles/edge` runs the file in Python and compares.
"""

from __future__ import annotations

# Stored in the artefact's folder. It is not part of the digest, but contains it.
FILE = "network.onnx"
DIGEST = "attune.digest"

# Streams whose features a page computes (`static/js/edge/features.js`).
PAGE_STREAMS = ("activity", "face", "gaze", "heart", "pointer", "typing")
