"""Damages a separate site, then checks its guarantees."""

from __future__ import annotations

import argparse
import asyncio
from random import Random
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tools.chaos.reconnect_storm import measure_reconnect
from tools.chaos.scenario import inject_faults
from tools.testbed import sandbox
from tools.testbed.fault_command import FaultCommand

PROTOCOL = (
    "{clients} pages of 12 Blocks and a text a second each through a fault proxy; web (uvicorn), "
    "worker, beat and PostgreSQL (fsync) of its own, broker {broker}; killed processes start warm "
    "(forked after their imports); moments and order of faults from seed {seed}"
)
NUMBERS, FLAGS = ("kills", "clients", "seed", "crowd"), ("redis", "json")
CHAOS = ("tools.chaos",)


class Command(FaultCommand):
    name = "nemesis"
    help = (
        "Inject faults into a separate site and check it: what is acknowledged is stored once and "
        "unchanged, effects happen once, the site recovers soon. Exit code: 0 all checks passed, 1 "
        "a check failed, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kills", type=int, default=60, help="kill points")
        parser.add_argument("--clients", type=int, default=8, help="pages that send")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--crowd",
            type=int,
            default=0,
            metavar="N",
            help="afterwards, N pages and a restart of 4 s",
        )
        parser.add_argument(
            "--redis", action="store_true", help="use Redis as broker, and kill it too"
        )
        parser.add_argument("--json", action="store_true", help="print the rows as JSON")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kills"] < 0 or options["clients"] < 2 or options["crowd"] < 0:
            raise CommandError("expected at least two clients and no negative number", returncode=2)
        if not options["inside"]:
            self.say("making a site to harm")
            raise SystemExit(
                sandbox.run_inside(
                    sandbox.build_inner_arguments(CHAOS, options, NUMBERS, FLAGS),
                    redis=options["redis"],
                )
            )
        try:
            rows = self._attack(options)
        except sandbox.NotASandbox as error:
            raise CommandError(str(error), returncode=2) from None
        broker = "Redis" if options["redis"] else "pgmq"
        protocol = PROTOCOL.format(**options, broker=broker)
        self.print_rows(rows, protocol, as_json=options["json"])

    def _attack(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        rng = Random(options["seed"])  # noqa: S311
        with sandbox.start_site(rng) as site:
            lesson = sandbox.set_up_course(timezone.now())
            # The additional one withdraws and grants again.
            users = sandbox.make_learners(options["clients"] + 1, timezone.now())
            rows = asyncio.run(
                inject_faults(site, users, lesson, kills=options["kills"], rng=rng, say=self.say)
            )
            if options["crowd"]:
                rows += asyncio.run(
                    measure_reconnect(site, options["crowd"], rng=rng, say=self.say)
                )
        return rows
