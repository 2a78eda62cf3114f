"""What tests/vectors/ holds: the same bytes and truths that the JavaScript tests read."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "vectors"


def load(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def names(row: dict) -> str:
    return row["name"]
