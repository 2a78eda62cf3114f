"""Compares the pages' logs with the database: nothing lost, doubled or corrupted; effects once.

Every count is 0 on a correct site: what was acknowledged is stored, once and unchanged (I-26), and
each effect happened once (I-27).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from adaptation.models import Intervention
from attune_client.outbox import Number
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from estimates import self_reports
from estimates.models import AffectEstimate, SelfReport
from telemetry import windows
from telemetry.blocks import tracks
from telemetry.models import OPEN_WINDOWS, Block, Event, Sitting, Window
from tools.chaos.sent_log import SentLog, hash_block
from vault.errors import KeyDestroyed, Tampered


@dataclass(slots=True)
class LedgerVerdict:
    """Blocks and texts compared with what is stored. All but `sent` and `acknowledged` must be
    0.
    """

    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    corrupt: int = 0
    unstored: int = 0
    unasked: int = 0
    refused: int = 0
    texts_sent: int = 0
    texts_lost: int = 0
    texts_corrupt: int = 0
    texts_unstored: int = 0

    def add(self, other: LedgerVerdict) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def broken(self) -> list[str]:
        fine = ("sent", "acknowledged", "texts_sent")
        return [f.name for f in fields(self) if f.name not in fine and getattr(self, f.name)]


def judge(ledgers: Iterable[SentLog], *, allowed: Collection[str] = ()) -> LedgerVerdict:
    """Compare all logs with the database, once everything sent was answered.

    `allowed`: error codes with which an injected fault may have Blocks refused.
    """
    whole = LedgerVerdict()
    for ledger in ledgers:
        sitting = Sitting.objects.select_related("learner").get(id=str(ledger.sitting))
        whole.add(_judge_blocks(ledger, sitting, allowed))
        whole.add(_judge_texts(ledger, sitting, allowed))
    return whole


def _judge_blocks(ledger: SentLog, sitting: Sitting, allowed: Collection[str]) -> LedgerVerdict:
    stored = _read_stored(sitting, timezone.now())
    there, acknowledged = stored.keys(), ledger.acknowledged
    refused = sum(count for code, count in ledger.refused.items() if code not in allowed)
    return LedgerVerdict(
        sent=len(ledger.sent_numbers),
        acknowledged=len(acknowledged),
        lost=len(acknowledged - there),
        doubled=sum(len(found) - 1 for found in stored.values()),
        corrupt=sum(ledger.digests.get(key) not in found for key, found in stored.items()),
        unstored=len(ledger.to_be_stored - there),
        unasked=len(there - ledger.digests.keys()),
        refused=refused,
    )


def _read_stored(sitting: Sitting, now: datetime) -> dict[Number, list[bytes]]:
    """Return digests of a Sitting's Blocks by number, decrypted under the Learner's Permits."""
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    found: dict[Number, list[bytes]] = {}
    for block in Block.objects.filter(sitting=sitting.id).order_by("stream", "seq"):
        try:
            for frame in tracks.frames_in(block, permits[f"{block.stream}:adapt"]):
                found.setdefault((block.stream, frame.seq), []).append(hash_block(frame.raw))
        except (KeyError, KeyDestroyed, Tampered):
            found.setdefault((block.stream, block.seq), []).append(b"")
    return found


def _judge_texts(ledger: SentLog, sitting: Sitting, allowed: Collection[str]) -> LedgerVerdict:
    said = ledger.sent_messages
    permit = gate.permit(sitting.learner.code, "course", now=timezone.now())
    stored: dict[str, tuple[object, ...]] = {
        str(event.id): ("event", event.t, event.name, event.value)
        for event in Event.objects.filter(sitting=sitting)
    }
    labels = {each.t: each.label for each in self_reports.reports_since(permit, sitting.began_at)}
    stored |= {
        str(report.id): ("report", report.t, labels[report.t])
        for report in SelfReport.objects.filter(sitting=sitting)
    }
    settled = sum(count for code, count in ledger.refused_messages.items() if code in allowed)
    return LedgerVerdict(
        texts_sent=len(said),
        texts_lost=len(ledger.acknowledged_messages - stored.keys()),
        texts_unstored=max(0, len(said.keys() - stored.keys()) - settled),
        texts_corrupt=sum(
            _normalise_text(said[id]) != stored[id] for id in said.keys() & stored.keys()
        ),
    )


def _normalise_text(message: Mapping[str, Any]) -> tuple[object, ...]:
    parts = ("t", "name", "value") if message["type"] == "event" else ("t", "label")
    return (message["type"], *(message[part] for part in parts))


@dataclass(frozen=True, slots=True)
class StoredEffects:
    """Windows, Estimates and interventions that were made. The last four counts must be 0."""

    windows: int
    late: int
    estimates: int
    interventions: int
    windows_missing: int
    windows_open: int
    estimates_twice: int
    interventions_twice: int

    @property
    def broken(self) -> list[str]:
        bad = ("windows_missing", "windows_open", "estimates_twice", "interventions_twice")
        return [name for name in bad if getattr(self, name)]


def count_effects(sittings: Sequence[UUID], *, now: datetime) -> StoredEffects:
    """Check that each Window with Blocks exists, and is done or late once it was due."""
    rows = Window.objects.filter(sitting__in=sittings)
    states = Counter(rows.values_list("state", flat=True))
    guesses = AffectEstimate.objects.filter(sitting__in=sittings)
    offers = Intervention.objects.filter(sitting__in=sittings)
    return StoredEffects(
        windows=states["done"],
        late=states["late"],
        estimates=guesses.count(),
        interventions=offers.count(),
        windows_missing=sum(map(_count_missing, sittings)),
        windows_open=rows.filter(state__in=OPEN_WINDOWS, due_at__lte=now).count(),
        estimates_twice=_count_duplicates(guesses.values("sitting", "cut", "predictor")),
        interventions_twice=_count_duplicates(offers.values("sitting", "rule", "cut")),
    )


def _count_missing(sitting: UUID) -> int:
    """Count the cuts within this Sitting's Blocks that have no Window."""
    seen = Block.objects.filter(sitting=sitting).aggregate(first=Min("t0"), last=Max("t0"))
    if seen["last"] is None:
        return 0
    first, last = (int(seen[end] // windows.HOP_S) for end in ("first", "last"))
    kept = set(Window.objects.filter(sitting=sitting).values_list("cut", flat=True))
    return len(set(range(first, last + 1)) - kept)


def _count_duplicates(keys: QuerySet[Any, Any]) -> int:
    return int(keys.annotate(n=Count("pk")).filter(n__gt=1).count())
