"""Tiny models made at test time, and a two-colour video."""

from __future__ import annotations

import subprocess

import pytest

from emotion.semantics import ffmpeg
from tests.fixtures.models.pretrained_models import make_bert, make_blip


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    return make_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def blip(tmp_path_factory):
    return make_blip(tmp_path_factory.mktemp("blip"))


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """12 s, 64 × 48: red for 10 s, then blue."""
    path = tmp_path_factory.mktemp("film") / "colours.mp4"
    red, blue = (
        f"color={name}:s=64x48:r=10:d={seconds}" for name, seconds in (("red", 10), ("blue", 2))
    )
    joined = ["-filter_complex", "[0][1]concat=n=2:v=1:a=0", "-pix_fmt", "yuv420p"]
    inputs = ["-f", "lavfi", "-i", red, "-f", "lavfi", "-i", blue]
    subprocess.run(
        [ffmpeg.find_program(), "-v", "error", *inputs, *joined, "-y", str(path)], check=True
    )
    return path
