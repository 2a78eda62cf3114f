"""What can go wrong between pages and site, and with the clocks of pages: harm done in the event
loop, where the proxy and the pages live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.chaos.clients import LedgerPage
from tools.chaos.faults import Fault
from tools.testbed.proxy import Weather
from tools.testbed.site import Site

DAY_S = 86_400.0


@dataclass(slots=True)
class Network(Fault):
    """The way between pages and site has another weather for a while."""

    kind: str = "latency"
    weather: Weather = field(default_factory=Weather)
    cut_after: bool = False

    def __post_init__(self) -> None:
        self.in_loop, self.lasts_s = True, (1.0, 2.0)

    @property
    def name(self) -> str:
        return f"Network {self.kind}"

    def start(self) -> None:
        self.site.proxy.weather = self.weather

    def stop(self) -> None:
        self.site.proxy.weather = Weather()
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
    """The clocks of some pages run ahead or behind for a while: what comes from the future, or from
    before their Sitting, is refused."""

    pages: Sequence[LedgerPage] = ()
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
        # Not by the same way back: a welcome may have put a clock right that was behind.
        for page, began in zip(self.pages, self.began, strict=True):
            page.began = began


JUMPS_S = (8.0, DAY_S, -DAY_S)
WEATHERS: Mapping[str, tuple[Weather, bool]] = {
    "latency": (Weather(latency_s=0.3), False),
    "jitter": (Weather(jitter_s=0.4), False),
    "bandwidth": (Weather(bytes_a_second=20_000), False),
    "half-open": (Weather(deaf=True), True),
    "drop": (Weather(drop_after=4_000), False),
    "duplicate": (Weather(twice=True), False),
}


def clock_jumps(site: Site, pages: Sequence[LedgerPage]) -> list[Fault]:
    return [ClockJump(site, pages, seconds) for seconds in JUMPS_S]


def networks(site: Site) -> list[Fault]:
    found: list[Fault] = [Reset(site)]
    for kind, (weather, cut_after) in WEATHERS.items():
        found.append(Network(site, kind, weather, cut_after))
    return found
