"""Erases a Learner while every host reads their data, and measures how long it still opens."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import User
from privacy.erasure import erasure
from privacy.models import Erasure
from telemetry.models import Sitting
from tools.hosts.hosted_site import HostedSite
from tools.hosts.topology import WEB_HOSTS, WORK_HOSTS

READS_WITHIN_S: Final = 30.0
UNREADABLE_WITHIN_S: Final = 5.0
CERTIFIED_WITHIN_S: Final = 600.0
READERS: Final = (*WEB_HOSTS, *WORK_HOSTS)


def measure_erasure(site: HostedSite, user: User) -> dict[str, Any]:
    """Return, by host, for how long the person's data opened after the erasure was asked for."""
    # This thread's connection is older than the last promotion.
    connection.close()
    sitting = Sitting.objects.filter(learner=user).latest("began_at").id
    logs = {host: site.folder / f"reader-{host}.out" for host in READERS}
    for host, log in logs.items():
        site.zygotes[host].fork(log, ["tools.hosts.reader", str(sitting)])
    _wait_for_readers(list(logs.values()))
    asked = time.monotonic()
    done = erasure.erase(user.code, actor=user.code, cause="request", now=timezone.now())
    returned_s = time.monotonic() - asked
    readable = {host: _find_last_opened(log, asked) for host, log in logs.items()}
    certified = _wait_for_certificate(done.id)
    broken = {
        "readable_s": any(each is None or each > UNREADABLE_WITHIN_S for each in readable.values()),
        "certified_s": certified is None,
    }
    return {
        "row": "erasure",
        "returned_s": round(returned_s, 2),
        "readable_s": readable,
        "certified_s": certified,
        "broken": [name for name, is_broken in broken.items() if is_broken],
    }


def _wait_for_readers(logs: list[Path]) -> None:
    until = time.monotonic() + READS_WITHIN_S
    while not all(any(line["opened"] for line in _read(log)) for log in logs):
        if time.monotonic() > until:
            raise TimeoutError("expected a reader on each host that opens the data")
        time.sleep(0.1)


def _find_last_opened(log: Path, asked: float) -> float | None:
    """Return the seconds until the data opened for the last time; None if it never ended."""
    until = time.monotonic() + READS_WITHIN_S
    while time.monotonic() < until:
        lines = _read(log)
        if lines and lines[-1]["gone"]:
            last = max(float(line["at"]) for line in lines if line["opened"])
            return round(max(0.0, last - asked), 2)
        time.sleep(0.1)
    return None


def _read(log: Path) -> list[dict[str, Any]]:
    text = log.read_text(errors="replace") if log.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _wait_for_certificate(id: UUID) -> float | None:
    """Return the seconds from the request to the certificate."""
    until = time.monotonic() + CERTIFIED_WITHIN_S
    while time.monotonic() < until:
        row = Erasure.objects.get(id=id)
        if row.certified_at is not None:
            seconds: float = (row.certified_at - row.asked_at).total_seconds()
            return round(seconds, 1)
        time.sleep(1)
    return None
