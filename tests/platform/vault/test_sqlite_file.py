"""One file with many connections: none drops the locks of another in the same process."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys

import pytest

from privacy.erasure.byte_search import search
from vault.errors import KeystoreBusy
from vault.sqlite_file import KeyFile

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
    """The last process to close removes the journal; the locks tell it whether it is the last."""
    path = tmp_path / "keys.sqlite3"
    first = KeyFile(path)
    first.connection().execute("SELECT * FROM sqlite_master").fetchall()
    assert (tmp_path / "keys.sqlite3-wal").exists()

    held = meanwhile(path)
    subprocess.run([sys.executable, "-c", ANOTHER, path], check=True)

    assert held is not None
    assert (tmp_path / "keys.sqlite3-wal").exists()


INSERT = "INSERT INTO generation VALUES (?)"
# Simulates a full disk, for this process only: no file may grow.
FULL = """
import resource, sqlite3, sys
from pathlib import Path
from vault.errors import KeystoreBusy
from vault.sqlite_file import KeyFile

def busy(act):
    try:
        act()
    except KeystoreBusy:
        return True
    return False

def write():
    with file.writing() as connection:
        connection.executemany("INSERT INTO key VALUES (?, ?, 's', 1, 0, 1, ?)", ROWS)

ROWS = [(bytes([n]), b"mia", bytes(3000)) for n in range(60)]
file = KeyFile(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
print(busy(write))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(busy(write))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
print(busy(file.wipe))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(busy(file.wipe), file.connection().execute("SELECT count(*) FROM key").fetchone()[0])
"""


def test_a_full_disk_makes_it_wait_and_the_same_thread_writes_once_there_is_room(tmp_path):
    asked = [sys.executable, "-c", FULL, str(tmp_path / "keys.sqlite3")]
    told = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["True", "False", "True", "False", "60"]


def test_a_writer_that_is_kept_waiting_too_long_says_that_it_is_busy(tmp_path):
    file = KeyFile(tmp_path / "keys.sqlite3")
    file.connection().execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(tmp_path / "keys.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KeystoreBusy), file.writing() as connection:
        connection.execute(INSERT, (1,))
    other.execute("ROLLBACK")
    other.close()
    with file.writing() as connection:
        connection.execute(INSERT, (1,))
    assert file.connection().execute("SELECT number FROM generation").fetchall() == [(1,)]


def test_a_wrong_statement_is_not_called_busy(tmp_path):
    file = KeyFile(tmp_path / "keys.sqlite3")
    with pytest.raises(sqlite3.OperationalError), file.writing() as connection:
        connection.execute("INSERT INTO nothing VALUES (1)")
    with file.writing() as connection:
        connection.execute(INSERT, (1,))


def test_what_fails_within_a_transaction_leaves_nothing_of_it(tmp_path):
    file = KeyFile(tmp_path / "keys.sqlite3")
    with pytest.raises(sqlite3.IntegrityError), file.writing() as connection:
        connection.executemany(INSERT, [(1,), (1,)])
    assert file.connection().execute("SELECT count(*) FROM generation").fetchone() == (0,)


def test_a_wipe_stays_pending_until_it_is_done(tmp_path, monkeypatch):
    file = KeyFile(tmp_path / "keys.sqlite3")
    wiped = []
    wipe = KeyFile.wipe
    monkeypatch.setattr(KeyFile, "wipe", lambda *told: (wiped.append(1), wipe(*told)))
    file.wipe_if_pending()
    assert not wiped
    with file.writing():
        file.mark_pending()
    KeyFile(tmp_path / "keys.sqlite3").wipe_if_pending()
    file.wipe_if_pending()
    assert wiped == [1]


def test_a_deletion_during_a_wipe_stays_pending(tmp_path):
    file = KeyFile(tmp_path / "keys.sqlite3")
    with file.writing():
        file.mark_pending()
    held = iter([1])

    def meanwhile(_):
        with file.writing():
            file.mark_pending()

    file._flush_journal = lambda sleep: next(held, None) and meanwhile(sleep)
    file.wipe()
    assert file._count_pending() == 2


def test_a_deletion_that_is_rolled_back_leaves_no_wipe_pending(tmp_path):
    file = KeyFile(tmp_path / "keys.sqlite3")
    with contextlib.suppress(ZeroDivisionError), file.writing():
        file.mark_pending()
        raise ZeroDivisionError
    assert file._count_pending() == 0
