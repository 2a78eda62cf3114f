"""A site with a defect: a Permit stays valid until it expires, even after a withdrawal."""

from __future__ import annotations

from config.asgi import application
from realtime.consumers import SittingConsumer
from telemetry.blocks import group_commit


async def consent_changed(self, message):
    """Ignore the change."""


SittingConsumer.consent_changed = consent_changed
join = b"SELECT g.learner, g.scope, g.epoch FROM consent_grant g\n"
before, after = group_commit.INSERT.split(b"  " + join)
_, rest = after.split(b"FOR SHARE OF g\n")
group_commit.INSERT = before + b"SELECT DISTINCT learner, scope, epoch FROM r\n" + rest
__all__ = ["application"]
