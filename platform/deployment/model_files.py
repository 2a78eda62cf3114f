"""Pretrained models for video semantics: which are present, which are missing, where they belong.

Attune downloads none. It works without them: captions replace descriptions, TF-IDF the encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from deployment.doctor import DoctorFinding

WEIGHTS = ("*.safetensors",)


@dataclass(frozen=True, slots=True)
class PretrainedModel:
    """A folder as `save_pretrained` writes it: one file of each group, and weights."""

    what: str
    name: str
    folder: Path | None
    files: Sequence[Sequence[str]]
    for_what: str


def list_models() -> list[PretrainedModel]:
    words = ("tokenizer.json", "vocab.txt", "tokenizer.model")
    pictures = ("preprocessor_config.json", "processor_config.json")
    return [
        PretrainedModel(
            "describer",
            "ATTUNE_DESCRIBER_DIR",
            settings.DESCRIBER_DIR,
            [("config.json",), words, pictures, WEIGHTS],
            "any image-text-to-text model, to say what is seen in a video; without it captions do",
        ),
        PretrainedModel(
            "encoder",
            "ATTUNE_ENCODER_DIR",
            settings.ENCODER_DIR,
            [("config.json",), words, WEIGHTS],
            "any model of the BERT family, to encode texts; without it TF-IDF does",
        ),
    ]


def check_models() -> list[DoctorFinding]:
    """Return a finding for each model; a configured but incomplete one is fatal."""
    return [_check_model(each) for each in list_models()]


def _check_model(each: PretrainedModel) -> DoctorFinding:
    if each.folder is None:
        return DoctorFinding(
            each.what, "none", f"{each.name} may name a folder with {each.for_what}."
        )
    if not each.folder.is_dir():
        need = f"{each.name} names no folder: put the model there, or unset it."
        return DoctorFinding(each.what, "", need, required=True)
    lacking = [" or ".join(group) for group in each.files if not _has_any(each.folder, group)]
    need = f"Its folder lacks {', '.join(lacking)}." if lacking else ""
    return DoctorFinding(each.what, f"in the folder of {each.name}", need, required=True)


def _has_any(folder: Path, group: Sequence[str]) -> bool:
    return any(next(folder.glob(pattern), None) for pattern in group)
