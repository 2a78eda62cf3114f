"""Measures how well a Teacher who knows everything else guesses one bit about a Learner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from tools.inference_attack import attack_surface, results
from tools.testbed.environment import format_row, make_site, run_rows

MOST = 0.55
PROTOCOL = (
    "a Teacher who knows the course records, and all that the others felt, said and allowed, asks "
    "each road everything it answers, on several days, and guesses one bit of each victim, all of "
    "them real people. Roads without noise: everything said in both worlds, compared literally; "
    "upper is 1/2 + half of the upper end of Clopper and Pearson's 95 % interval of the share of "
    "victims whose worlds differ; none may. Roads with noise: 50 guesses in each world for each "
    "victim, by weights learnt from 150 draws of each; upper is the upper end of the 95 % interval "
    "of a bootstrap over victims. Questions 0 = closed"
)
COLUMNS = ("road", "profile", "secret", "questions", "days", "accuracy", "upper", "victims")


class Command(BaseCommand):
    help = (
        "Attack every way to the figures of a class, in a separate database. Exit code: 0 if no "
        f"worlds differ, no upper end exceeds {MOST} and the controls succeed, 1 otherwise."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--victims", type=int, default=200)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--here", action="store_true", help="use this database (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            for row in _rows(options["victims"]):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
            return
        rows = []
        with make_site() as environment:
            told = ("tools.inference_attack", "--here", "--victims", str(options["victims"]))
            for row in run_rows(environment, *told):
                self.stderr.write(format_row(row))
                if "road" in row:
                    rows.append(row)
        self._print(rows, as_json=options["json"])
        if not all(map(row_holds, rows)):
            raise SystemExit(1)

    def _print(self, rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            found = {"name": "attack_figures", "protocol": PROTOCOL, "rows": rows}
            self.stdout.write(json.dumps(found, indent=1))
            return
        self.stdout.write(" | ".join(COLUMNS))
        for row in rows:
            self.stdout.write(" | ".join(str(row[name]) for name in COLUMNS))


def _rows(victims: int) -> Iterator[dict[str, Any]]:
    now = timezone.now()
    return chain(
        results.attack_noise(victims),
        results.attack_reports(victims),
        results.attack_effects(victims),
        results.attack_repeatedly(victims),
        results.compare_worlds(victims, now=now, simulated=True),
        results.compare_worlds(victims, now=now),
    )


def row_holds(row: dict[str, Any]) -> bool:
    """Return whether a row is within its bound; a control must win where figures are exact."""
    if row["road"].startswith("limit"):
        return True
    if row["road"].startswith(results.CONTROL):
        wins = results.PICTURE in row["road"] or attack_surface.DRAFTS in row["road"]
        return not wins or bool(row["accuracy"] > 0.95)
    if row["secret"] == results.BY_TURNS:  # one leaking bit of many hardly moves the upper end
        return bool(row["accuracy"] == 0.5)
    return bool(row["upper"] <= MOST)
