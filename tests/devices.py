"""A program of a lab at the real ASGI application: a token, and a socket that it opens."""

from __future__ import annotations

from collections.abc import Collection

from channels.db import database_sync_to_async
from django.utils import timezone

from consent import gate
from telemetry import device_tokens
from telemetry.models import DeviceToken, Sitting
from tests.sockets import Page


def key_of(person, *streams, now=None, hours=12, sensor="empatica_e4") -> tuple[DeviceToken, str]:
    """A token of this person's and its text; they must allow these Streams."""
    now = now or timezone.now()
    permits = gate.permits(person.code, [f"{name}:adapt" for name in streams], now=now).granted
    assert len(permits) == len(streams)
    return device_tokens.make(person, sensor, permits.values(), hours, now=now)


def bearer(text: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {text}".encode()


class Bridge(Page):
    """One program, from its hello on."""

    @classmethod
    async def at(cls, sitting: Sitting, text: str, *headers: tuple[bytes, bytes]) -> Bridge:
        bridge = cls(sitting)
        await bridge.connect(bearer(text), *headers)
        return bridge

    @classmethod
    async def begun(cls, sitting: Sitting, *streams: str) -> Bridge:
        """With a token for these Streams, after its hello."""
        _, text = await database_sync_to_async(key_of)(sitting.learner, *streams)
        bridge = await cls.at(sitting, text)
        bridge.welcome = await bridge.hello()
        return bridge

    def offered(self) -> Collection[str]:
        return {each["stream"] for each in self.welcome["streams"]} - set(self.welcome["elsewhere"])
