"""Faults one after the other, at moments and in an order drawn from a seed, while pages send."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from tools.chaos.clients import LedgerPage
from tools.chaos.faults import Fault

CALM_S = 30.0
RECOVERS_WITHIN_S, TOLD_S = 60.0, 10.0
ALL_EVERY = 5  # rounds
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before a fault, and how long one lasts that does not say so itself: least and most;
    `seen` = share of faults after which the storm waits until every page is back, and says how long
    that took."""

    before: tuple[float, float] = (0.1, 0.8)
    lasts: tuple[float, float] = (0.05, 0.6)
    seen: float = 0.25


@dataclass(slots=True)
class Storm:
    """What was done. `recovered_s`: from the end of a fault until the last page was answered for
    something it sensed after that; `slow` = after which fault that took long, and why."""

    pages: Sequence[LedgerPage]
    rng: Random
    pace: Pace = field(default_factory=Pace)
    counts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    refuses: set[str] = field(default_factory=set)
    recovered_s: list[float] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    async def rage(self, faults: Sequence[Fault], points: int, say: Say) -> None:
        """Until so many kill points are done; without a killing fault, each fault once."""
        said = 0
        for fault in self._order(faults, points):
            await asyncio.sleep(self.rng.uniform(*self.pace.before))
            await self.strike(fault)
            if self.kills >= said + 10:
                said = self.kills
                say(f"{self.kills} kill points, {sum(self.counts.values())} faults")

    def _order(self, faults: Sequence[Fault], points: int) -> list[Fault]:
        """Rounds, each in an order of its own: what kills in every one, the rest now and then."""
        killing = [fault for fault in faults if fault.kills]
        order = self.rng.sample(list(faults), len(faults))
        turn = 0
        while killing and sum(fault.kills for fault in order) < points:
            turn += 1
            round_ = killing if turn % ALL_EVERY else list(faults)
            order += self.rng.sample(round_, len(round_))
        return order

    async def strike(self, fault: Fault) -> None:
        """One fault from its beginning to its end, and how long it took to recover."""
        self.refuses |= {*fault.refuses}
        await _by_hand(fault, fault.site.revive)
        await _do(fault, fault.start)
        await asyncio.sleep(self._seconds(fault))
        await _do(fault, fault.stop)
        self.counts[fault.name] += 1
        self.kills += fault.kills
        if self.rng.random() < self.pace.seen:
            self.recovered_s.append(await self.recovery())
            if self.recovered_s[-1] > TOLD_S:
                self.slow.append(f"{fault.name} {self.recovered_s[-1]:.1f} s{self._behind()}")

    def _seconds(self, fault: Fault) -> float:
        """How long it lasts: as likely within 2 s as within 4, so that most are short."""
        least, most = fault.lasts_s or self.pace.lasts
        return float(least * (most / least) ** self.rng.random())

    def _behind(self) -> str:
        """What the pages that are not back yet wait for."""
        last = max(page.outbox.fresh_s for page in self.pages)
        waiting = [page for page in self.pages if page.outbox.fresh_s < last - TOLD_S]
        return "".join(
            f", {'connected' if page.is_connected else 'away'} with {page.outbox.unanswered()}"
            f" unanswered, closed with {page.ended_with[-3:]}"
            for page in waiting
        )

    async def recovery(self) -> float:
        """Seconds until every page was answered for something sensed from now on."""
        healed = monotonic()
        while monotonic() < healed + RECOVERS_WITHIN_S:
            if all(page.outbox.fresh_s > healed for page in self.pages):
                break
            await asyncio.sleep(0.02)
        return monotonic() - healed

    async def calm(self) -> None:
        """No fault any more: what is sent is answered, then every page leaves."""
        self.recovered_s.append(await self.recovery())
        await asyncio.gather(*(page.finish(CALM_S) for page in self.pages))


async def _do(fault: Fault, act: Callable[[], None]) -> None:
    if fault.in_loop:
        act()
    else:
        await _by_hand(fault, act)


async def _by_hand(fault: Fault, act: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(fault.site.hands, act)
