"""`models check`: what is present, what is missing, and where it belongs."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.fixtures.models.pretrained_models import make_bert, make_blip

pytestmark = pytest.mark.django_db


def check(*arguments):
    out, code = StringIO(), 0
    try:
        call_command("models", "check", *arguments, stdout=out)
    except SystemExit as ended:
        code = int(ended.code)
    return out.getvalue(), code


def test_without_models_it_names_where_they_would_go(settings):
    settings.DESCRIBER_DIR = settings.ENCODER_DIR = None
    said, code = check()
    assert code == 0
    assert "ATTUNE_DESCRIBER_DIR may name a folder" in said
    assert "ATTUNE_ENCODER_DIR may name a folder" in said


def test_complete_models_are_found(settings, tmp_path):
    (tmp_path / "blip").mkdir()
    (tmp_path / "bert").mkdir()
    settings.DESCRIBER_DIR = make_blip(tmp_path / "blip")
    settings.ENCODER_DIR = make_bert(tmp_path / "bert")
    said, code = check("--json")
    assert code == 0
    assert [row["need"] for row in json.loads(said)["rows"]] == ["", ""]


def test_what_a_folder_lacks_is_named(settings, tmp_path):
    folder = make_bert(tmp_path)
    (folder / "model.safetensors").unlink()
    settings.ENCODER_DIR = folder
    said, code = check()
    assert code == 1
    assert "lacks *.safetensors" in said
    assert str(folder) not in said


def test_a_missing_folder_is_reported(settings, tmp_path):
    settings.DESCRIBER_DIR = tmp_path / "nowhere"
    said, code = check()
    assert code == 1
    assert "ATTUNE_DESCRIBER_DIR names no folder" in said
