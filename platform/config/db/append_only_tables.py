"""The append-only tables: those whose model's holding says so, and no separate list."""

from __future__ import annotations

import data_inventory


def append_only_tables() -> set[str]:
    return {holding.model._meta.db_table for holding in data_inventory.all() if holding.append_only}
