"""PostgreSQL under two roles: the site runs as attune_app, and `as_owner` switches to the owner.

The owner migrates and flushes. No other code may change or delete rows of append-only tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql import base
from psycopg import sql

from config.db.backend.creation import DatabaseCreation
from config.embedded_postgres import launcher

APP_ROLE = "attune_app"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper that can act as the owner, for `migrate`, `flush` and test databases."""

    creation_class = DatabaseCreation
    _owner = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; a command that finds the private server stopped starts it for its duration."""
        if settings.PRIVATE_POSTGRES and os.environ.get("ATTUNE_LEND_POSTGRES"):
            launcher.start_for_process(settings.PRIVATE_POSTGRES)
        return super().get_new_connection(conn_params)

    def _configure_role(self, connection: Any) -> bool:
        """Set the role on this connection.

        Django's own method asks the pool for a connection to write the statement. It would wait for
        the one being created.
        """
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if role:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return bool(role)

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Run the block's statements as the owner; nested calls change nothing."""
        if self._owner:
            yield
            return
        self._owner = True
        try:
            with self._same_transaction() if self.in_atomic_block else self._own_connection():
                yield
        finally:
            self._owner = False

    @contextmanager
    def _same_transaction(self) -> Iterator[None]:
        """Switch the role within the transaction.

        Uncommitted rows are visible, and an error rolls the role back too.
        """
        with transaction.atomic(using=self.alias), self.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            yield
            cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")

    @contextmanager
    def _own_connection(self) -> Iterator[None]:
        self.close()
        saved: dict[str, Any] = self.settings_dict
        site_options = ("assume_role", "pool")
        options = {k: v for k, v in saved["OPTIONS"].items() if k not in site_options}
        # Replaced, not modified: the dictionary is shared by all threads.
        self.settings_dict = {**saved, **settings.ROLES["owner"], "OPTIONS": options}
        try:
            yield
        finally:
            self.close()
            self.settings_dict = {**saved, "NAME": self.settings_dict["NAME"]}


def _after_fork() -> None:
    """Drop the pools: a fork has its parent's connections but not their maintenance threads."""
    base.DatabaseWrapper._connection_pools.clear()  # type: ignore[attr-defined]


os.register_at_fork(after_in_child=_after_fork)
