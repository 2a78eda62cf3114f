"""Faults over hosts: a host dies, a standby is promoted, two hosts do not reach each other.

The classes are those of tools.chaos, with a site over hosts.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import Final

from tools.chaos.clients import LoggedPage
from tools.chaos.faults import Fault
from tools.chaos.withdrawal_client import Withdraw, WithdrawingLearner
from tools.hosts import disks, load_balancer, network
from tools.hosts.hosted_site import HostedSite, list_programs
from tools.hosts.topology import WEB_HOSTS, WORK_HOSTS

MOVED_WITHIN_S: Final = 30.0
DOWN_S: Final = (0.5, 4.0)
CUT_S: Final = (1.0, 8.0)
# As tools.chaos freezes programs: some for longer than anything waits.
FROZEN_S: Final = (1.0, 30.0)
PAIRS: Final = tuple(combinations(network.HOSTS, 2))


class NothingToDraw(ValueError):
    """No fault has such a name."""


@dataclass(slots=True)
class HostFault(Fault):
    """A fault of a site over hosts."""

    site: HostedSite


@dataclass(slots=True)
class TakenOver(HostFault):
    """A fault after which another host takes over.

    `moved_s`: how long each time until every page had an answer for something sensed since, while
    the fault lasted.
    """

    pages: Sequence[LoggedPage] = ()
    moved_s: list[float] = field(default_factory=list, init=False)

    def measure(self, began: float) -> None:
        while time.monotonic() < began + MOVED_WITHIN_S:
            if all(page.outbox.fresh_s > began for page in self.pages):
                break
            time.sleep(0.02)
        self.moved_s.append(round(time.monotonic() - began, 2))


@dataclass(slots=True)
class KillProgram(HostFault):
    """kill -9 of one program of the site; its host goes on."""

    program: str = "web1"

    def __post_init__(self) -> None:
        self.kills = 1

    @property
    def name(self) -> str:
        return f"Kill {self.program}"

    def start(self) -> None:
        self.site.programs[self.program].kill()

    def stop(self) -> None:
        self.site.programs[self.program].start()
        if self.program in WEB_HOSTS:
            load_balancer.wait_for(network.ADDRESSES[self.program])


@dataclass(slots=True)
class KillHost(TakenOver):
    """A whole host dies at once, without a word: SIGKILL and no cable.

    With `pages`, its work moves to another host.
    """

    host: str = "web1"

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, DOWN_S

    @property
    def name(self) -> str:
        return f"KillHost {self.host}"

    def start(self) -> None:
        died = time.monotonic()
        self.site.kill_host(self.host)
        if self.pages:
            self.measure(died)

    def stop(self) -> None:
        self.site.start_host(self.host)


@dataclass(slots=True)
class KillPrimary(HostFault):
    """The primary's host dies and comes back as the primary, after it has read its log."""

    host: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, DOWN_S

    def start(self) -> None:
        self.host = self.site.topology.databases.primary.host
        self.site.kill_host(self.host)

    def stop(self) -> None:
        self.site.start_host(self.host)


@dataclass(slots=True)
class KillStandby(KillPrimary):
    """The standby's host dies: no commit is answered until it is back."""

    def start(self) -> None:
        self.host = self.site.topology.databases.standby.host
        self.site.kill_host(self.host)


@dataclass(slots=True)
class Promote(TakenOver):
    """The primary's host dies, the standby takes over, and the old primary follows it later."""

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, DOWN_S

    def start(self) -> None:
        died = time.monotonic()
        self.site.topology.databases.promote()
        self.measure(died)

    def stop(self) -> None:
        self.site.topology.databases.rejoin()


@dataclass(slots=True)
class Cut(HostFault):
    """Every packet between two hosts is dropped, in both directions."""

    one: str = "web1"
    other: str = "db1"

    def __post_init__(self) -> None:
        self.lasts_s = CUT_S

    @property
    def name(self) -> str:
        return f"Cut {self.one} {self.other}"

    def start(self) -> None:
        network.cut(self.one, self.other)

    def stop(self) -> None:
        network.heal(self.one, self.other)


@dataclass(slots=True)
class FullDisk(HostFault):
    """The primary's disk is full: no table and no log can grow. It starts again with room."""

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, (1.0, 4.0)

    def start(self) -> None:
        disks.fill_disk(self.site.topology.databases.primary.folder)

    def stop(self) -> None:
        """Start it again: what it could not write, it has not acknowledged."""
        pair = self.site.topology.databases
        disks.free_disk(pair.primary.folder)
        network.kill_processes(pair.primary.host)
        pair.restart(pair.primary)


@dataclass(slots=True)
class FreezeHost(HostFault):
    """SIGSTOP of all processes of a host: its connections stay, and nothing is answered."""

    host: str = "web1"
    stopped: list[int] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.lasts_s = FROZEN_S

    @property
    def name(self) -> str:
        return f"FreezeHost {self.host}"

    def start(self) -> None:
        self.stopped = network.find_processes(self.host)
        self._send(signal.SIGSTOP)

    def stop(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        for pid in self.stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def draw_faults(
    site: HostedSite,
    pages: Sequence[LoggedPage],
    person: WithdrawingLearner,
    *,
    kills: int,
    cuts: int,
    rng: Random,
    only: str = "",
) -> list[Fault]:
    """Draw as many kills and partitions; every pair of hosts in turn, some freezes, withdrawals.

    `only`: how the names of the kills and freezes begin, with commas. Raises NothingToDraw.
    """
    names = tuple(only.split(","))
    deadly = [each for each in _list_deadly(site, pages) if each.name.startswith(names)]
    frozen = [each for each in _list_freezes(site) if each.name.startswith(names)]
    if not deadly and not frozen:
        raise NothingToDraw(f"no fault begins with {only!r}")
    found = _draw(deadly, kills, rng) + _draw(frozen, (kills + 9) // 10, rng)
    pairs = [pair for _ in range(1 + cuts // len(PAIRS)) for pair in rng.sample(PAIRS, len(PAIRS))]
    found += [Cut(site, one, other) for one, other in pairs[:cuts]]
    found += [Withdraw(site, person, Fault(site)) for _ in range(max(2, (kills + cuts) // 20))]
    return found


def _draw(faults: Sequence[Fault], count: int, rng: Random) -> list[Fault]:
    """Return that many of the faults, each of them in turn."""
    order = rng.sample(faults, len(faults))
    return [order[number % len(order)] for number in range(count)] if order else []


def _list_freezes(site: HostedSite) -> list[FreezeHost]:
    """Return a freeze of each host but the load balancer, behind which pages wait by choice."""
    return [FreezeHost(site, host) for host in network.HOSTS if host != "proxy"]


def _list_deadly(site: HostedSite, pages: Sequence[LoggedPage]) -> list[Fault]:
    """Return the kills of one round: the web hosts most often, since they acknowledge."""
    programs = [each for host in (*WEB_HOSTS, *WORK_HOSTS) for each in list_programs(host)]
    return [
        *(KillProgram(site, program) for program in (*WEB_HOSTS, *programs)),
        *(KillHost(site, pages, host) for host in (*WEB_HOSTS, *WEB_HOSTS)),
        *(KillHost(site, host=host) for host in (*WORK_HOSTS, "proxy", "keys", "s3")),
        *(Promote(site, pages) for _ in range(2)),
        *(KillPrimary(site), KillStandby(site), FullDisk(site)),
    ]
