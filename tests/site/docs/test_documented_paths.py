"""Every path and dotted name in ARCHITECTURE.md and CONTRIBUTING.md exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md")
BASES = (ROOT, ROOT / "platform", ROOT / "static" / "js")
PLACEHOLDER = re.compile(r"<\w+>")
PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")
ENDS = (".py", ".md", ".js", ".json", ".toml", ".yaml", ".txt", ".html")
DOTTED = re.compile(r"[a-z_]\w*(?:\.(?:\w+|\*))+")
MOST_LINES = 120


def mentions(page: str):
    """Yield (quoted name, folders of its row): in a row of the codemap a path may be relative."""
    for line in (ROOT / page).read_text().splitlines():
        folders = folders_of(line)
        for name in re.findall(r"`([^`]+)`", line):
            yield PLACEHOLDER.sub("*", name), [base / f for base in BASES for f in folders]


def folders_of(line: str) -> list[str]:
    """Return the folders in the first column of a row."""
    return re.findall(r"`(\w[\w/]*)`", line.split("|")[1]) if line.startswith("| ") else []


def is_path(name: str) -> bool:
    return bool(PATH.fullmatch(name)) and ("/" in name or name.endswith(ENDS))


def is_dotted(name: str) -> bool:
    places = (base / name.split(".")[0] for base in BASES[:2])
    return bool(DOTTED.fullmatch(name)) and any(place.is_dir() for place in places)


def path_exists(name: str, folders: list[Path]) -> bool:
    """Outside of the codemap a bare file name may be anywhere: `views.py` is in many folders."""
    if any(next(base.glob(name.rstrip("/")), None) for base in (*BASES, *folders)):
        return True
    anywhere = "/" not in name and not folders
    return anywhere and any(next((ROOT / top).rglob(name), None) for top in ("platform", "emotion"))


def defined_in(file: Path, names: list[str]) -> bool:
    """Return whether the module defines `Class.method` or the like, given as a list."""
    body: list[ast.stmt] = ast.parse(file.read_text()).body
    for name in names:
        found = [node for node in body if name in names_bound_by(node)]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def names_bound_by(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    targets = [*getattr(node, "targets", []), getattr(node, "target", None)]
    return {getattr(node, "name", "")} | {ast.unparse(each) for each in targets if each}


def dotted_exists(name: str) -> bool:
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        path, rest = "/".join(parts[:size]), parts[size:]
        for base in BASES[:2]:
            for found in base.glob(f"{path}.py"):
                return defined_in(found, rest)
            for found in base.glob(path):
                return not rest or defined_in(found / "__init__.py", rest)
    return False


@pytest.mark.parametrize("page", PAGES)
def test_each_path_exists(page):
    paths = [(name, folders) for name, folders in mentions(page) if is_path(name)]

    assert len(paths) > 10
    assert [name for name, folders in paths if not path_exists(name, folders)] == []


def test_each_dotted_name_exists():
    names = {name for page in PAGES for name, _ in mentions(page) if is_dotted(name)}
    modules = {name for name in names if not is_path(name)}

    assert len(modules) > 10
    assert [name for name in sorted(modules) if not dotted_exists(name)] == []


def test_each_folder_of_the_codemap_exists():
    lines = (ROOT / "ARCHITECTURE.md").read_text().splitlines()
    folders = {folder for line in lines for folder in folders_of(line)}

    assert len(folders) > 10
    assert [each for each in folders if not any((base / each).is_dir() for base in BASES)] == []


@pytest.mark.parametrize("page", PAGES)
def test_it_is_short(page):
    assert len((ROOT / page).read_text().splitlines()) <= MOST_LINES
