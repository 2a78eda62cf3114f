"""`manage.py replay_rules`: what the rules of a course would have done on past days."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from adaptation.replays import replay
from adaptation.replays.replay import ReplayedDays, RuleFigures
from adaptation.rules import active_rules
from adaptation.rules.model_thresholds import fit_rules, load_rates
from courses.models import Course
from interventions.replay import digest_rules
from interventions.rules import Rule

PROTOCOL = (
    "suggestions due on past days, including those that would be held back at random; no answer "
    "to a suggestion is assumed; groups of at least the minimum, real people in fives"
)
ON = "on"
COLUMNS = (
    "rule",
    "version",
    "offers",
    "learners",
    "per_hour",
    "later_wrong",
    "let_go",
    "corrected",
)


class Command(BaseCommand):
    help = (
        "Replays the rules that are on in a course over its last days and prints, for each, the "
        "suggestions it would have made. Exit code: 0 shown, 1 too few people to show, 2 wrong "
        "usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", metavar="SLUG", required=True)
        parser.add_argument("--days", metavar="N", type=_parse_days, required=True, help="1 to 30")
        parser.add_argument("--rule", metavar="ID", help="print only this rule")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            raise CommandError(f"expected a course, got {options['course']!r}", returncode=2)
        on = fit_rules(active_rules.list_active(course), load_rates())
        selected = [rule for rule in on if options["rule"] in (None, rule.id)]
        if not selected:
            raise CommandError(f"expected a rule that is on, got {options['rule']}", returncode=2)
        self._say("reading …")
        began = time.monotonic()
        days = replay.replay_days(
            course, options["days"], {ON: on}, now=timezone.now(), tell=self._day
        )
        if days is None:
            self.stderr.write(
                "Too few people to show, or this site's rules do not allow figures about groups."
            )
            sys.exit(1)
        rows = [_build_row(rule, replay.compute_figures(days, ON, rule)) for rule in selected]
        self._say(f"{days.learner_days} learner-days in {time.monotonic() - began:.1f} s")
        self._print(rows, _describe_protocol(days, on), as_json=options["json"])

    def _day(self, done: int) -> None:
        self._say(f"day {done}")

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def _print(self, rows: list[dict[str, Any]], protocol: str, *, as_json: bool) -> None:
        if as_json:
            found = {"name": "replay_rules", "protocol": protocol, "rows": rows}
            self.stdout.write(json.dumps(found, indent=1))
            return
        self.stdout.write(protocol)
        self.stdout.write(_format_line(COLUMNS))
        for row in rows:
            self.stdout.write(_format_line(_format_value(row[name]) for name in COLUMNS))


def _parse_days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 30:
        raise ArgumentTypeError(f"expected 1 to 30 days, got {text}")
    return int(text)


def _describe_protocol(days: ReplayedDays, on: tuple[Rule, ...]) -> str:
    kind = "simulated people" if days.simulated else "people"
    return f"{PROTOCOL}; {kind}; rules {digest_rules(on)}"


def _build_row(rule: Rule, found: RuleFigures) -> dict[str, Any]:
    values = asdict(found)
    by_day = {name: values.pop(name) for name in ("wrong", "right", "none")}
    days = {
        name: {f"{day}": count for day, count in sorted(part.items())}
        for name, part in by_day.items()
        if part is not None
    }
    return {"rule": rule.id, "version": rule.version, "days": days, **values}


def _format_value(value: object) -> str:
    if value is None:
        return "too few"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _format_line(cells: Iterable[object]) -> str:
    return "  ".join(f"{cell!s:>11}" for cell in cells)
