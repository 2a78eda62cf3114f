"""Moodle XML: the question bank of Moodle, with its pictures."""

from __future__ import annotations

from authoring.formats.moodle.reader import fits, read, slug_of
from authoring.formats.moodle.writer import UNITS, write

__all__ = ["UNITS", "fits", "read", "slug_of", "write"]
