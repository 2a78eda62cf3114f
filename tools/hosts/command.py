"""Damages a site over several hosts, then checks its guarantees."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.people import make_person
from tools.chaos.clients import LoggedPage
from tools.chaos.faults import Fault
from tools.chaos.scenario import inject_faults
from tools.chaos.withdrawal_client import WithdrawingLearner
from tools.hosts import network
from tools.hosts.erasure_over_hosts import measure_erasure
from tools.hosts.faults import MOVED_WITHIN_S, Cut, NothingToDraw, TakenOver, draw_faults
from tools.hosts.hosted_site import HostedSite, start_site
from tools.hosts.rolling_update import RollingUpdate, describe_updates
from tools.hosts.topology import ROOT, make_topology
from tools.testbed import sandbox
from tools.testbed.environment import run_python
from tools.testbed.fault_command import FaultCommand

PROTOCOL = (
    "{clients} pages of 12 Blocks and a text a second each through HAProxy to two web hosts; two "
    "worker hosts; PostgreSQL with a synchronous standby, OpenBao with the keystore's database and "
    "SeaweedFS on hosts of their own, all over TLS; broker pgmq; {kills} kills and {partitions} "
    "partitions in an order drawn from seed {seed}; {updates} updates, host by host; programs "
    "start warm; clocks of a web and a worker host {clocks} s off"
)
NUMBERS, FLAGS = ("kills", "partitions", "clients", "seed", "only", "clocks", "updates"), ("json",)
HOSTS = ("tools.hosts",)


class Command(FaultCommand):
    name = "hosts"
    help = (
        "Kill and partition the hosts of a separate site and check it: what is acknowledged is "
        "stored once and unchanged, effects happen once, the site recovers soon. Needs root. Exit "
        "code: 0 all checks passed, 1 a check failed, 2 wrong usage or no hosts possible."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kills", type=int, default=24, help="programs and hosts to kill")
        parser.add_argument("--partitions", type=int, default=6, help="pairs of hosts to part")
        parser.add_argument("--clients", type=int, default=4, help="pages that send")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--only", default="", help="kill or freeze only what begins so, as KillHost"
        )
        parser.add_argument(
            "--clocks", type=int, default=0, metavar="S",
            help="web2's clock is so many seconds ahead, work2's so many behind",
        )  # fmt: skip
        parser.add_argument(
            "--updates", type=int, default=0, help="updates of all hosts, one host after another"
        )
        parser.add_argument("--json", action="store_true", help="print the rows as JSON")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if (
            min(options["kills"], options["partitions"], options["updates"]) < 0
            or options["clients"] < 2
        ):
            raise CommandError("expected at least two clients and no negative number", returncode=2)
        if not options["inside"]:
            arguments = sandbox.build_inner_arguments(HOSTS, options, NUMBERS, FLAGS)
            try:
                raise SystemExit(run_inside(arguments, self.say))
            except network.CannotMakeHosts as error:
                raise CommandError(str(error), returncode=2) from None
        try:
            rows = self._attack(options)
        except (sandbox.NotASandbox, NothingToDraw) as error:
            raise CommandError(str(error), returncode=2) from None
        self.print_rows(rows, PROTOCOL.format(**options), as_json=options["json"])

    def _attack(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        rng = Random(options["seed"])  # noqa: S311
        drawn: list[Fault] = []

        def make_round(
            site: HostedSite, pages: Sequence[LoggedPage], person: WithdrawingLearner
        ) -> list[Fault]:
            drawn.extend(
                draw_faults(
                    site, pages, person, kills=options["kills"], cuts=options["partitions"],
                    rng=rng, only=options["only"],
                )
            )  # fmt: skip
            drawn.extend(RollingUpdate(site, pages) for _ in range(options["updates"]))
            return drawn

        with start_site(rng, clocks_off_s=options["clocks"]) as site:
            self.say("the site runs")
            lesson = sandbox.set_up_course(timezone.now())
            make_person("steward", name="Steward (simulated)", roles=["steward"], password=None,
                        simulated=True, now=timezone.now())  # fmt: skip
            # The additional one withdraws and grants again.
            users = sandbox.make_learners(options["clients"] + 1, timezone.now())
            rows = asyncio.run(
                inject_faults(
                    site, users, lesson, kills=0, rng=rng, say=self.say, make_round=make_round
                )
            )
            moves, updated = describe_moves(drawn), describe_updates(drawn)
            for row in (*rows, moves, updated):
                self.say(f"{row['row']}: broken {row['broken']}")
            self.say(f"{moves}, a person is erased")
            erased = measure_erasure(site, users[-1])
        return [*rows, moves, updated, erased]


def describe_moves(faults: Sequence[Fault]) -> dict[str, Any]:
    """Return how long it took until all pages were answered by another host."""
    taken = {id(fault): fault for fault in faults if isinstance(fault, TakenOver) and fault.moved_s}
    moves: dict[str, list[float]] = {}
    for fault in taken.values():
        moves.setdefault(fault.name, []).extend(fault.moved_s)
    return {
        "row": "moves",
        "cuts": sum(isinstance(fault, Cut) for fault in faults),
        **{f"{name}_s": sorted(seconds) for name, seconds in sorted(moves.items())},
        "broken": [
            name
            for name, seconds in sorted(moves.items())
            if max(seconds, default=0.0) >= MOVED_WITHIN_S
        ],
    }


def run_inside(arguments: Sequence[str], say: Any) -> int:
    """Make hosts, and run `python -m` with these arguments; return its exit code.

    If that is not 0, or there were no hosts, the logs are kept under var/hosts. Raises
    CannotMakeHosts.
    """
    with tempfile.TemporaryDirectory(prefix="attune-hosts-") as name, network.keep_network():
        folder, code = Path(name), 1
        try:
            say("making hosts to harm")
            topology = make_topology(folder, timezone.now())
            topology.create()
            (folder / sandbox.MARK).touch()
            environment = topology.environment("observer")
            run_python(environment, "manage.py", "migrate", "--verbosity", "0")
            code = subprocess.run(
                [sys.executable, "-m", *arguments], env=environment, cwd=ROOT, check=False
            ).returncode
        finally:
            if code:
                sandbox.keep_logs(folder, settings.VAR / "hosts")
    return code
