"""Seal the data of an import under the run's own key; rows of known people also under theirs.

The data becomes unreadable with the run's key, and a person's rows also with that person's key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.identity import SCOPES
from stewardship.people.imports.models import ImportRow, ImportRun
from vault.keystore import ALL, Key, open_keystore
from vault.sealed_values import Place, seal_value, unseal_value


def seal_of_run(run: ImportRun, column: str, value: object, *, now: datetime) -> bytes:
    """Seal the file, or its name and headings."""
    return seal_value(value, place=_place_of_run(run, column), scopes=SCOPES, now=now)


def unseal_of_run(run: ImportRun, column: str) -> Any:
    """Return the value of a column of the run. Raises KeyDestroyed."""
    return unseal_value(getattr(run, column), place=_place_of_run(run, column))


def seal_row(row: ImportRow, value: object, *, now: datetime) -> bytes:
    """Seal the values of a row; `row.person` must be set before."""
    more_keys = [_key(row.run_id, now)] if row.person else []
    return seal_value(value, place=_place(row), scopes=SCOPES, now=now, extra_keys=more_keys)


def unseal_row(row: ImportRow) -> Any:
    """Return the sealed values of a row. Raises KeyDestroyed."""
    return unseal_value(row.sealed, place=_place(row))


def destroy_key(run: ImportRun) -> None:
    """Destroy the run's key, after which none of its data can be read. Raises KeystoreBusy."""
    open_keystore().destroy(run.id, ALL)


def _key(run: UUID, now: datetime) -> Key:
    ((scope, epoch),) = SCOPES.items()
    return open_keystore().current_key(run, scope, epoch, now)


def _place_of_run(run: ImportRun, column: str) -> Place:
    return Place("stewardship_importrun", column, str(run.id), run.id)


def _place(row: ImportRow) -> Place:
    subject = row.person.code if row.person else row.run_id
    return Place("stewardship_importrow", "sealed", str(row.id), subject)
