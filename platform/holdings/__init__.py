"""What every table keeps about people, declared beside its model and checked at start."""

from __future__ import annotations

from holdings.closing import closed, long, matches
from holdings.declare import (
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
from holdings.walk import declared as all
from holdings.walk import erase_order

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
