"""Faults of the network between pages and site, and of the pages' clocks.

They run in the event loop, where the proxy and the pages live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.chaos.clients import LoggedPage
from tools.chaos.faults import Fault
from tools.testbed.proxy import NetworkConditions
from tools.testbed.site import Site

DAY_S = 86_400.0


@dataclass(slots=True)
class NetworkFault(Fault):
    """Degraded network conditions between pages and site."""

    kind: str = "latency"
    conditions: NetworkConditions = field(default_factory=NetworkConditions)
    cut_after: bool = False

    def __post_init__(self) -> None:
        self.in_loop, self.lasts_s = True, (1.0, 2.0)

    @property
    def name(self) -> str:
        return f"Network {self.kind}"

    def start(self) -> None:
        self.site.proxy.conditions = self.conditions

    def stop(self) -> None:
        self.site.proxy.conditions = NetworkConditions()
        if self.cut_after:
            self.site.proxy.reset()


@dataclass(slots=True)
class Reset(Fault):
    """Every connection of a page is cut at once."""

    def __post_init__(self) -> None:
        self.in_loop = True

    def start(self) -> None:
        self.site.proxy.reset()


@dataclass(slots=True)
class ClockJump(Fault):
    """The clocks of some pages run ahead or behind for a while.

    Data from the future, or from before their Sitting, must be refused.
    """

    pages: Sequence[LoggedPage] = ()
    seconds: float = 8.0
    began: list[float] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.in_loop, self.lasts_s = True, (1.0, 2.0)
        self.refuses = ("bad_values", "bad_message")

    @property
    def name(self) -> str:
        return f"ClockJump {self.seconds:+.0f} s"

    def start(self) -> None:
        self.began = [page.began for page in self.pages]
        for page in self.pages:
            page.began -= self.seconds

    def stop(self) -> None:
        # Restore the saved value: a welcome may have corrected a clock in the meantime.
        for page, began in zip(self.pages, self.began, strict=True):
            page.began = began


JUMPS_S = (8.0, DAY_S, -DAY_S)
CONDITIONS: Mapping[str, tuple[NetworkConditions, bool]] = {
    "latency": (NetworkConditions(latency_s=0.3), False),
    "jitter": (NetworkConditions(jitter_s=0.4), False),
    "bandwidth": (NetworkConditions(bytes_a_second=20_000), False),
    "half-open": (NetworkConditions(deaf=True), True),
    "drop": (NetworkConditions(drop_after=4_000), False),
    "duplicate": (NetworkConditions(twice=True), False),
}


def make_clock_jumps(site: Site, pages: Sequence[LoggedPage]) -> list[Fault]:
    return [ClockJump(site, pages, seconds) for seconds in JUMPS_S]


def make_network_faults(site: Site) -> list[Fault]:
    found: list[Fault] = [Reset(site)]
    for kind, (weather, cut_after) in CONDITIONS.items():
        found.append(NetworkFault(site, kind, weather, cut_after))
    return found
