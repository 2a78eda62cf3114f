"""PostgreSQL under two roles: the site runs as attune_app, and `as_owner` lifts to the owner.

The owner migrates and flushes; nothing else may change or delete rows of append-only tables.
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
    """Django's wrapper with a way up to the owner, for `migrate`, `flush` and test databases."""

    creation_class = DatabaseCreation
    _owner = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A command that finds the private server stopped starts it for as long as it runs."""
        if settings.PRIVATE_POSTGRES and os.environ.get("ATTUNE_LEND_POSTGRES"):
            launcher.lend(settings.PRIVATE_POSTGRES)
        return super().get_new_connection(conn_params)

    def _configure_role(self, connection: Any) -> bool:
        """Django's own asks the pool for a connection to write the statement, and waits for the one
        that is being made."""
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if role:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return bool(role)

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Inside, statements run as the owner; nested calls change nothing."""
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
        """Sees uncommitted rows; an error rolls the role back with the rest."""
        with transaction.atomic(using=self.alias), self.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            yield
            cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")

    @contextmanager
    def _own_connection(self) -> Iterator[None]:
        self.close()
        saved: dict[str, Any] = self.settings_dict
        of_the_site = ("assume_role", "pool")
        options = {k: v for k, v in saved["OPTIONS"].items() if k not in of_the_site}
        # Replaced, not changed: the dictionary is shared by all threads.
        self.settings_dict = {**saved, **settings.ROLES["owner"], "OPTIONS": options}
        try:
            yield
        finally:
            self.close()
            self.settings_dict = {**saved, "NAME": self.settings_dict["NAME"]}


def _after_fork() -> None:
    """A fork has its parent's connections, and none of the threads that look after them."""
    base.DatabaseWrapper._connection_pools.clear()  # type: ignore[attr-defined]


os.register_at_fork(after_in_child=_after_fork)
