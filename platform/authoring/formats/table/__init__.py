"""Questions as a table, one row each: for a spreadsheet."""

from __future__ import annotations

from authoring.formats.table.reading import fits, read, slug_of
from authoring.formats.table.writing import write

__all__ = ["fits", "read", "slug_of", "write"]
