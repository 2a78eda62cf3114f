"""`flush` as the owner: empties non-empty tables in one short transaction, without TRUNCATE."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

UNTOUCHED = ("django_migrations", "django_content_type", "auth_permission")


def tables_of(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return sorted(set(names) - set(UNTOUCHED))


def find_nonempty(cursor: Any, tables: list[str]) -> list[str]:
    """Return the tables that contain a row, found in one round trip."""
    if not tables:
        return []
    # The names come from the catalogue.
    cursor.execute(" UNION ALL ".join(f"(SELECT '{t}' FROM \"{t}\" LIMIT 1)" for t in tables))  # noqa: S608
    return [row[0] for row in cursor.fetchall()]


def delete_rows(connection: Any) -> int:
    """Delete all rows but Django's own, ignoring triggers and the order of foreign keys."""
    with connection.as_owner(), transaction.atomic(using=connection.alias):
        tables = tables_of(connection)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SET LOCAL session_replication_role = replica")
            filled = find_nonempty(cursor, tables)
            for table in filled:
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return len(filled)


class Command(BaseCommand):
    """Takes the arguments of Django's own command, because the test runner passes them."""

    help = "Deletes every row of the site (the tables stay)."
    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")
        parser.add_argument("--database", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["interactive"] and input("Delete every row? Type yes: ") != "yes":
            raise CommandError("Nothing was deleted.")
        count = delete_rows(connections[options["database"]])
        if options["verbosity"] > 0 and options["interactive"]:
            self.stdout.write(f"Emptied {count} tables.")
