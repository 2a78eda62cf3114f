"""Channels' layer over Redis, with NotifyLayer's promise: after an interruption every open channel
is told to read again, because hints published meanwhile are lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis import RedisError
from redis.asyncio import Connection, ConnectionPool
from redis.asyncio.client import PubSub

from push.message_format import REREAD

log = logging.getLogger(__name__)


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Channels' interface. What it knows belongs to one event loop and goes with it."""

    async def forget(self, channel: str) -> None:
        """Close a channel that nobody reads any more; again is harmless."""
        layer = self._get_layer()
        if layer.channels.pop(channel, None) is None:
            return
        try:
            await layer._get_shard(channel).unsubscribe(channel)
        except (RedisError, OSError):
            log.warning("push.redis_away")

    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], Shard):
            layer._shards = [Shard(shard.host, layer) for shard in layer._shards]
        return layer


class Shard(RedisSingleShardConnection):  # type: ignore[misc]
    """One Redis server; it tells every channel of its loop when it was away."""

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = Subscriptions(self._redis.connection_pool, self._was_away)

    def _was_away(self) -> None:
        boxes = self.channel_layer.channels
        for box in boxes.values():
            box.put_nowait(self.channel_layer.channel_layer.serialize(REREAD))


class Subscriptions(PubSub):
    """Says when its connection was made anew, after it has subscribed to everything again."""

    def __init__(self, pool: ConnectionPool, was_away: Callable[[], None]) -> None:
        super().__init__(pool)
        self._was_away = was_away

    async def on_connect(self, connection: Connection) -> None:
        await super().on_connect(connection)
        self._was_away()
