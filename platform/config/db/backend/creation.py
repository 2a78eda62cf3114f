"""Creation of test databases: the owner owns, creates, clones and drops them."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import creation

from config.db import privileges

# The stubs lack the methods of Django's class that are overridden here.
Creation: Any = creation.DatabaseCreation


class DatabaseCreation(Creation):  # type: ignore[misc]
    """Django's class, with each step run as the owner."""

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> Any:
        with self.connection.as_owner():
            with self._nodb_cursor() as cursor:
                privileges.ensure_app_role(cursor)
            return super()._create_test_db(verbosity, autoclobber, keepdb)

    def _clone_test_db(self, suffix: str, verbosity: int, keepdb: bool = False) -> None:
        with self.connection.as_owner():
            super()._clone_test_db(suffix, verbosity, keepdb)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> Any:
        with self.connection.as_owner():
            return super()._destroy_test_db(test_database_name, verbosity)
