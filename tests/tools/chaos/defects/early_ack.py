"""A site with a defect: a Block is acknowledged as soon as it is queued."""

from __future__ import annotations

from config.asgi import application
from telemetry.blocks.batch_writer import BlockWriter
from telemetry.blocks.group_commit import Fate

honest = BlockWriter.put


def put(self, row, settle, alive=None):
    honest(self, row, lambda *_: None, alive)
    settle(row, Fate.STORED)


BlockWriter.put = put
__all__ = ["application"]
