"""Counts of a class of simulated learners, and what the database has of the same Sittings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from adaptation.models import Intervention
from attune_client.outbox import find_ranges
from demo.simulated_learners.learner_page import LearnerPage
from estimates.models import AffectEstimate
from estimates.registry import predictors
from telemetry.blocks import block_store
from telemetry.models import Sitting, Window
from telemetry.windows import STALE_AFTER, span

Row = dict[str, object]


@dataclass(slots=True)
class ClassStats:
    """Sums over pages that were closed, and the pages that are open."""

    sittings: list[UUID] = field(default_factory=list)
    sent: int = 0
    acked: int = 0
    unanswered: int = 0
    absent: int = 0
    reconnects: int = 0
    shown: int = 0
    failed: int = 0
    texts_lost: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
    ack_s: list[float] = field(default_factory=list)
    shown_after: list[float] = field(default_factory=list)
    offered_at: dict[UUID, float] = field(default_factory=dict)
    open: set[LearnerPage] = field(default_factory=set)

    @property
    def lost(self) -> int:
        """Count Blocks that were never answered, or acknowledged but not stored."""
        return self.unanswered + self.absent

    def add_page(self, page: LearnerPage, absent: int) -> None:
        """Add a closed page's counts; `absent` = how many of its Blocks are not stored."""
        outbox = page.outbox
        self.open.discard(page)
        if page.sitting is not None:
            self.sittings.append(page.sitting)
        self.sent += outbox.sent
        self.acked += outbox.count_acked()
        self.unanswered += outbox.count_unanswered()
        self.absent += absent
        self.texts_lost += len(outbox.messages)
        self.reconnects += page.reconnects
        self.shown += page.estimates
        self.refused += outbox.refused
        self.ack_s += outbox.ack_s
        self.shown_after += page.shown_after
        self.offered_at |= page.offered_at
        if page.closed_with is not None:
            self.closed[page.closed_with] += 1

    def format_progress(self) -> str:
        """Return one line of progress, with the pages that are open."""
        outboxes = [page.outbox for page in self.open]
        online = sum(page.socket is not None for page in self.open)
        sent = self.sent + sum(outbox.sent for outbox in outboxes)
        acked = self.acked + sum(outbox.count_acked() for outbox in outboxes)
        again = self.reconnects + sum(page.reconnects for page in self.open)
        guesses = self.shown + sum(page.estimates for page in self.open)
        return (
            f"{online} connected, {sent:,} Blocks sent, {acked:,} acked, "
            f"{again} reconnects, {guesses:,} estimates shown"
        )


def count_absent(page: LearnerPage) -> int:
    """Count Blocks that were acknowledged but are not stored, except of withdrawn Streams."""
    sitting = Sitting.objects.filter(id=page.sitting).first() if page.sitting else None
    if sitting is None:
        return page.outbox.count_acked()
    acked = {n: s for n, s in page.outbox.acked.items() if n not in page.outbox.withdrawn}
    told = [
        (sitting, n, first, last) for n, seqs in acked.items() for first, last in find_ranges(seqs)
    ]
    present = block_store.stored_numbers(told)
    return sum(len(seqs - present[sitting.id, name]) for name, seqs in acked.items() if seqs)


def measure_estimate_delays(sittings: Collection[UUID]) -> list[float]:
    """Return seconds from the end of each Window to its shown Estimate."""
    rows = AffectEstimate.objects.filter(
        sitting__in=sittings, predictor__kind=predictors.SHOWN_KIND
    )
    found = rows.values_list("made_at", "sitting__began_at", "cut")
    return [(made - began).total_seconds() - span(cut)[1] for made, began, cut in found]


def measure_offer_delays(offered_at: Mapping[UUID, float]) -> list[float]:
    """Return seconds from the end of each deciding Window until its offer was on the page."""
    cuts = Intervention.objects.filter(code__in=offered_at).values_list("code", "cut")
    return [offered_at[code] - span(cut)[1] for code, cut in cuts]


def count_windows(sittings: Collection[UUID], now: datetime) -> Counter[str]:
    """Count due Windows by outcome, except those of the last seconds."""
    rows = AffectEstimate.objects.filter(
        sitting__in=sittings, predictor__kind=predictors.SHOWN_KIND
    )
    guessed = set(rows.values_list("sitting", "cut"))
    due = Window.objects.filter(sitting__in=sittings)
    due = due.exclude(state="pending", due_at__gt=now - STALE_AFTER)
    found = Counter(dict.fromkeys(("estimated", "late", "not_sensed", "waiting"), 0))
    for sitting, cut, state in due.values_list("sitting", "cut", "state"):
        found[_classify_window(state, (sitting, cut) in guessed)] += 1
    return found


def _classify_window(state: str, guessed: bool) -> str:
    if guessed:
        return "estimated"
    return {"late": "late", "pending": "waiting"}.get(state, "not_sensed")


def count_estimates(sittings: Collection[UUID]) -> dict[str, int]:
    """Count Estimates by the kind of their Predictor."""
    kinds = AffectEstimate.objects.filter(sitting__in=sittings).values("predictor__kind")
    return dict(kinds.annotate(n=Count("id")).values_list("predictor__kind", "n"))


def count_offers(sittings: Collection[UUID]) -> Counter[str]:
    """Count delivered offers by outcome."""
    rows = Intervention.objects.filter(sitting__in=sittings, delivered=True)
    return Counter(outcome or "none" for outcome in rows.values_list("outcome", flat=True))


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the value that `share` of all values do not exceed; None if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def make_table(figures: ClassStats) -> list[Row]:
    """Return every figure as {"figure", "value", "unit"}."""
    delays, made = measure_estimate_delays(figures.sittings), count_offers(figures.sittings)
    guesses, became = (
        count_estimates(figures.sittings),
        count_windows(figures.sittings, timezone.now()),
    )
    return [
        _make_row("sittings", len(figures.sittings)),
        _make_row("blocks_sent", figures.sent),
        _make_row("blocks_acked", figures.acked),
        _make_row("blocks_refused", sum(figures.refused.values())),
        _make_row("blocks_lost", figures.lost),
        _make_row("blocks_unanswered", figures.unanswered),
        _make_row("blocks_acked_but_absent", figures.absent),
        _make_row("texts_lost", figures.texts_lost),
        _make_row("reconnects", figures.reconnects),
        _make_row("requests_failed", figures.failed),
        _make_row("ack_p50", _ms(percentile(figures.ack_s, 0.5)), "ms"),
        _make_row("ack_p95", _ms(percentile(figures.ack_s, 0.95)), "ms"),
        _make_row("estimates", sum(guesses.values())),
        *(_make_row(f"estimates_{kind}", count) for kind, count in sorted(guesses.items())),
        _make_row("window_end_to_estimate_p50", _ms(percentile(delays, 0.5)), "ms"),
        _make_row("window_end_to_estimate_p95", _ms(percentile(delays, 0.95)), "ms"),
        *(_make_row(f"windows_{became}", count) for became, count in became.items()),
        *_make_percentile_rows("window_end_to_estimate_on_page", figures.shown_after),
        *_make_percentile_rows(
            "window_end_to_offer_on_page", measure_offer_delays(figures.offered_at)
        ),
        _make_row("offers", sum(made.values())),
        *(_make_row(f"offers_{outcome}", count) for outcome, count in sorted(made.items())),
    ]


def _make_row(figure: str, value: float | None, unit: str = "count") -> Row:
    return {"figure": figure, "value": value, "unit": unit}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)


def _make_percentile_rows(figure: str, seconds: Collection[float]) -> list[Row]:
    shares = {"p50": 0.5, "p95": 0.95}
    rows = [
        _make_row(f"{figure}_{n}", _ms(percentile(seconds, p)), "ms") for n, p in shares.items()
    ]
    return [*rows, _make_row(f"{figure}_count", len(seconds))]
