"""The commands of tools/ start without manage.py, each by its name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import BaseCommand

from tests.fixtures.servers.command_process import run_apart
from tools.loadtest.__main__ import NAMES

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "tools.chaos",
    "tools.hosts",
    "tools.scans",
    "tools.inference_attack",
    *(f"tools.loadtest.{name}" for name in NAMES),
)


@pytest.mark.parametrize("package", COMMANDS)
def test_each_has_a_command(package):
    assert issubclass(import_module(f"{package}.command").Command, BaseCommand)


def test_every_measurement_has_a_name():
    folders = {file.parent.name for file in (ROOT / "tools/loadtest").glob("*/command.py")}
    assert folders == set(NAMES)


@pytest.mark.parametrize(
    ("words", "said"), [((), "required: name"), (("no_such",), "invalid choice: 'no_such'")]
)
def test_an_unknown_name_is_refused_with_the_list_of_names(tmp_path, words, said):
    ran = run_apart(tmp_path, "tools.loadtest", *words)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "{ingest,offers," in ran.stderr


def test_a_command_starts_by_name_with_its_own_arguments(tmp_path):
    ran = run_apart(tmp_path, "tools.loadtest", "sizing", "--learners", "100", "--json")
    assert ran.returncode == 0, ran.stderr
    assert [row["learners"] for row in json.loads(ran.stdout)["rows"]] == [100]


def test_wrong_arguments_end_with_a_code_and_a_line(tmp_path):
    ran = run_apart(tmp_path, "tools.loadtest", "sizing", "--learners", "0")
    assert (ran.returncode, ran.stderr) == (2, "CommandError: expected at least one learner\n")


def test_help_names_the_options(tmp_path):
    ran = run_apart(tmp_path, "tools.chaos", "--help")
    assert ran.returncode == 0
    assert "usage: python3 -m tools.chaos" in ran.stdout
    assert "--kills" in ran.stdout


def test_without_an_environment_a_line_says_what_to_run_first(tmp_path):
    for name in ("platform/config", "platform/deployment", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    command = [sys.executable, "-S", "-m", "tools.chaos"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "python3 manage.py demo" in ran.stderr
