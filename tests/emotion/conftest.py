"""Science tests run beside much else: an example may be slow without being wrong."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
