"""The bridge's connection to a Sitting, with a device token; problems are said in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attune_client.blocks import StreamDevice
from attune_client.connection import SittingConnection, SocketAddress
from attune_client.messages import Message, make_device
from attune_client.outbox import Outbox
from attune_client.reconnection import ReconnectWaits
from bridge.http_client import SiteAddress

FINAL_TEXTS: Mapping[int, str] = {
    4400: "The site does not understand this bridge. Check that both have the same version.",
    4401: "The key is no longer valid: it was revoked, or it has expired.",
    4403: "The lesson was closed, or what the key may send was switched off.",
    4409: "Another bridge is running with this key. Stop that one first.",
    4413: "A message was too large for the site.",
}


class LabConnection(SittingConnection):
    """A connection that reports with `say` what the site refused."""

    beat_s = 0.25
    accepts_new_grants = False

    def __init__(
        self, site: SiteAddress, sitting: str, *, say: Callable[[str], None], waits: ReconnectWaits
    ) -> None:
        super().__init__(Outbox(), waits=waits)
        self.site, self.sitting, self.say = site, sitting, say

    @property
    def address(self) -> SocketAddress:
        return SocketAddress(self.site.socket(self.sitting), self.site.headers)

    @property
    def ended_by(self) -> str:
        """Why the site ended the connection for good; "" if it did not."""
        return "" if self.closed_with is None else FINAL_TEXTS[self.closed_with]

    def announce_device(self, t: float, device: StreamDevice) -> None:
        """Tell the site which device gives a Stream from `t` s of the Sitting on."""
        self.queue_message(make_device(t, device))

    def on_message_refused(self, message: Message) -> None:
        self.say(f"{message['stream']}: the site does not know this device.")

    def on_switched_off(self, stream: str) -> None:
        self.say(f"{stream} was switched off.")
