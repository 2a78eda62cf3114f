"""IMS QTI 2.1, 2.2 and 3.0: packages of items and tests."""

from __future__ import annotations

from authoring.formats.qti.reader import fits, read, slug_of
from authoring.formats.qti.writer import write

__all__ = ["fits", "read", "slug_of", "write"]
