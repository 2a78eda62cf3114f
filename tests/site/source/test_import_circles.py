"""No module imports itself through others: not for types, and not inside a function either."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("emotion", "interventions", "bridge", "tools")


def find_modules(root: Path) -> dict[str, Path]:
    """Return the modules of the apps and packages by their dotted names."""
    files = [(root / "platform", file) for file in (root / "platform").rglob("*.py")]
    files += [(root, file) for package in PACKAGES for file in (root / package).rglob("*.py")]
    return {name_of(file.relative_to(base)): file for base, file in files}


def name_of(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_by(file: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules else node.module for name in full)


def find_circle(root: Path) -> list[str]:
    """Return the modules of one circle, or nothing."""
    modules = find_modules(root)
    graph = {
        name: set(imported_by(file, modules)) & modules.keys() - {name}
        for name, file in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return sorted(set(found.args[1]))
    return []


def test_no_import_goes_in_a_circle():
    assert len(find_modules(ROOT)) > 1000
    assert find_circle(ROOT) == []


@pytest.mark.parametrize(
    "back",
    ["import vault.b", "def f():\n    from vault import b", "if T:\n    from vault.b import X"],
)
def test_a_planted_circle_is_found(tmp_path, back):
    (tmp_path / "platform/vault").mkdir(parents=True)
    (tmp_path / "platform/vault/a.py").write_text(back)
    (tmp_path / "platform/vault/b.py").write_text("from vault.c import Y")
    (tmp_path / "platform/vault/c.py").write_text("from vault import a")
    assert find_circle(tmp_path) == ["vault.a", "vault.b", "vault.c"]
