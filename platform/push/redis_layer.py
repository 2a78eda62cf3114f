"""Channels' layer over Redis, with the same promise as NotifyLayer.

After an interruption every open channel is asked to read again, because hints published meanwhile
are lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis import RedisError
from redis.asyncio import Connection, ConnectionPool
from redis.asyncio.client import PubSub

from push.message_format import REREAD

logger = logging.getLogger(__name__)


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Channels' layer interface. Its state belongs to one event loop."""

    async def forget(self, channel: str) -> None:
        """Close a channel that has no reader any more; repeating is harmless."""
        layer = self._get_layer()
        if layer.channels.pop(channel, None) is None:
            return
        try:
            await layer._get_shard(channel).unsubscribe(channel)
        except (RedisError, OSError):
            logger.warning("push.redis_away")

    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], RedisShard):
            layer._shards = [RedisShard(shard.host, layer) for shard in layer._shards]
        return layer


class RedisShard(RedisSingleShardConnection):  # type: ignore[misc]
    """One Redis server; after an outage it asks every channel of its loop to read again."""

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = Subscriptions(self._redis.connection_pool, self._report_outage)

    def _report_outage(self) -> None:
        boxes = self.channel_layer.channels
        for box in boxes.values():
            box.put_nowait(self.channel_layer.channel_layer.serialize(REREAD))


class Subscriptions(PubSub):
    """Reports each new connection, after it has subscribed to everything again."""

    def __init__(self, pool: ConnectionPool, report_outage: Callable[[], None]) -> None:
        super().__init__(pool)
        self._report_outage = report_outage

    async def on_connect(self, connection: Connection) -> None:
        await super().on_connect(connection)
        self._report_outage()
