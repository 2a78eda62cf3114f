"""What is wrong with a package, and where: the one error an import ends in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_JSON = 32 * 1024 * 1024


class BrokenPackage(Exception):
    """Names the file, the place in it, and what was expected and found there."""

    def __init__(self, file: str, place: str, what: str) -> None:
        super().__init__(": ".join(part for part in (file, place, what) if part))
        self.file = file
        self.place = place


def load_json(root: Path, name: str) -> Any:
    """Read a JSON file of the package."""
    path = root / name
    if not path.is_file() or path.is_symlink():
        raise BrokenPackage(name, "", "expected this file, found none")
    if path.stat().st_size > MAX_JSON:
        raise BrokenPackage(name, "", f"expected at most {MAX_JSON} bytes")
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BrokenPackage(name, f"byte {error.start}", "expected UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BrokenPackage(name, place, f"expected JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BrokenPackage(name, "", f"expected plain JSON: {error}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"got the number {name}")
