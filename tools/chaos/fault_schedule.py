"""Faults one after another, at times and in an order drawn from a seed, while pages send."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from tools.chaos.clients import LoggedPage
from tools.chaos.faults import Fault

CALM_S = 30.0
RECOVERS_WITHIN_S, REPORTED_AFTER_S = 60.0, 10.0
ALL_EVERY = 5  # rounds
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FaultPace:
    """Timing of faults: the shortest and longest pause before one, and duration of one (s).

    `lasts` applies to faults without `lasts_s`. `seen`: the share of faults after which the
    schedule waits until every page is back, and measures how long that took.
    """

    before: tuple[float, float] = (0.1, 0.8)
    lasts: tuple[float, float] = (0.05, 0.6)
    seen: float = 0.25


@dataclass(slots=True)
class FaultSchedule:
    """Runs faults and records the outcome.

    `recovered_s`: from the end of a fault until the last page had an answer for something it sensed
    after that. `slow`: the faults after which that took long, and why.
    """

    pages: Sequence[LoggedPage]
    rng: Random
    pace: FaultPace = field(default_factory=FaultPace)
    counts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    refuses: set[str] = field(default_factory=set)
    recovered_s: list[float] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    async def run(self, faults: Sequence[Fault], points: int, say: Say) -> None:
        """Apply faults until there are `points` kill points; without a killing fault, each fault
        once.
        """
        said = 0
        for fault in self._order(faults, points):
            await asyncio.sleep(self.rng.uniform(*self.pace.before))
            known = len(self.slow)
            await self.apply_fault(fault)
            for slow in self.slow[known:]:
                say(f"recovery after {slow}")
            if self.kills >= said + 10:
                said = self.kills
                say(f"{self.kills} kill points, {sum(self.counts.values())} faults")

    def _order(self, faults: Sequence[Fault], points: int) -> list[Fault]:
        """Return the order: shuffled rounds of the killing faults; every `ALL_EVERY`-th has all
        faults.
        """
        killing = [fault for fault in faults if fault.kills]
        order = self.rng.sample(list(faults), len(faults))
        turn = 0
        while killing and sum(fault.kills for fault in order) < points:
            turn += 1
            round_ = killing if turn % ALL_EVERY else list(faults)
            order += self.rng.sample(round_, len(round_))
        return order

    async def apply_fault(self, fault: Fault) -> None:
        """Apply one fault from start to stop, and sometimes measure the recovery."""
        self.refuses |= {*fault.refuses}
        await _run_in_thread(fault, fault.site.revive)
        await _run_act(fault, fault.start)
        await asyncio.sleep(self._draw_duration(fault))
        await _run_act(fault, fault.stop)
        self.counts[fault.name] += 1
        self.kills += fault.kills
        if self.rng.random() < self.pace.seen:
            self.recovered_s.append(await self.wait_for_recovery())
            if self.recovered_s[-1] > REPORTED_AFTER_S:
                self.slow.append(
                    f"{fault.name} {self.recovered_s[-1]:.1f} s{self._describe_pending()}"
                )

    def _draw_duration(self, fault: Fault) -> float:
        """Draw the duration log-uniformly, so that most are short."""
        least, most = fault.lasts_s or self.pace.lasts
        return float(least * (most / least) ** self.rng.random())

    def _describe_pending(self) -> str:
        """Describe the pages that are not back yet and what they wait for."""
        last = max(page.outbox.fresh_s for page in self.pages)
        waiting = [page for page in self.pages if page.outbox.fresh_s < last - REPORTED_AFTER_S]
        return "".join(
            f", {'connected' if page.is_connected else 'away'}"
            f" with {page.outbox.count_unanswered()} unanswered"
            f", closed with {page.ended_with[-3:]}"
            for page in waiting
        )

    async def wait_for_recovery(self) -> float:
        """Wait until every page has an answer for something sensed from now on; return the
        seconds.
        """
        healed = monotonic()
        while monotonic() < healed + RECOVERS_WITHIN_S:
            if all(page.outbox.fresh_s > healed for page in self.pages):
                break
            await asyncio.sleep(0.02)
        return monotonic() - healed

    async def close_pages(self) -> None:
        """Wait until everything sent is answered, then close every page."""
        self.recovered_s.append(await self.wait_for_recovery())
        await asyncio.gather(*(page.finish(CALM_S) for page in self.pages))


async def _run_act(fault: Fault, act: Callable[[], None]) -> None:
    if fault.in_loop:
        act()
    else:
        await _run_in_thread(fault, act)


async def _run_in_thread(fault: Fault, act: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(fault.site.fault_thread, act)
