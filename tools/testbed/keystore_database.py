"""PostgreSQL servers for a keystore, apart from the server of the site's database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.embedded_postgres import cluster, launcher
from config.embedded_postgres.launcher import Server

NAME: Final = "attune_keys"


def create_keystore(server: Server, name: str = NAME) -> str:
    """Create the role, if missing, and a database of its own; return its address."""
    password = secrets.token_hex(8)
    cluster.psql(
        server,
        f"""
        DO $$ BEGIN CREATE ROLE {NAME} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER ROLE {NAME} PASSWORD '{password}';
        CREATE DATABASE {name} OWNER {NAME};
        """,
    )
    return f"postgresql://{NAME}:{password}@/{name}?host={server.socket()}"


@contextmanager
def run_keystore_server(folder: Path, *, hasty: bool = True) -> Iterator[Server]:
    """Run a server for the block; one that is not `hasty` waits for the disk."""
    server = Server(folder, hasty=hasty)
    with launcher.run_for_block(server):
        yield server
