"""Open edX's OLX: a course as a tree of small XML files."""

from __future__ import annotations

from authoring.formats.olx.reader import fits, read, slug_of
from authoring.formats.olx.writer import write

__all__ = ["fits", "read", "slug_of", "write"]
