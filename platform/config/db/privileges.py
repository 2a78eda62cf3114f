"""The rights of each database role, granted by `migrate` and measured by `check --database`.

They enforce I-9: no role of the running site can change or delete an append-only row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

APP_ROLE = "attune_app"

BEFORE_MIGRATE = (
    f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE}",
)


@dataclass(frozen=True, slots=True)
class MeasuredRights:
    """What the running site's database role can actually do."""

    superuser: bool
    can_become_owner: bool
    can_create: bool
    in_parts: bool
    changeable: tuple[str, ...]


def ensure_app_role(cursor: Any) -> bool:
    """Create attune_app and let the current role assume it; return False if it may not."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
    if cursor.fetchone():
        return True
    cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = session_user")
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
    cursor.execute(f"GRANT {APP_ROLE} TO SESSION_USER")
    return True


def set_default_privileges(cursor: Any) -> None:
    """Set default privileges: they are per database and per creating role."""
    for statement in BEFORE_MIGRATE:
        cursor.execute(statement)


def revoke_writes(cursor: Any, tables: Iterable[str]) -> None:
    """Revoke UPDATE, DELETE and TRUNCATE on the append-only tables from the app role."""
    for table in tables:
        cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP_ROLE}')


def measure_rights(cursor: Any, tables: Iterable[str]) -> MeasuredRights:
    """Measure the rights of `current_user` in the database, rather than trusting settings."""
    cursor.execute(
        "SELECT rolsuper, current_user <> session_user OR EXISTS ("
        "  SELECT FROM pg_class c WHERE c.relname = 'django_migrations'"
        "  AND pg_has_role(session_user, c.relowner, 'SET')),"
        " has_schema_privilege('public', 'CREATE'),"
        " coalesce(has_schema_privilege(to_regnamespace('parts'), 'USAGE'), false)"
        " FROM pg_roles WHERE rolname = current_user"
    )
    superuser, becomes, creates, parts = cursor.fetchone()
    cursor.execute(
        "SELECT t FROM unnest(%s::text[]) t WHERE to_regclass(quote_ident(t)) IS NOT NULL AND"
        " (has_table_privilege(quote_ident(t), 'UPDATE')"
        "  OR has_table_privilege(quote_ident(t), 'DELETE')"
        "  OR has_table_privilege(quote_ident(t), 'TRUNCATE'))",
        [list(tables)],
    )
    return MeasuredRights(
        superuser, becomes, creates, parts, tuple(row[0] for row in cursor.fetchall())
    )
