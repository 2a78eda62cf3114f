"""Calculates processes, hosts and cost for a number of learners, from measurements."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tools.loadtest.sizing import fleet
from tools.loadtest.sizing.costs import Prices, read_costs

SITE_SIZES = (50, 200, 500, 1000, 2000, 5000, 20_000)
PROTOCOL = (
    "costs measured on {where}; queues simulated for {seconds:.0f} s a size, seed {seed}; "
    "promises: ack p99 250 ms, offer p95 2.5 s, no process busier than 70 %; "
    "prices are assumed: {prices}"
)


class Command(BaseCommand):
    help = (
        "Show how many processes a site needs for a number of concurrent learners, and with "
        "--fleet how many hosts many institutions need together and what a learner-hour costs."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, nargs="+", default=list(SITE_SIZES))
        parser.add_argument(
            "--fleet", type=int, metavar="N", help="concurrent learners of all institutions"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["learners"]) < 1 or (options["fleet"] or 1) < 1:
            raise CommandError("expected at least one learner", returncode=2)
        rows = self._fleet(options) if options["fleet"] else self._sites(options)
        if options["json"]:
            told = {"name": "sizing", "protocol": _protocol(options["seed"]), "rows": rows}
            self.stdout.write(json.dumps(told, indent=1))
            return
        self.stdout.write(_protocol(options["seed"]))
        for row in rows:
            self.stdout.write("  ".join(f"{name} {value:,}" for name, value in row.items()))

    def _sites(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        costs = read_costs()
        found = [fleet.size_site(n, costs, seed=options["seed"]) for n in options["learners"]]
        return [{**asdict(each), "cores": round(each.cores, 1)} for each in found]

    def _fleet(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        costs, seed = read_costs(), options["seed"]
        sizes = fleet.draw_institutions(options["fleet"], seed=seed)
        # Thousands of sites differ little in size: one is simulated for each size rounded to two
        # digits.
        known = {
            size: fleet.size_site(size, costs, seed=seed) for size in {_round_up(n) for n in sizes}
        }
        sites = [known[_round_up(size)] for size in sizes]
        money = fleet.price_learner_hour(sites, costs, Prices())
        row = {
            "learners": options["fleet"], "institutions": len(sizes), "largest": max(sizes),
            "cores": round(sum(each.cores for each in sites)), "hosts": fleet.count_hosts(sites),
            **{f"learner-hour, {name}": round(value, 6) for name, value in money.items()},
        }  # fmt: skip
        return [row]


def _round_up(size: int) -> int:
    """Round up to two leading digits."""
    step = int(10 ** max(0, len(str(size)) - 2))
    return -(-size // step) * step


def _protocol(seed: int) -> str:
    prices = ", ".join(f"{name} {value}" for name, value in asdict(Prices()).items())
    where = read_costs().where
    return PROTOCOL.format(where=where, seconds=fleet.SIMULATED_S, seed=seed, prices=prices)
