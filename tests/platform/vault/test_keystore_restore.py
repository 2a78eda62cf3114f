"""What an erasure leaves of a keystore's database: noise, in heap, log, standby and backups."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from config.embedded_postgres import cluster, launcher
from tests.fixtures.servers.keystore_database import (
    archive_wal,
    finish_segment,
    move_address,
    promote,
    run_restored,
    run_standby,
    take_base_backup,
)
from tools.testbed.keystore_database import create_keystore, run_keystore_server
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import ALL, KeyStore
from vault.postgres_table import PostgresTable
from vault.secret_cache import forget_all

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA, NOAH = UUID(int=1), UUID(int=2)


@pytest.fixture
def folder():
    folder = Path(tempfile.mkdtemp(prefix="attune-keys-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def all_bytes(*folders):
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files)


def test_after_an_erasure_no_copy_of_the_database_from_before_opens_anything(folder, bao):
    """A base backup, the archived log and a standby, each restored as an operator would."""
    archive, service = folder / "wal", Transit(bao.url, f"attune-{secrets.token_hex(4)}", bao.token)

    def opened(url):
        forget_all()
        table = PostgresTable(url)
        return KeyStore(folder / "ledger", outer=service, table=table, sleep=lambda _: None)

    with run_keystore_server(folder / "first", hasty=False) as server:
        url = create_keystore(server)
        archive_wal(server, archive)
        with run_standby(server, folder / "second") as standby:
            store = opened(url)
            gone = [store.current_key(MIA, "face:adapt", n, NOW) for n in range(3)]
            kept = store.current_key(NOAH, "face:adapt", 1, NOW)
            state = cluster.psql(server, "SELECT sync_state FROM pg_stat_replication").stdout
            assert state.split() == ["sync"]
            with psycopg.connect(url) as connection:
                wrapped = dict(connection.execute("SELECT id, wrapped FROM key").fetchall())
                ((master,),) = connection.execute("SELECT master FROM generation").fetchall()
            before = take_base_backup(server, folder / "before")
            finish_segment(server, archive)
            with run_restored(before, folder / "control", archive) as control:
                restored = opened(move_address(url, control))
                assert [restored.key(key.id) for key in gone] == gone

            assert store.destroy(MIA, ALL) == 3
            store.rewrap()
            finish_segment(server, archive)

            # The bytes are still there, in the log and in the standby: they are noise.
            left = all_bytes(archive), all_bytes(standby.data / "base", standby.data / "pg_wal")
            for key in gone:
                assert all(wrapped[key.id] in bytes_ for bytes_ in left)
            assert master in left[0]
            with pytest.raises(FileNotFoundError):
                service.open(1, master)
            launcher.stop(server)
            promote(standby)
            require_erased(opened(move_address(url, standby)), gone, kept)
    earlier = {"recovery_target": "immediate"}
    with run_restored(before, folder / "earlier", archive, **earlier) as restored:
        store = opened(move_address(url, restored))
        assert sorted(store.key_ids(MIA)) == sorted(key.id for key in gone)
        for key in [*gone, kept]:
            with pytest.raises(KeystoreBusy, match="master key 1 is gone"):
                store.key(key.id)
    with run_restored(before, folder / "newest", archive) as restored:
        require_erased(opened(move_address(url, restored)), gone, kept)


def require_erased(store, gone, kept):
    assert store.key_ids(MIA) == []
    for key in gone:
        with pytest.raises(KeyDestroyed):
            store.key(key.id)
    assert store.key(kept.id) == kept
