"""`check --database default`: the site's measured rights, and data that the profile forbids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.utils import timezone

from config.db import privileges
from config.db.append_only_tables import append_only_tables
from consent.legal_profiles.disallowed_data import ADVICE, count_disallowed, describe_disallowed
from consent.legal_profiles.profiles import ProfileError
from consent.models import Grant

ONE_LOGIN = "one database role has the rights of both: an SQL injection could use the owner's"


def check_rights(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: object,  # noqa: ARG001
) -> list[CheckMessage]:
    """Measure each requested database with one query."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            found += report_rights(privileges.measure_rights(cursor, sorted(append_only_tables())))
    return found


def check_left_over(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: object,  # noqa: ARG001
) -> list[CheckMessage]:
    """Report data that the legal profile in force does not allow, such as after a changed setting.

    `migrate` runs the checks too, before there are tables.
    """
    if "default" not in (databases or ()):
        return []
    if Grant._meta.db_table not in connections["default"].introspection.table_names():
        return []
    try:
        found = count_disallowed(now=timezone.now())
    except ProfileError as error:
        return [Error(str(error), hint="Choose another LEGAL_PROFILE.", id="config.E005")]
    return (
        [Warning(describe_disallowed(found), hint=str(ADVICE), id="config.W002")] if found else []
    )


def report_rights(measured: privileges.MeasuredRights) -> list[CheckMessage]:
    """Return an Error for each right the site must not have; a Warning for one it could acquire."""
    excess = {
        "config.E001": measured.superuser and "the site's database role is a superuser",
        "config.E002": measured.changeable
        and f"the site can change append-only tables: {', '.join(measured.changeable)}",
        "config.E003": measured.in_parts and "the site reaches partitions past their parent",
        "config.E004": measured.can_create and "the site can create tables",
    }
    kind: Any = Warning if settings.ONE_ROLE else Error
    hint = "Give DATABASE_APP_URL, or let the role of DATABASE_URL create the role attune_app."
    found = [kind(text, hint=hint, id=code) for code, text in excess.items() if text]
    if measured.can_become_owner:
        found.append(Warning(ONE_LOGIN, hint="Give DATABASE_APP_URL.", id="config.W001"))
    return found
