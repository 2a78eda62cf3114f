"""A keystore's own PostgreSQL server and a key service, each started once for the folder."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from config.embedded_postgres import cluster
from tests.fixtures.servers.openbao_server import run_openbao
from tools.testbed.keystore_database import create_keystore, run_keystore_server
from vault.keystore import KeyStore


@pytest.fixture(scope="session")
def bao():
    with run_openbao() as server:
        yield server


@pytest.fixture(scope="session")
def keystore_server():
    folder = Path(tempfile.mkdtemp(prefix="attune-keys-"))
    folder.chmod(0o711)
    with run_keystore_server(folder / "postgres") as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(keystore_server):
    """The address of an empty database."""
    name = f"keys_{secrets.token_hex(4)}"
    yield create_keystore(keystore_server, name)
    cluster.psql(keystore_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def kill_rotation(monkeypatch):
    """Return a function that runs a rotation and kills it after its first batch."""
    real, rewrapped = KeyStore._rewrap_some, []

    def killed_after_one(one, number):
        if rewrapped:
            raise KeyboardInterrupt
        rewrapped.append(real(one, number))
        return rewrapped[0]

    def kill(store):
        with monkeypatch.context() as patch:
            patch.setattr(KeyStore, "_rewrap_some", killed_after_one)
            with pytest.raises(KeyboardInterrupt):
                store.rewrap()

    return kill
