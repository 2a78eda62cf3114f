"""`manage.py train RECIPE`: train in a process of its own, one thread, fixed kernels."""

from __future__ import annotations

import json
import subprocess
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from emotion.models.registry import RECIPES, RecipeMeta
from emotion.training import recipe as recipes
from estimates.registry import training_command


def _list_recipes(recipes: Mapping[str, RecipeMeta]) -> str:
    return "; ".join(f"{name}: {recipe.title}" for name, recipe in recipes.items())


class Command(BaseCommand):
    """Train, print the figures, and compare with an existing artefact of that name."""

    help = (
        f"Train RECIPE ({_list_recipes(RECIPES)}; or the path of a TOML file of your own that "
        "names one of these kinds) and save it under --out. With --data - a snapshot's bytes come "
        f"on standard input ({', '.join(n for n, own in RECIPES.items() if own.train_on_data)}); "
        "--data may also be the folder of a public data set "
        f"({', '.join(n for n, own in RECIPES.items() if own.public_data)}). "
        "Where a shipped one is there already and the new digest differs, print the largest weight "
        "difference and exit with 1. A training that was killed goes on after its last whole epoch "
        "when it is asked for once more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare RECIPE, --data, --out and --json."""
        parser.add_argument(
            "recipe", help=f"{', '.join(recipes.names())}, or a path to a TOML file"
        )
        parser.add_argument("--data", type=Path, help="folder of the data set, or -")
        parser.add_argument("--out", type=Path, default=Path(settings.ARTEFACTS_DIR))
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *, recipe: str, data: Path | None, out: Path, json: bool, **_: Any) -> None:
        """Run the training and print its report."""
        recipe = _check_recipe(recipe, data)
        report = _run(recipe, out.resolve(), data)
        self.stdout.write(_as_json(recipe, report) if json else _as_lines(report))
        difference = report["largest_difference"]
        if report.get("expected", report["path"]) != report["path"]:
            self.stderr.write(
                f"expected {report['expected']}, got {report['path']}: "
                f"largest weight difference {difference:.3g}"
            )
            raise SystemExit(1)


def _check_recipe(recipe: str, data: Path | None) -> str:
    """Return the recipe's name or full path; raises CommandError for wrong kinds or data."""
    try:
        path = recipes.find(recipe)
        recipes.refuse_other_data(recipes.kind(path), str(data or ""))
    except recipes.WrongRecipe as wrong:
        raise CommandError(str(wrong), returncode=2) from None
    return recipe if recipes.is_shipped(path) else str(path)


def _run(recipe: str, out: Path, data: Path | None) -> dict[str, Any]:
    over_input = str(data) == training_command.FROM_STDIN
    argument = str(data if over_input or data is None else data.resolve())
    found = subprocess.run(
        training_command.command(recipe, out, argument if data else ""),
        cwd=settings.BASE_DIR,
        env=training_command.environment(),
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if found.returncode:
        raise CommandError(f"training stopped with {found.returncode}", returncode=2)
    report: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return report


def _as_lines(report: dict[str, Any]) -> str:
    lines = [f"{name:42} {_format_value(value)}" for name, value in report["figures"].items()]
    return "\n".join([report["path"], *lines])


def _format_value(value: Any) -> str:
    if isinstance(value, dict):
        return f"curves of {', '.join(value)}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"{len(value)} points"
    if isinstance(value, list):
        return f"{value[0]:.3f}  ({value[1]:.3f} to {value[2]:.3f})"
    return f"{value:g}"


def _as_json(recipe: str, report: dict[str, Any]) -> str:
    rows = [{"figure": name, "value": value} for name, value in report["figures"].items()]
    return json.dumps({"name": recipe, "artefact": report["path"], "rows": rows}, indent=1)
