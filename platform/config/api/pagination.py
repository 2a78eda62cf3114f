"""Pages the lists of the API by cursor."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as NotAValue
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination

BAD_CURSOR = "This cursor is not one of this site. Begin at the first page."


class Pages(CursorPagination):
    """By cursor: stable while rows are added, and no count of a table is given away."""

    ordering = "id"

    def paginate_queryset(self, *arguments: Any, **options: Any) -> list[Any] | None:
        """Return one page; a cursor that this site did not make is 400, whatever is in it."""
        try:
            return super().paginate_queryset(*arguments, **options)
        except (exceptions.NotFound, ValueError, OverflowError, DataError, NotAValue):
            raise exceptions.ValidationError(BAD_CURSOR) from None
