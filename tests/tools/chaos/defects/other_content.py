"""A site with a defect: a Block is stored with other values than were sent."""

from __future__ import annotations

from config.asgi import application
from telemetry.blocks.block_store import BlockSink

honest = BlockSink.store


def store(self, frame, *others, **options):
    raw = frame.raw[:-1] + bytes([frame.raw[-1] ^ 1]) if frame.seq == 0 else frame.raw
    honest(self, frame._replace(raw=raw), *others, **options)


BlockSink.store = store
__all__ = ["application"]
