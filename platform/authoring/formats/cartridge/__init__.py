"""IMS Common Cartridge 1.1 to 1.3, and the course exports of Canvas (`.imscc`)."""

from __future__ import annotations

from authoring.formats.cartridge.reader import fits, read, slug_of

__all__ = ["fits", "read", "slug_of"]
