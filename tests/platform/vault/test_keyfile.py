"""One file for many connections: none takes away what another of the same process holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from privacy.searching import search
from vault.keyfile import KeyFile

ANOTHER = """
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("SELECT * FROM sqlite_master").fetchall()
"""


@pytest.mark.parametrize(
    "meanwhile",
    [KeyFile, lambda path: search([b"01234567"], path.parent)],
    ids=["opened once more", "searched"],
)
def test_another_process_that_leaves_does_not_take_the_journal_along(tmp_path, meanwhile):
    """The last to leave removes the journal, and tells by the locks whether it is the last."""
    path = tmp_path / "keys.sqlite3"
    first = KeyFile(path)
    first.connection().execute("SELECT * FROM sqlite_master").fetchall()
    assert (tmp_path / "keys.sqlite3-wal").exists()

    held = meanwhile(path)
    subprocess.run([sys.executable, "-c", ANOTHER, path], check=True)

    assert held is not None
    assert (tmp_path / "keys.sqlite3-wal").exists()
