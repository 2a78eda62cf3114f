"""Moodle's GIFT: a text file of questions."""

from __future__ import annotations

from authoring.formats.gift.reader import fits, read, slug_of
from authoring.formats.gift.writer import write

__all__ = ["fits", "read", "slug_of", "write"]
