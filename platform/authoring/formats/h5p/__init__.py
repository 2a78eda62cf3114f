"""H5P: a zip of one content type, of which those that ask questions are read."""

from __future__ import annotations

from authoring.formats.h5p.reader import fits, read, slug_of

__all__ = ["fits", "read", "slug_of"]
