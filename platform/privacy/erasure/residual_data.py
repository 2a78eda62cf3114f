"""Rows and keys that remain of a person after their erasure, counted again from scratch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.models import F, ForeignKey
from django.db.models.functions import Substr

import data_inventory
from accounts.models import User
from data_inventory import SEALED, Holding
from privacy.models import Erasure
from vault.keystore import open_keystore
from vault.sealed_values import Tampered, key_ids

# The longest head of a sealed value: version, number of keys, 255 ids, nonce, tag.
HEAD: Final = 2 + 255 * 8 + 12 + 16


def count_residue(erasure: Erasure) -> dict[str, int]:
    """Return the remaining rows by table, and keys; empty if nothing remains."""
    found = _named_rows(erasure) if erasure.scopes is None else _values_under_keys(erasure)
    keys = sum(open_keystore().has_key(id) for id in erasure.destroyed())
    if erasure.scopes is None:
        keys += len(open_keystore().key_ids(erasure.subject_code()))
    return {**found, "keys": keys} if keys else found


def _named_rows(erasure: Erasure) -> dict[str, int]:
    """Count rows that name the person, and rows that refer to a deleted account."""
    found = {}
    for holding in _about_people():
        table = holding.model._meta.db_table
        if count := holding.rows_of(erasure.subject_code()).count():
            found[table] = count
        for link in _unguarded(holding):
            # No foreign key constraint deletes these with their account.
            rows = holding.model._base_manager.exclude(**{f"{link}__in": User.objects.values("pk")})
            if rows.exists():
                found[table] = found.get(table, 0) + 1
    return found


def _values_under_keys(erasure: Erasure) -> dict[str, int]:
    """Count values of the person sealed under a destroyed key, alone or with others.

    Data collected after a new consent uses new keys and is out of scope here.
    """
    gone = frozenset(erasure.destroyed())
    counts = {
        holding.model._meta.db_table: sum(
            _is_under(head, gone) for head in _heads(holding, erasure)
        )
        for holding in _about_people()
    }
    return {table: count for table, count in counts.items() if count}


def _heads(holding: Holding, erasure: Erasure) -> Iterator[bytes]:
    for column, kind in holding.columns.items():
        if kind is SEALED:
            rows = holding.rows_of(erasure.subject_code()).annotate(
                head_=Substr(F(column), 1, HEAD)
            )
            yield from (bytes(head) for head in rows.values_list("head_", flat=True) if head)


def _is_under(head: bytes, gone: frozenset[bytes]) -> bool:
    try:
        return not gone.isdisjoint(key_ids(head))
    except Tampered:
        return False


def _about_people() -> list[Holding]:
    return [holding for holding in data_inventory.all() if holding.subject is not None]


def _unguarded(holding: Holding) -> Iterator[str]:
    """Yield the links to people that no foreign key constraint guards."""
    fields = holding.model._meta.local_concrete_fields
    links = [field for field in fields if isinstance(field, ForeignKey)]
    for link in links:
        guarded = getattr(link, "db_constraint", True)
        if link.related_model is User and not guarded and not link.null:
            yield link.name
