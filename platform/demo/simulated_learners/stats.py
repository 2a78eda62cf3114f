"""What a class of simulated learners counted, and what the database says of the same Sittings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from adaptation.models import Intervention
from demo.simulated_learners.outbox import ranges
from demo.simulated_learners.socket_client import Page
from estimates.models import AffectEstimate
from estimates.registry import predictors
from telemetry.blocks import block_store
from telemetry.models import Sitting, Window
from telemetry.windows import STALE_AFTER, span

Row = dict[str, object]


@dataclass(slots=True)
class Figures:
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
    open: set[Page] = field(default_factory=set)

    @property
    def lost(self) -> int:
        """Sent and never answered, or acknowledged and not there."""
        return self.unanswered + self.absent

    def take(self, page: Page, absent: int) -> None:
        """A page was closed: what it counted, and how many of its Blocks are not stored."""
        outbox = page.outbox
        self.open.discard(page)
        if page.sitting is not None:
            self.sittings.append(page.sitting)
        self.sent += outbox.sent
        self.acked += sum(map(len, outbox.acked.values()))
        self.unanswered += outbox.unanswered()
        self.absent += absent
        self.texts_lost += len(outbox.texts)
        self.reconnects += page.reconnects
        self.shown += page.estimates
        self.refused += outbox.refused
        self.ack_s += outbox.ack_s
        self.shown_after += page.shown_after
        self.offered_at |= page.offered_at
        if page.closed_with is not None:
            self.closed[page.closed_with] += 1

    def so_far(self) -> str:
        """One line of progress, with the pages that are open."""
        outboxes = [page.outbox for page in self.open]
        online = sum(page.socket is not None for page in self.open)
        sent = self.sent + sum(outbox.sent for outbox in outboxes)
        acked = self.acked + sum(len(s) for outbox in outboxes for s in outbox.acked.values())
        again = self.reconnects + sum(page.reconnects for page in self.open)
        guesses = self.shown + sum(page.estimates for page in self.open)
        return (
            f"{online} connected, {sent:,} Blocks sent, {acked:,} acked, "
            f"{again} reconnects, {guesses:,} estimates shown"
        )


def absent(page: Page) -> int:
    """Blocks that were acknowledged and are not in the database; withdrawn Streams left out."""
    sitting = Sitting.objects.filter(id=page.sitting).first() if page.sitting else None
    if sitting is None:
        return sum(map(len, page.outbox.acked.values()))
    acked = {n: s for n, s in page.outbox.acked.items() if n not in page.outbox.withdrawn}
    told = [(sitting, n, first, last) for n, seqs in acked.items() for first, last in ranges(seqs)]
    present = block_store.stored_numbers(told)
    return sum(len(seqs - present[sitting.id, name]) for name, seqs in acked.items() if seqs)


def estimate_delays(sittings: Collection[UUID]) -> list[float]:
    """Seconds from the end of each Window to the Estimate that is shown."""
    rows = AffectEstimate.objects.filter(
        sitting__in=sittings, predictor__kind=predictors.SHOWN_KIND
    )
    found = rows.values_list("made_at", "sitting__began_at", "cut")
    return [(made - began).total_seconds() - span(cut)[1] for made, began, cut in found]


def offer_delays(offered_at: Mapping[UUID, float]) -> list[float]:
    """Seconds from the end of each deciding Window until its offer stood on the page."""
    cuts = Intervention.objects.filter(code__in=offered_at).values_list("code", "cut")
    return [offered_at[code] - span(cut)[1] for code, cut in cuts]


def windows(sittings: Collection[UUID], now: datetime) -> Counter[str]:
    """What became of each Window that fell due, but for those of the last seconds."""
    rows = AffectEstimate.objects.filter(
        sitting__in=sittings, predictor__kind=predictors.SHOWN_KIND
    )
    guessed = set(rows.values_list("sitting", "cut"))
    due = Window.objects.filter(sitting__in=sittings)
    due = due.exclude(state="pending", due_at__gt=now - STALE_AFTER)
    found = Counter(dict.fromkeys(("estimated", "late", "not_sensed", "waiting"), 0))
    for sitting, cut, state in due.values_list("sitting", "cut", "state"):
        found[_became(state, (sitting, cut) in guessed)] += 1
    return found


def _became(state: str, guessed: bool) -> str:
    if guessed:
        return "estimated"
    return {"late": "late", "pending": "waiting"}.get(state, "not_sensed")


def estimates(sittings: Collection[UUID]) -> dict[str, int]:
    """Estimates by the kind of their Predictor."""
    kinds = AffectEstimate.objects.filter(sitting__in=sittings).values("predictor__kind")
    return dict(kinds.annotate(n=Count("id")).values_list("predictor__kind", "n"))


def offers(sittings: Collection[UUID]) -> Counter[str]:
    """Offers delivered, by what became of them."""
    rows = Intervention.objects.filter(sitting__in=sittings, delivered=True)
    return Counter(outcome or "none" for outcome in rows.values_list("outcome", flat=True))


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of all do not pass; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def table(figures: Figures) -> list[Row]:
    """Every figure as {"figure", "value", "unit"}."""
    delays, made = estimate_delays(figures.sittings), offers(figures.sittings)
    guesses, became = estimates(figures.sittings), windows(figures.sittings, timezone.now())
    return [
        _row("sittings", len(figures.sittings)),
        _row("blocks_sent", figures.sent),
        _row("blocks_acked", figures.acked),
        _row("blocks_refused", sum(figures.refused.values())),
        _row("blocks_lost", figures.lost),
        _row("blocks_unanswered", figures.unanswered),
        _row("blocks_acked_but_absent", figures.absent),
        _row("texts_lost", figures.texts_lost),
        _row("reconnects", figures.reconnects),
        _row("requests_failed", figures.failed),
        _row("ack_p50", _ms(percentile(figures.ack_s, 0.5)), "ms"),
        _row("ack_p95", _ms(percentile(figures.ack_s, 0.95)), "ms"),
        _row("estimates", sum(guesses.values())),
        *(_row(f"estimates_{kind}", count) for kind, count in sorted(guesses.items())),
        _row("window_end_to_estimate_p50", _ms(percentile(delays, 0.5)), "ms"),
        _row("window_end_to_estimate_p95", _ms(percentile(delays, 0.95)), "ms"),
        *(_row(f"windows_{became}", count) for became, count in became.items()),
        *_percentiles("window_end_to_estimate_on_page", figures.shown_after),
        *_percentiles("window_end_to_offer_on_page", offer_delays(figures.offered_at)),
        _row("offers", sum(made.values())),
        *(_row(f"offers_{outcome}", count) for outcome, count in sorted(made.items())),
    ]


def _row(figure: str, value: float | None, unit: str = "count") -> Row:
    return {"figure": figure, "value": value, "unit": unit}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)


def _percentiles(figure: str, seconds: Collection[float]) -> list[Row]:
    shares = {"p50": 0.5, "p95": 0.95}
    rows = [_row(f"{figure}_{n}", _ms(percentile(seconds, p)), "ms") for n, p in shares.items()]
    return [*rows, _row(f"{figure}_count", len(seconds))]
