"""A declaration for models that hold only published course content and no personal data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import models

from data_inventory import PUBLIC, holds

M = TypeVar("M", bound=models.Model)


def public_content(*columns: str) -> Callable[[type[M]], type[M]]:
    """Declare `columns` as public course content."""
    return holds(
        subject=None,
        category="content",
        scope=None,
        columns=dict.fromkeys(columns, PUBLIC),
        erase=None,
        retain=None,
    )
