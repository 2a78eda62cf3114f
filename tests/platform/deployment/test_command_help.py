"""manage.py in a bare clone: shows help quickly, and names the command to run first."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bare(tmp_path):
    """The files manage.py needs, in a clone where nothing is installed."""
    for name in ("config", "deployment"):
        shutil.copytree(ROOT / "platform" / name, tmp_path / "platform" / name)
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path


def run(bare, *words):
    """Run without any installed package; nothing may be created in the clone."""
    command = [sys.executable, "-I", "-S", "manage.py", *words]
    ran = subprocess.run(command, cwd=bare, capture_output=True, text=True, check=False)
    assert not (bare / ".venv").exists()
    return ran


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_without_a_command_it_names_those_that_set_up(bare, words):
    ran = run(bare, *words)
    assert ran.returncode == 0
    assert re.findall(r"^  (\w+) ", ran.stdout, re.MULTILINE) == ["demo", "setup", "test", "help"]


@pytest.mark.parametrize("words", [("demo", "--help"), ("demo", "-h"), ("help", "demo")])
def test_help_of_the_demo_names_its_options(bare, words):
    ran = run(bare, *words)
    assert ran.returncode == 0
    assert {"--port", "--learners"} <= set(ran.stdout.split())


@pytest.mark.parametrize("words", [("setup", "--help"), ("help", "setup")])
def test_help_of_set_up_names_its_options(bare, words):
    ran = run(bare, *words)
    assert ran.returncode == 0
    assert {"--no-input", "--steward", "--name", "--url"} <= set(ran.stdout.split())
    assert {"--site-name", "--controller", "--contact", "--officer"} <= set(ran.stdout.split())


@pytest.mark.parametrize("words", [("test", "--help"), ("help", "test")])
def test_help_of_the_tests_names_their_options(bare, words):
    ran = run(bare, *words)
    assert ran.returncode == 0
    assert "--quick" in ran.stdout


def test_help_takes_less_than_a_second_of_a_core(bare):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run(bare, "demo", "--help")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1


@pytest.mark.parametrize("words", [("migrate",), ("help",), ("migrate", "--help"), ("no_such",)])
def test_any_other_command_says_in_a_line_what_to_run_first(bare, words):
    ran = run(bare, *words)
    assert (ran.returncode, ran.stdout) == (1, "")
    (line,) = ran.stderr.splitlines()
    assert "python3 manage.py demo" in line
