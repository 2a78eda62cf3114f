"""Counters of the running site as plain text, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

COUNTED = {
    "attune_sittings_open": "SELECT count(*) FROM telemetry_sitting WHERE ended_at IS NULL",
    "attune_windows_pending": "SELECT count(*) FROM telemetry_window WHERE state = 'pending'",
    "attune_windows_overdue_seconds": (
        "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) FROM telemetry_window"
        " WHERE state = 'pending' AND due_at < now()"
    ),
    "attune_grants_live": "SELECT count(*) FROM consent_grant WHERE live AND expires_at > now()",
    "attune_erasures_open": "SELECT count(*) FROM privacy_erasure WHERE derived_at IS NULL",
    "attune_database_bytes": "SELECT pg_database_size(current_database())",
    "attune_database_connections": (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    ),
}


def read() -> dict[str, float]:
    with connection.cursor() as cursor:
        return {name: _one(cursor, question) for name, question in COUNTED.items()}


def text(values: Mapping[str, float]) -> str:
    lines = [f"# TYPE {name} gauge\n{name} {value:g}\n" for name, value in values.items()]
    return "".join(lines)


def _one(cursor: object, question: str) -> float:
    cursor.execute(question)  # type: ignore[attr-defined]
    return float(cursor.fetchone()[0])  # type: ignore[attr-defined]
