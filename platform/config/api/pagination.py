"""Cursor pagination of the API's lists."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as NotAValue
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination

BAD_CURSOR = "This cursor is not one of this site. Begin at the first page."


class ApiCursorPagination(CursorPagination):
    """Cursor pagination: stable while rows are added, and it reveals no row counts."""

    ordering = "id"

    def paginate_queryset(self, *arguments: Any, **options: Any) -> list[Any] | None:
        """Return one page; an invalid cursor gets 400, whatever it contains."""
        try:
            return super().paginate_queryset(*arguments, **options)
        except (exceptions.NotFound, ValueError, OverflowError, DataError, NotAValue):
            raise exceptions.ValidationError(BAD_CURSOR) from None
