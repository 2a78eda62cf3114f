"""`manage.py predictors list|promote|rollback`: the learned artefacts in use."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from emotion import artefacts
from emotion.models.registry import MODELS
from estimates.models import Predictor
from estimates.registry import predictors
from research.registry import promotion

PROTOCOL = "artefacts of this site, checked against their digests"
Row = dict[str, object]


class Command(BaseCommand):
    """Each change is recorded in the audit; workers use it from the next Windows on."""

    help = (
        "Lists the models, puts one in use in place of the current model of its kind (promote), or "
        "restores the model that was in use before (rollback). A model whose card says "
        "`unpromoted` is refused, and no option overrides that: it was not shown to be better than "
        "chance on people it had never seen, and only a model with other figures can change that. "
        "A model is also refused if someone whose data it was trained on has since withdrawn "
        "consent. "
        "Exit code: 0 done, 1 refused, 2 wrong use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three actions; each takes --json."""
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        listing = acts.add_parser("list", help="all registered models and all artefacts")
        promoting = acts.add_parser("promote", help="put a model in use")
        promoting.add_argument("name", metavar="NAME-DIGEST", help="the model's folder")
        rolling_back = acts.add_parser("rollback", help="restore the model that was in use before")
        rolling_back.add_argument("kind", metavar="KIND", choices=MODELS, help=", ".join(MODELS))
        for act in (listing, promoting, rolling_back):
            act.add_argument("--json", action="store_true", help="print the rows as JSON")

    def handle(self, *, act: str, json: bool, **options: Any) -> None:
        """Run the action, then print its rows."""
        rows = _list_all() if act == "list" else [_build_row(_change(act, options, timezone.now()))]
        self.stdout.write(_as_json(rows) if json else "\n".join(map(_format_line, rows)))


def _change(act: str, options: dict[str, Any], now: datetime) -> Predictor:
    try:
        if act == "promote":
            return promotion.promote_by_name(options["name"], now=now)
        return promotion.rollback(options["kind"], None)
    except (predictors.NotPromoted, artefacts.BrokenArtefact, OSError) as why:
        raise CommandError(str(why), returncode=1) from why


def _list_all() -> list[Row]:
    """Return the registered ones, then those in the artefacts' folder that are not registered."""
    known = list(Predictor.objects.order_by("kind", "-active", "name", "digest"))
    names = {str(row) for row in known}
    cards = sorted(Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    return [_build_row(row) for row in known] + [
        _build_unknown_row(card.parent) for card in cards if card.parent.name not in names
    ]


def _build_row(row: Predictor) -> Row:
    return {
        "predictor": str(row),
        "kind": row.kind,
        "state": _state(row),
        "origin": row.origin,
        "title": row.title,
        "since": row.promoted_at.isoformat() if row.active and row.promoted_at else None,
    }


def _state(row: Predictor) -> str:
    if not predictors.folder_of(str(row)).is_dir():
        return "artefact missing"
    if row.active:
        return "in use"
    if row.challenger:
        return "challenger"
    if why := row.card.get(artefacts.UNPROMOTED):
        return f"unpromoted: {why}"
    return "was in use" if row.promoted_at else "registered"


def _build_unknown_row(folder: Path) -> Row:
    try:
        card, _ = artefacts.read(folder)
    except (artefacts.BrokenArtefact, OSError, ValueError):
        return {"predictor": folder.name, "kind": None, "state": "broken", "origin": None,
                "title": None, "since": None}  # fmt: skip
    why = card.get(artefacts.UNPROMOTED)
    return {
        "predictor": folder.name,
        "kind": card["kind"],
        "state": f"unpromoted: {why}" if why else "not registered",
        "origin": card["origin"],
        "title": card["title"],
        "since": None,
    }


def _format_line(row: Row) -> str:
    cells = [row["predictor"], row["kind"] or "-", row["origin"] or "-", row["state"]]
    return "  ".join(f"{text:<{width}}" for text, width in zip(cells, (28, 10, 10, 0), strict=True))


def _as_json(rows: list[Row]) -> str:
    return json.dumps({"name": "predictors", "protocol": PROTOCOL, "rows": rows}, indent=1)
