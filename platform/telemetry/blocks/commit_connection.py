"""The connection over which Blocks are stored, a group at a time.

After a lost connection it reconnects and runs the same group again, which the primary key makes
harmless. Rows that cannot be stored are FAILED, and one bad row does not affect the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg.errors import InvalidAuthorizationSpecification

from telemetry import windows
from telemetry.blocks import partitions
from telemetry.blocks.group_commit import BlockRow, Connection, Fate, commit
from telemetry.connection import connect

logger = logging.getLogger(__name__)
TRIES = 5
FIRST_PAUSE_S = 0.1


@dataclass(slots=True)
class Committer:
    """Connects at its first use, and again after each loss."""

    connection: Connection | None = None

    async def store(self, rows: Sequence[BlockRow]) -> list[Fate]:
        """Store the group at once; if one row fails it, each row for itself."""
        try:
            return await self._commit_with_retries(rows)
        except psycopg.Error as error:
            logger.warning("blocks.group_failed", extra={"sqlstate": error.sqlstate})
        except Exception:
            logger.exception("blocks.group_failed")
        if len(rows) == 1:
            return [Fate.FAILED]
        return [fate for row in rows for fate in await self.store([row])]

    async def _commit_with_retries(self, rows: Sequence[BlockRow]) -> list[Fate]:
        for attempt in range(TRIES):
            try:
                return await commit(await self.connected(), rows)
            except InvalidAuthorizationSpecification:
                if len(rows) == 1:
                    return [Fate.NO_GRANT]
                raise
            except psycopg.OperationalError:
                await self.close()
                if attempt == TRIES - 1:
                    break
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        return [Fate.FAILED] * len(rows)

    async def fall_due(self, alive: Collection[tuple[UUID, float]]) -> None:
        try:
            await windows.fall_due_many(await self.connected(), alive)
        except psycopg.Error as error:
            logger.warning("blocks.windows_failed", extra={"sqlstate": error.sqlstate})
            await self.close()
        except Exception:
            logger.exception("blocks.windows_failed")
            await self.close()

    async def connected(self) -> Connection:
        if self.connection is None or self.connection.closed:
            self.connection = await connect()
            await partitions.open_ahead(self.connection)
        return self.connection

    async def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()
