"""Runs third-party scanners against the site and its source."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools.scans import (
    lighthouse,
    runner,
    scanner_programs,
    self_test,
    static_analysis,
    target_site,
)
from tools.scans.findings import FAILS, ScanVerdict, read_exceptions

TROUBLES = (scanner_programs.NoTool, target_site.NoSite, static_analysis.NoReport)


class Command(BaseCommand):
    help = (
        "Run external scanners and print their findings by level and seconds. Exit code 1 when one "
        f"finds something of level {FAILS} or more that docs/judges.md does not list as accepted."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        names = [*runner.NAMES, "all"]
        parser.add_argument(
            "judges", nargs="*", choices=[*names, []], help="which to run; all if none is given"
        )
        parser.add_argument("--url", help="a running demo; without it, one is started and removed")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--accept", action="store_true", help="accept what looks like a secret now as no secret"
        )
        parser.add_argument(
            "--planted",
            action="store_true",
            help="scan faults that were planted: each must be found",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept"]:
            self._accept()
            return
        asked = options["judges"]
        names = runner.NAMES if not asked or "all" in asked else tuple(dict.fromkeys(asked))
        try:
            with ExitStack() as stack:
                verdicts = self._judge(stack, names, options)
        except TROUBLES as error:
            raise CommandError(str(error), returncode=2) from None
        missed = self_test.find_missed(verdicts, settings.BASE_DIR) if options["planted"] else []
        if options["json"]:
            self.stdout.write(json.dumps(_format_report(verdicts, missed)))
        elif options["planted"]:
            self._say_missed(verdicts, missed)
        failed = any(verdict.fails for verdict in verdicts)
        if missed if options["planted"] else failed:
            sys.exit(1)

    def _accept(self) -> None:
        program = scanner_programs.install_program("detect-secrets", settings.VAR / "judges")
        number = static_analysis.accept_secrets(program, settings.BASE_DIR)
        self.stdout.write(f"{static_analysis.BASELINE}: {number} words that look like secrets")

    def _judge(
        self, stack: ExitStack, names: Sequence[str], options: dict[str, Any]
    ) -> list[ScanVerdict]:
        verdicts = []
        for verdict in runner.run_scanners(names, self._case(stack, names, options)):
            verdicts.append(verdict)
            if not options["json"]:
                for line in _format_verdict(verdict):
                    self.stdout.write(line)
                self.stdout.flush()
        return verdicts

    def _case(
        self, stack: ExitStack, names: Sequence[str], options: dict[str, Any]
    ) -> runner.ScanCase:
        root, home, today = settings.BASE_DIR, settings.VAR / "judges", timezone.now().date()
        if options["planted"]:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="attune-planted-"))
            code = Path(folder) / "code"
            site = stack.enter_context(target_site.start_planted(root, code))
            return runner.ScanCase(root, home, site, today, self._say, planted=code)
        page = read_exceptions(root / "docs" / "judges.md")
        found: target_site.TargetSite | None = None
        if options["url"]:
            found = target_site.use_running(options["url"], settings.VAR)
        elif set(names) & set(runner.NEED_A_SITE):
            self._say("a demo site starts")
            learners = lighthouse.LEARNERS if "lighthouse" in names else 0
            found = stack.enter_context(target_site.start_demo(root, learners))
        return runner.ScanCase(root, home, found, today, self._say, excepted=page)

    def _say(self, text: str) -> None:
        self.stderr.write(f"{timezone.now():%H:%M:%S} judge: {text}")

    def _say_missed(self, verdicts: Sequence[ScanVerdict], missed: Sequence[str]) -> None:
        asked = [verdict.judge for verdict in verdicts if not verdict.note]
        of = len(self_test.read_expected(settings.BASE_DIR, asked))
        self.stdout.write(f"planted faults found: {of - len(missed)} of {of}")
        for fault in missed:
            self.stdout.write(f"  missed: {fault}")


def _format_verdict(verdict: ScanVerdict) -> Iterator[str]:
    levels = ", ".join(f"level {level}: {n}" for level, n in verdict.by_level().items())
    yield f"{verdict.judge:<15} {levels or 'nothing':<30} {verdict.seconds:.0f} s"
    for finding in sorted(verdict.findings, key=lambda one: (-one.level, one.rule, one.where)):
        if finding.level >= FAILS:
            yield finding.line()
    if verdict.note:
        yield f"  {verdict.note}"


def _format_report(verdicts: Sequence[ScanVerdict], missed: Sequence[str]) -> dict[str, Any]:
    rows = [
        {
            "judge": verdict.judge,
            "levels": verdict.by_level(),
            "seconds": round(verdict.seconds, 1),
            "note": verdict.note,
            "findings": [
                {"level": one.level, "rule": one.rule, "where": one.where, "what": one.what}
                for one in verdict.findings
            ],
        }
        for verdict in verdicts
    ]
    return {"name": "judge", "protocol": 1, "rows": rows, "missed": list(missed)}
