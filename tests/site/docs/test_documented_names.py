"""Pages of docs/ list exactly the names in the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from privacy.models import STATES

ROOT = Path(__file__).resolve().parents[3]
OF_THE_SYSTEM = {"PATH", "PYTHONPATH", "PYTHONWARNINGS", "HOME", "DJANGO_SETTINGS_MODULE"}
ASKED = re.compile(r"(?:env[a-z]+\(|environ(?:\.get)?[\[(])\s*\"([A-Z0-9_]+)\"")


def asked_for() -> set[str]:
    files = [ROOT / "manage.py", *(ROOT / "platform").rglob("*.py")]
    return {name for file in files for name in ASKED.findall(file.read_text())} - OF_THE_SYSTEM


def first_column(page: str) -> set[str]:
    rows = [row for row in (ROOT / "docs" / page).read_text().splitlines() if row.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_page_lists_exactly_the_environment_names():
    told = first_column("env.md")

    # A secret may also come from a file: `NAME_FILE` in place of `NAME`.
    assert asked_for() == told - {f"{name}_FILE" for name in told}


def test_the_states_of_an_erasure_are_listed_in_order():
    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "erasure.md").read_text(), re.MULTILINE)

    assert tuple(told) == STATES


def test_every_stream_is_listed_with_its_number_and_kind():
    streams = json.loads((ROOT / "emotion" / "streams.json").read_text())
    page = (ROOT / "docs" / "streams.md").read_text()

    for stream in streams:
        biometric = "yes" if stream["biometric"] else "no"
        (row,) = re.findall(
            rf"^\| {stream['number']} \| `{stream['name']}` \|.*$", page, re.MULTILINE
        )
        cells = row.split(" | ")
        assert cells[2] == biometric
        assert re.findall(r"`(\w+)`", cells[4]) == stream["backends"]
        for channel in stream["channels"]:
            assert f"`{channel['name']}`" in page


def test_the_map_names_folders_that_exist():
    map_ = (ROOT / "ARCHITECTURE.md").read_text()
    apps = {path.name for path in (ROOT / "platform").iterdir() if (path / "__init__.py").exists()}

    assert {
        app for app in apps if f"`{app}`" not in map_ and f"platform/{app}`" not in map_
    } == set()


def test_the_model_cards_have_the_shipped_figures_and_digests():
    page = (ROOT / "docs" / "model-cards.md").read_text()
    cards = {path.parent.name: json.loads(path.read_text())
             for path in (ROOT / "artefacts").glob("*/card.json")}  # fmt: skip

    for folder, card in cards.items():
        assert f"`{folder.rpartition('-')[2]}`" in page
        for name in ("macro_f1", "logistic_regression_macro_f1", "macro_f1_without_opening"):
            for figure in card["figures"].get(name, []):
                assert f"{figure:.3f}".removeprefix("0") in page
