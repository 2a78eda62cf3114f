"""kombu's queues in PostgreSQL, reached by the whole address.

kombu and pgmq keep only host, port, names and password of an address: a broker on another computer
would be spoken to without checking its certificate, and a standby could be taken for the primary.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from kombu.transport import pgmq
from pgmq import PGMQueue
from psycopg_pool import ConnectionPool

# How long a task waits for a connection; without it, pages would wait for half a minute.
WAIT_S: Final = 5.0


class BrokerTransport(pgmq.Transport):
    """For `CELERY_BROKER_TRANSPORT`. A server that became a standby is a lost connection."""

    connection_errors = (
        *pgmq.Transport.connection_errors,
        psycopg.errors.ReadOnlySqlTransaction,
    )

    def _create_pgmq_client(self) -> PGMQueue:
        options = self._options()
        address = options["conn_string"]
        pool = ConnectionPool(
            address, min_size=1, max_size=options["pool_size"], timeout=WAIT_S, open=True
        )
        client = PGMQueue(
            conn_string=address, vt=options["visibility_timeout"], init_extension=False, pool=pool
        )
        # It closes the pool with itself.
        client._own_pool = True
        return client

    def _get_notify_waiter(self) -> Any:
        if self._notify_waiter is None:
            self._notify_waiter = pgmq._NotifyWaiter(self._options()["conn_string"])
        return self._notify_waiter

    def _options(self) -> dict[str, Any]:
        client: Any = self.client
        options: dict[str, Any] = client.transport_options
        return options
