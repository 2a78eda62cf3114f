"""`migrate` as the owner; afterwards the site loses write access to append-only tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from config.db import privileges
from config.db.append_only_tables import append_only_tables
from config.db.broker_queues import prepare_broker


class Command(migrate.Command):
    """Django's command, between granting default rights and revoking append-only ones."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection: Any = connections[options["database"]]
        with connection.as_owner():
            with connection.cursor() as cursor:
                privileges.ensure_app_role(cursor)
                privileges.set_default_privileges(cursor)
            super().handle(*args, **options)
            with connection.cursor() as cursor:
                present = set(connection.introspection.table_names(cursor))
                privileges.revoke_writes(cursor, sorted(append_only_tables() & present))
        if not options["plan"] and not options["check_unapplied"]:
            prepare_broker()
