"""Prometheus metrics of this process and of the site's database; numbers only, no personal data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from accounts.mail import queue
from estimates.registry import skipped_windows
from health.clock_difference import select_with_clock
from health.readiness import DATABASE, ComponentStatus
from pipeline.beat.leader_lock import LOCK, STANDBY

COUNTED = {
    "attune_sittings_open": "SELECT count(*) FROM telemetry_sitting WHERE ended_at IS NULL",
    "attune_windows_pending": "SELECT count(*) FROM telemetry_window WHERE state = 'pending'",
    "attune_windows_overdue_seconds": (
        "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) FROM telemetry_window"
        " WHERE state = 'pending' AND due_at < now()"
    ),
    "attune_windows_late": "SELECT count(*) FROM telemetry_window WHERE state = 'late'",
    "attune_mails_overdue_seconds": (
        "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) FROM accounts_pendingmail"
        " WHERE state = 'waiting' AND due_at < now()"
    ),
    "attune_grants_live": "SELECT count(*) FROM consent_grant WHERE live AND expires_at > now()",
    "attune_erasures_open": "SELECT count(*) FROM privacy_erasure WHERE derived_at IS NULL",
    "attune_database_bytes": "SELECT pg_database_size(current_database())",
    "attune_database_connections": (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    ),
    # It grows while no beat sends, also if one holds the lock.
    "attune_beat_silent_seconds": (
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - max(sent_at)), 0)"
        " FROM pipeline_sententry"
    ),
    "attune_beats_active": (
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"  # noqa: S608
        f" WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (0, {LOCK}, 1)"
        " AND granted AND datname = current_database()"
    ),
    "attune_beats_standby": (
        "SELECT count(*) FROM pg_stat_activity"  # noqa: S608
        f" WHERE datname = current_database() AND application_name = '{STANDBY}'"
    ),
}

CLOCK_AHEAD = "attune_clock_ahead_seconds"


class ComponentCollector(Collector):
    """Whether each component works, as `/health/ready` answers."""

    def __init__(self, parts: Sequence[ComponentStatus]) -> None:
        self.parts = parts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready = GaugeMetricFamily(
            "attune_component_ready",
            "1 if this component works, 0 if /health/ready names it",
            labels=["component"],
        )
        for part in self.parts:
            ready.add_metric([part.name], not part.trouble)
        yield ready


class DatabaseCollector(Collector):
    """Current figures of the database, queried at each collection."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in read_figures().items():
            yield GaugeMetricFamily(name, name.replace("_", " "), value)
        skipped = GaugeMetricFamily(
            "attune_windows_skipped", "Windows that a model did not process", labels=["predictor"]
        )
        for kind, count in skipped_windows.count_skipped().items():
            skipped.add_metric([kind], count)
        yield skipped


def read_figures() -> dict[str, float]:
    """Return every figure of the database and the difference of the clocks, by one statement."""
    ahead, found = select_with_clock([f"({question})" for question in COUNTED.values()])
    figures = {name: float(value) for name, value in zip(COUNTED, found, strict=True)}
    if not queue.has_server():
        # What waits from the time when the site sent mail is never tried.
        figures["attune_mails_overdue_seconds"] = 0.0
    return {**figures, CLOCK_AHEAD: ahead}


def render_text(parts: Sequence[ComponentStatus]) -> bytes:
    """Return the metrics of this process, of its sockets' process, and of the site.

    Without a database the figures in it are left out, so that the rest can still be read.
    """
    site = CollectorRegistry()
    site.register(ComponentCollector(parts))
    # The web process starts the sockets' first; two of one name would be no metrics.
    for pid in find_children(os.getpid())[:1]:
        ProcessCollector(namespace="sockets", pid=partial(int, pid), registry=site)
    if not any(part.trouble for part in parts if part.name == DATABASE):
        site.register(DatabaseCollector())
    return generate_latest(REGISTRY) + generate_latest(site)


def find_children(pid: int) -> list[int]:
    """Return the processes that this one started from its first thread."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(each) for each in told.split()]
