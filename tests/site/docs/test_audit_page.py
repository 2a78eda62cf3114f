"""docs/audit.md lists the verbs of the code, and its program verifies the witness file."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from audit import sequencer, tree_heads, witness_publisher
from audit.verbs import VERBS
from tests.platform.audit.conftest import START, act, places  # noqa: F401
from vault import signing

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "audit.md").read_text()
PROGRAM = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_page_lists_every_verb_in_order():
    table = PAGE[PAGE.index("| verb | when |") :]
    assert tuple(re.findall(r"^\| `([a-z._]+)` \|", table, re.MULTILINE)) == VERBS


@pytest.fixture
def checked(db, settings, tmp_path):
    """Return what the page's program prints about the witness file."""
    for minute, count in enumerate((3, 4, 1, 8, 5)):
        act(count)
        sequencer.sweep(now=START + timedelta(minutes=minute))
    witness_publisher.publish_to_file(now=START)
    program = tmp_path / "check.py"
    program.write_text(PROGRAM)

    def run(key=None, file=settings.AUDIT_WITNESS_FILE):
        command = [sys.executable, program, key or signing.public_key().hex(), file]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    run.file = settings.AUDIT_WITNESS_FILE
    return run


def test_the_page_s_program_accepts_a_valid_file(checked):
    done = checked()
    assert (done.returncode, done.stdout) == (0, f"{tree_heads.load_latest().size}\n"), done.stderr


def test_the_page_s_program_refuses_an_invalid_file(checked):
    good = checked.file.read_text()
    lines = good.splitlines(keepends=True)
    root = re.search(r'"root": "([0-9a-f]{64})"', lines[2])[1]
    proof = re.search(r'"consistency": \["([0-9a-f]{64})"', lines[3])[1]
    changed = {
        "a root": good.replace(root, "0" * 64),
        "a proof": good.replace(proof, "0" * 64),
        "a line taken out": "".join(lines[:2] + lines[3:]),
        "two lines swapped": "".join([lines[1], lines[0], *lines[2:]]),
    }
    for what, text in changed.items():
        checked.file.write_text(text)
        assert checked().returncode != 0, what
    checked.file.write_text(good)
    assert checked(key="ab" * 32).returncode != 0
