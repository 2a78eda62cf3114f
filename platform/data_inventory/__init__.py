"""The inventory of personal data: each model declares what it stores, checked at start."""

from __future__ import annotations

from data_inventory.column_constraints import closed, each_matches, has_length, matches
from data_inventory.declaration import (
    CLOCK,
    CODE,
    DELETE,
    DIGEST,
    LINK,
    NUMBER,
    PUBLIC,
    SEALED,
    WITH_SCOPES,
    ColumnKind,
    Forget,
    Holding,
    erase_order,
    foreign,
    holds,
)
from data_inventory.declaration import all_holdings as all

__all__ = [
    "CLOCK",
    "CODE",
    "DELETE",
    "DIGEST",
    "LINK",
    "NUMBER",
    "PUBLIC",
    "SEALED",
    "WITH_SCOPES",
    "ColumnKind",
    "Forget",
    "Holding",
    "all",
    "closed",
    "each_matches",
    "erase_order",
    "foreign",
    "has_length",
    "holds",
    "matches",
]
