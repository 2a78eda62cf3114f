"""Compares ingest with the keystore in a file and in a PostgreSQL database, in interleaved pairs.

Two sites have the same learners. The second one's keys are on a server of their own, and a real
OpenBao wraps their master keys. The sites take turns, and so does which of them begins a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from tools.loadtest.ingest import measurement
from tools.testbed.environment import make_site
from tools.testbed.keystore_database import create_keystore, run_keystore_server
from tools.testbed.open_sittings import SittingAccess
from tools.testbed.openbao_server import require_openbao, run_openbao

FILE, DATABASE = "file", "database"
PAIR, MEDIAN = "database / file", "median of database / file"
PROTOCOL: Final = (
    "two sites with the same learners, each with one web process and its own PostgreSQL with "
    "fsync; one keystore is a file, the other is in a further PostgreSQL server with fsync, its "
    "master keys wrapped by a real OpenBao on the same machine; one run of each, up to "
    "3 s long, does not count; then they take turns in pairs, and so does which begins; messages "
    "and pages as in the ordinary run; ratio: acknowledged messages a second, database / file"
)
# How much less than with a file may be acknowledged with a database.
ALLOWED: Final = 0.1
# The keys of a week are made in a site's first run, which does not count.
WARM_UP_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class MeasuredSite:
    """A site with one kind of keystore, and its learners."""

    keystore: str
    environment: Mapping[str, str]
    entered: Sequence[SittingAccess]

    def measure(self, *, seconds: float, every_s: float, pin: bool) -> dict[str, Any]:
        """Return the figures of one run."""
        row = measurement.measure(
            self.environment, measurement.SITE, self.entered,
            seconds=seconds, every_s=every_s, pin=pin,
        )  # fmt: skip
        return {"keystore": self.keystore, **row}


@contextmanager
def run_sites(learners: int) -> Iterator[tuple[MeasuredSite, MeasuredSite]]:
    """Create both sites for the block. Raises NoOpenBao."""
    require_openbao()
    with ExitStack() as running:
        file = running.enter_context(make_site())
        database = running.enter_context(make_site())
        database = {**database, **running.enter_context(_run_key_servers(database))}
        yield (
            MeasuredSite(FILE, file, measurement.make_sittings(file, learners)),
            MeasuredSite(DATABASE, database, measurement.make_sittings(database, learners)),
        )


@contextmanager
def _run_key_servers(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a keystore's database and key service; yield the variables that name them.

    They run in the site's folder, so that they are pinned with its PostgreSQL.
    """
    folder = Path(environment["ATTUNE_VAR"])
    with (
        run_openbao(folder) as bao,
        run_keystore_server(folder / "keystore_postgres", hasty=False) as server,
    ):
        yield {
            "KEYSTORE_DATABASE_URL": create_keystore(server),
            **bao.environment(),
        }


def measure_pairs(
    sites: tuple[MeasuredSite, MeasuredSite],
    pairs: int,
    *,
    seconds: float,
    every_s: float,
    pin: bool,
) -> Iterator[dict[str, Any]]:
    """Yield the row of each run, the ratio of each pair, and the median of the ratios."""
    for site in sites:
        site.measure(seconds=min(WARM_UP_S, seconds), every_s=every_s, pin=pin)
    ratios = []
    for number in range(pairs):
        found = {}
        for site in sites if number % 2 == 0 else reversed(sites):
            row = site.measure(seconds=seconds, every_s=every_s, pin=pin)
            found[site.keystore] = row
            yield {"pair": number + 1, **row}
        ratios.append(compare(found[DATABASE], found[FILE]))
        yield {"pair": number + 1, **_round(ratios[-1])}
    yield _round(summarise(ratios))


def compare(database: Mapping[str, Any], file: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ratios of one pair: messages a second, and the web process's time per message."""
    return {
        "target": PAIR,
        "ratio": _divide(database, file, "messages_a_second"),
        "cpu_ratio": _divide(database, file, "web_cpu_us_a_message"),
    }


def summarise(ratios: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the medians, and whether the database acknowledges at most a tenth less."""
    found = median(each["ratio"] for each in ratios)
    return {
        "target": MEDIAN,
        "ratio": found,
        "cpu_ratio": median(each["cpu_ratio"] for each in ratios),
        "within_10_percent": found >= 1 - ALLOWED,
    }


def _divide(above: Mapping[str, Any], below: Mapping[str, Any], name: str) -> float:
    ratio: float = above[name] / max(1, below[name])
    return ratio


def _round(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row as it is printed; comparisons use all digits."""
    return {
        key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()
    }
