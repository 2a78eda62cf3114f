"""The outer encryption and the database of the keystore, as the settings name them."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from vault import queries
from vault.errors import KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.key_move import MovedStore, MoveRefused
from vault.key_table import LEAVING, KeyTable
from vault.master_keys import Generations
from vault.outer_encryption import NoOuterEncryption, OuterEncryption
from vault.pkcs11_module import Pkcs11
from vault.postgres_table import PostgresTable
from vault.sqlite_file import FILE_NAME, KeyFile


def make_outer(*, shared: bool = False) -> OuterEncryption:
    """Return the key service that is configured, else no outer encryption.

    `shared`: for a database. Its keys have other names than a file's, so that neither store ever
    destroys one that the other needs.
    """
    service = settings.KEY_SERVICE
    name = f"{service.name}-db" if shared else service.name
    if service.url:
        return Transit(service.url, name, service.token)
    if service.module:
        return Pkcs11(str(service.module), service.slot, name, service.pin)
    return NoOuterEncryption()


def open_database(url: str, folder: Path) -> PostgresTable:
    """Return the keystore's database. Raises KeystoreBusy, ImproperlyConfigured.

    Without a key service its backups could open what was erased since.
    """
    if not settings.KEY_SERVICE.kind:
        raise ImproperlyConfigured(
            "KEYSTORE_DATABASE_URL needs a key service: set KEYSTORE_TRANSIT_URL"
            " or KEYSTORE_PKCS11_MODULE"
        )
    _require_moved(folder)
    return PostgresTable(url)


def _require_moved(folder: Path) -> None:
    """Raise KeystoreBusy if a file still holds the keys: the database would seem to lack them."""
    path = folder / FILE_NAME
    if not path.exists():
        return
    file = KeyFile(path, moving=True)
    if file.closed() in ("", LEAVING) and queries.find_after(file.connection(), b"", 1):
        raise KeystoreBusy(
            "the keys are still in the file: run manage.py move_keystore --to postgres"
        )


def open_for_move(*, folder: Path | None = None, url: str = "") -> MovedStore:
    """Return one end of a move, even if it is closed. Raises KeystoreBusy, MoveRefused."""
    if folder is not None:
        table: KeyTable = KeyFile(folder / FILE_NAME, moving=True)
    elif url and settings.KEY_SERVICE.kind:
        table = PostgresTable(url, moving=True)
    else:
        raise MoveRefused("set KEYSTORE_DATABASE_URL and a key service first")
    outer = make_outer(shared=table.shared)
    return MovedStore(table, Generations(table, time.monotonic, outer))
