"""Questions as a table for spreadsheets, one row each."""

from __future__ import annotations

from authoring.formats.csv.reader import fits, read, slug_of
from authoring.formats.csv.writer import write

__all__ = ["fits", "read", "slug_of", "write"]
