"""The site's database on two hosts: a primary, and a standby that every commit waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from tools.hosts import network
from tools.hosts.postgres_server import PostgresServer

FOLLOWS_WITHIN_S: Final = 30.0


@dataclass(slots=True)
class DatabasePair:
    """Two servers that change roles by `promote` and `rejoin`."""

    primary: PostgresServer
    standby: PostgresServer

    @property
    def hosts(self) -> tuple[str, str]:
        return self.primary.host, self.standby.host

    def create(self, roles: str) -> None:
        self.primary.create(roles)
        self.rejoin()

    def promote(self) -> None:
        """Fence the primary, then let the standby take writes.

        The order matters: two primaries would both acknowledge. The old one is gone for good, since
        `rejoin` replaces its data: it may hold commits that were never acknowledged.
        """
        network.kill_processes(self.primary.host)
        network.set_link(self.primary.host, up=False)
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def rejoin(self) -> None:
        """Make the other server a standby of the primary, and let commits wait for it again."""
        network.set_link(self.standby.host, up=True)
        # A promotion begins a slow one, and a copy would wait for its end.
        self.primary.ask("CHECKPOINT")
        self.standby.copy(self.primary)
        self.standby.start()
        self.primary.require_standby(self.standby.host)
        self.wait_until_followed()

    def restart(self, server: PostgresServer) -> None:
        """Start one that was killed, in the role it had."""
        network.set_link(server.host, up=True)
        server.start()
        self.wait_until_followed()

    def wait_until_followed(self) -> None:
        until = time.monotonic() + FOLLOWS_WITHIN_S
        while not self.primary.is_followed():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.standby.host} does not follow {self.primary.host}")
            time.sleep(0.05)
