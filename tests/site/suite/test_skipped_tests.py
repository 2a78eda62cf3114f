"""A run lists the tests that did not run, with the reason, and fails if there are too many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SUITE = """
import pytest

@pytest.mark.parametrize("number", range({whole}))
def test(number):
    if number < {skipped}:
        pytest.skip("no piano here: buy one")
"""


@pytest.fixture
def run(tmp_path):
    """Return `run(ran, skipped, *options)`: pytest's exit code for such a run, and its output."""

    def ended(ran, skipped, *options):
        (tmp_path / "test_small.py").write_text(SUITE.format(whole=ran + skipped, skipped=skipped))
        plugins = ("-p", "tests.plugins.skipped_tests", "-p", "no:django", "-p", "no:randomly")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-c", os.devnull, *plugins, *options, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return ended


def test_each_skipped_test_is_listed_under_its_reason(run):
    code, said = run(3, 2, "-q")
    assert code == 0
    assert "did not run: 40.0 % of the tests" in said
    _, below = said.split("no piano here: buy one (2)\n")
    assert [line.split("::")[1] for line in below.splitlines()[:2]] == [
        "test[0]",
        "test[1]",
    ]


@pytest.mark.parametrize("spread", [(), ("-n2",)], ids=["one process", "two processes"])
@pytest.mark.parametrize(("ran", "skipped", "code"), [(19, 1, 0), (18, 1, 1)])
def test_a_run_with_too_few_tests_fails(run, spread, ran, skipped, code):
    ended, said = run(ran, skipped, "--least-run=95", *spread)
    assert ended == code
    assert ("so this run fails" in said) == bool(code)


def test_a_run_without_skips_prints_nothing(run):
    code, said = run(2, 0, "--least-run=95")
    assert (code, "did not run" in said) == (0, False)
