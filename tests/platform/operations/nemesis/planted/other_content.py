"""The site with a defect: a Block is stored with another value than it was sent with."""

from __future__ import annotations

from config.asgi import application
from telemetry import blocks

honest = blocks.store


def store(sitting, frame, *others, **options):
    raw = frame.raw[:-1] + bytes([frame.raw[-1] ^ 1]) if frame.seq == 0 else frame.raw
    honest(sitting, frame._replace(raw=raw), *others, **options)


blocks.store = store
__all__ = ["application"]
