"""`manage.py snapshots list|freeze|import`: a Researcher's Snapshots, from a shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from consent.scopes import STREAMS
from research import access
from research.datasets import dataset_import
from research.datasets.public_datasets import DATA_SETS
from research.management.command_user import add_by_option, researcher, stop_on_refusal
from research.models import Snapshot
from research.snapshots import snapshot_requests
from research.snapshots.snapshot_requests import DAYS, SnapshotRequest
from research.studies import study_setup

PROTOCOL = "counts at the time each was created"
Row = dict[str, object]
Options = dict[str, Any]


class Command(BaseCommand):
    """Each action is recorded in the audit with its user, as on the page."""

    help = (
        "Lists the snapshots of the studies that a researcher is named in, creates one of a course "
        "(freeze), or imports the archive of a public data set as one (import). A worker of the "
        "queue `slow` creates it, and `runs start` trains on it. What the page refuses is refused "
        "here with the same words. An export of people of this site cannot be imported again: it "
        "would include people who have withdrawn since. Exit code: 0 done, 1 refused, 2 wrong use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three actions; each takes --by and --json."""
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        listing = acts.add_parser("list", help="those of the studies they are named in")
        freezing = acts.add_parser("freeze", help="create one from people who allow research")
        freezing.add_argument("course", metavar="SLUG")
        freezing.add_argument("streams", metavar="STREAM", nargs="+", choices=STREAMS)
        freezing.add_argument(
            "--days", type=int, choices=DAYS, default=7, help="past days to include"
        )
        freezing.add_argument(
            "--unlabelled", action="store_true", help="include unlabelled windows"
        )
        importing = acts.add_parser("import", help="import the archive of a public data set")
        names = ", ".join(DATA_SETS)
        importing.add_argument("data_set", metavar="DATA_SET", choices=DATA_SETS, help=names)
        importing.add_argument(
            "file", metavar="FILE", type=Path, help="as its authors distribute it"
        )
        for act in (freezing, importing):
            act.add_argument("--study", metavar="ID", type=UUID, required=True)
        for act in (listing, freezing, importing):
            add_by_option(act)
            act.add_argument("--json", action="store_true", help="print the rows as JSON")

    def handle(self, *, act: str, by: str, json: bool, **options: Any) -> None:
        """Run the action, then print its rows."""
        rows = [_build_row(each) for each in ACTS[act](researcher(by), options, timezone.now())]
        self.stdout.write(_as_json(rows) if json else "\n".join(map(_format_line, rows)))


def _list_own(by: User, _: Options, __: datetime) -> list[Snapshot]:
    return list(access.snapshots(by).order_by("-asked_at"))


def _freeze(by: User, options: Options, now: datetime) -> list[Snapshot]:
    with stop_on_refusal(_list_open_studies(by, now)):
        study = access.study(by, options["study"])
    with stop_on_refusal(f"expected the slug of a course, got {options['course']}"):
        course = access.course(by, options["course"])
        wish = SnapshotRequest(
            study, course, options["streams"], options["days"], options["unlabelled"]
        )
        return [snapshot_requests.ask(wish, by, now=now)]


def _import(by: User, options: Options, now: datetime) -> list[Snapshot]:
    data_set = DATA_SETS[options["data_set"]]
    with (
        stop_on_refusal(_list_open_studies(by, now), dataset_import.NotImported),
        _open_file(options["file"]) as file,
    ):
        study = access.study(by, options["study"])
        return [dataset_import.import_archive(study, data_set, File(file), by, now=now)]


def _open_file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as wrong:
        raise CommandError(f"{path}: {wrong.strerror}", returncode=1) from None


def _list_open_studies(by: User, now: datetime) -> str:
    there = [f"{study.id} ({study.title})" for study in study_setup.list_open(by, now=now)]
    return f"--study: expected one of theirs: {', '.join(there) or 'they have no active study'}"


ACTS = {"list": _list_own, "freeze": _freeze, "import": _import}


def _build_row(row: Snapshot) -> Row:
    return {
        "snapshot": str(row.id),
        "study": str(row.study_id),
        "of": row.title,
        "state": row.state,
        "why": row.why,
        "people": row.people + row.simulated,
        "windows": row.windows,
        "digest": row.digest,
    }


def _format_line(row: Row) -> str:
    cells = (row["snapshot"], row["study"], row["state"], f"{row['windows']} windows", row["of"])
    line = "  ".join(f"{text:<{n}}" for text, n in zip(cells, (36, 36, 6, 13, 0), strict=True))
    return f"{line}: {row['why']}" if row["why"] else line


def _as_json(rows: list[Row]) -> str:
    return json.dumps({"name": "snapshots", "protocol": PROTOCOL, "rows": rows}, indent=1)
