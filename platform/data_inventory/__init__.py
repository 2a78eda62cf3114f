"""What every table keeps about people, declared beside its model and checked at start."""

from __future__ import annotations

from data_inventory.column_constraints import closed, long, matches
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
    Forget,
    Holding,
    Kind,
    foreign,
    holds,
)
from data_inventory.registry import declared as all
from data_inventory.registry import erase_order

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
    "Forget",
    "Holding",
    "Kind",
    "all",
    "closed",
    "erase_order",
    "foreign",
    "holds",
    "long",
    "matches",
]
