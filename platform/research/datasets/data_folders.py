"""Data sets that the operator has placed on this machine, for the papers' tables only.

Their owners give them to an institution, not to a site's users, so the operator decides.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from emotion.benchmarks.papers.benchmark import recognise_layout
from research.runs.models import FOLDER_PATTERN


def list_folders() -> dict[str, str]:
    """Return the layout of each data set by the name of its folder."""
    top = settings.DATA_SETS_DIR
    if top is None or not top.is_dir():
        return {}
    named = {path.name: recognise_layout(path) for path in sorted(top.iterdir()) if _fits(path)}
    return {name: layout for name, layout in named.items() if layout}


def path_of(name: str) -> Path:
    """Return the folder of a data set; raises LookupError if it is no longer there."""
    top = settings.DATA_SETS_DIR
    if top is None or name not in list_folders():
        raise LookupError(f"the data set {name} is not in ATTUNE_DATA_SETS_DIR")
    return top / name


def _fits(path: Path) -> bool:
    return path.is_dir() and bool(re.fullmatch(FOLDER_PATTERN, path.name))
