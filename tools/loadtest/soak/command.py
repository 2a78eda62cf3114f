"""Runs hours of ordinary use on a separate site and measures memory, answers and losses."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools.loadtest.soak.analysis import WARM_UP_MIN, SoakSample, SoakVerdict, judge
from tools.loadtest.soak.measurement import run_soak
from tools.testbed import sandbox

PROTOCOL = (
    "{learners} simulated learners over real sockets for {minutes} min, four streams and a course "
    "event now and then, on a site of its own; memory growth is the median slope of all pairs of "
    "samples after the first {warm:.0f} min, or after half of a shorter run"
)
NUMBERS, FLAGS = ("minutes", "learners", "seed"), ("json",)
SOAK = ("tools.loadtest", "soak")


class Command(BaseCommand):
    help = (
        "Run simulated learners for N minutes on a separate site. Exit code: 1 when memory grows "
        "by 0.5 MB per minute or more, when acknowledgements slow down, or when anything is lost; "
        "2 wrong usage."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, required=True, metavar="N")
        parser.add_argument("--learners", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="print the rows as JSON")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] <= 0 or options["learners"] < 1:
            raise CommandError("expected a time and at least one learner", returncode=2)
        if not options["inside"]:
            self.stderr.write("soak | making a site")
            raise SystemExit(
                sandbox.run_inside(sandbox.build_inner_arguments(SOAK, options, NUMBERS, FLAGS))
            )
        try:
            samples, verdict = self._soak(options)
        except sandbox.NotASandbox as error:
            raise CommandError(str(error), returncode=2) from None
        self._print(samples, verdict, options)
        if verdict.broken:
            raise SystemExit(1)

    def _soak(self, options: dict[str, Any]) -> tuple[list[SoakSample], SoakVerdict]:
        rng = Random(options["seed"])  # noqa: S311
        with sandbox.start_site(rng) as site:
            sandbox.set_up_course(timezone.now())
            run = run_soak(
                site, options["learners"], 60 * options["minutes"], rng=rng, say=self._say
            )
            samples, lost = asyncio.run(run)
        return samples, judge(samples, lost)

    def _print(
        self, samples: list[SoakSample], verdict: SoakVerdict, options: dict[str, Any]
    ) -> None:
        if options["json"]:
            protocol = PROTOCOL.format(**options, warm=WARM_UP_MIN)
            rows = [asdict(sample) for sample in samples] + [asdict(verdict)]
            report = {"name": "soak", "protocol": protocol, "rows": rows}
            self.stdout.write(json.dumps(report, indent=1))
            return
        for name, value in asdict(verdict).items():
            self.stdout.write(f"{name:<20} {value}")

    def _say(self, sample: SoakSample) -> None:
        memory = ", ".join(f"{name} {mb:.0f} MB" for name, mb in sample.rss_mb.items())
        self.stderr.write(
            f"soak | {sample.minute:5.1f} min: {memory}, {sample.acked} acks, p50 "
            f"{sample.ack_p50_ms:.0f} ms, p99 {sample.ack_p99_ms:.0f} ms, {sample.online} online"
        )
        self.stderr.flush()
