"""`manage.py runs list|show|start|cancel`: training runs from a shell, as on their pages."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from emotion.models.registry import RECIPES
from research import access
from research.management.command_user import add_by_option, researcher, stop_on_refusal
from research.models import Run
from research.runs import run_requests, view_model

PROTOCOL = "figures are for people left out of training; the model card explains each"
NEWEST = 50
LEAKY = "leaky: no result"
NO_SNAPSHOT = "their studies have no snapshot with this id: manage.py snapshots list"
NO_RUN = "there is no training run with this id: manage.py runs list"
Row = dict[str, object]
Options = dict[str, Any]


class Command(BaseCommand):
    """Each action is recorded in the audit with its user, as on the page."""

    help = (
        "Lists the training runs, compares the figures of some (show), queues one (start) or stops "
        "one (cancel). A worker of the queue `slow` trains the model, which is not in use until "
        "it is promoted (`predictors`). What the pages for researchers refuse is refused here with "
        "the same words. "
        "Exit code: 0 done, 1 refused, 2 wrong use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four actions; each takes --json."""
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        listing = acts.add_parser("list", help=f"the latest {NEWEST}, with their progress")
        showing = acts.add_parser("show", help="every figure; those with data leakage are marked")
        showing.add_argument("runs", metavar="ID", type=UUID, nargs="+")
        starting = acts.add_parser("start", help="queue a training run")
        starting.add_argument("recipe", metavar="RECIPE", choices=RECIPES, help=", ".join(RECIPES))
        starting.add_argument(
            "--snapshot", metavar="ID", type=UUID, help="without one: simulated people"
        )
        cancelling = acts.add_parser("cancel", help="stop one that is waiting or in progress")
        cancelling.add_argument("run", metavar="ID", type=UUID)
        for act in (starting, cancelling):
            add_by_option(act)
        for act in (listing, showing, starting, cancelling):
            act.add_argument("--json", action="store_true", help="print the rows as JSON")

    def handle(self, *, act: str, json: bool, **options: Any) -> None:
        """Run the action, then print its rows."""
        found = ACTS[act](options, timezone.now())
        rows = [_build_row(run) for run in found]
        lines = [_format_line(row) for row in rows] + (
            _format_figures(found) if act == "show" else []
        )
        self.stdout.write(_as_json(rows) if json else "\n".join(lines))


def _list_newest(_: Options, __: datetime) -> list[Run]:
    return list(Run.objects.order_by("-asked_at")[:NEWEST])


def _find_runs(options: Options, _: datetime) -> list[Run]:
    found = {run.id: run for run in Run.objects.filter(id__in=options["runs"])}
    if set(options["runs"]) - found.keys():
        raise CommandError(NO_RUN, returncode=1)
    return [found[id] for id in options["runs"]]


def _start(options: Options, now: datetime) -> list[Run]:
    by, named = researcher(options["by"]), options["snapshot"]
    with stop_on_refusal(NO_SNAPSHOT, run_requests.NotStarted):
        snapshot = access.snapshot(by, named) if named else None
        return [run_requests.start(options["recipe"], snapshot, by, now=now)]


def _cancel(options: Options, now: datetime) -> list[Run]:
    by = researcher(options["by"])
    with stop_on_refusal(NO_RUN):
        run = access.run(by, options["run"])
    run_requests.cancel(run, by, now=now)
    run.refresh_from_db()
    return [run]


ACTS = {"list": _list_newest, "show": _find_runs, "start": _start, "cancel": _cancel}


def _build_row(run: Run) -> Row:
    return {
        "run": str(run.id),
        "recipe": run.recipe,
        "data": "simulated" if run.simulated else str(run.snapshot_id or "deleted"),
        "state": run.state,
        "epoch": run.epoch,
        "epochs": run.epochs,
        "predictor": run.artefact or None,
        "figures": run.figures,
    }


def _format_line(row: Row) -> str:
    progress = f"{row['state']} {row['epoch']}/{row['epochs']}" if row["epochs"] else row["state"]
    cells = (row["run"], row["recipe"], row["data"], progress, row["predictor"] or "")
    return "  ".join(f"{text:<{n}}" for text, n in zip(cells, (36, 9, 36, 14, 0), strict=True))


def _format_figures(found: list[Run]) -> list[str]:
    """Return the figures side by side, as on the page."""
    lines = view_model.compare_figures([run.figures or {} for run in found])
    return [
        f"{line.name:<36}  "
        + "".join(f"{value or '-':<24}" for value in line.values)
        + (LEAKY if line.leaky else "")
        for line in lines
    ]


def _as_json(rows: list[Row]) -> str:
    return json.dumps({"name": "runs", "protocol": PROTOCOL, "rows": rows}, indent=1)
