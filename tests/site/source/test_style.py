"""The code budgets of design §10, and the linters."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("attune_client", "bridge", "platform", "emotion", "interventions", "tools")
LONGEST_FUNCTION, LARGEST_FILE, MEDIAN, P90 = 60, 300, 10, 32


def sources() -> list[Path]:
    found = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    return [file for file in found if "migrations" not in file.parts]


def functions():
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield file.relative_to(ROOT), node


def lines_of(file: Path) -> int:
    lines = (line.strip() for line in file.read_text().splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_functions_are_short():
    lengths = {
        f"{file}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file, node in functions()
    }
    ordered = sorted(lengths.values())

    assert [name for name, length in lengths.items() if length > LONGEST_FUNCTION] == []
    assert statistics.median(ordered) <= MEDIAN
    assert ordered[int(0.9 * (len(ordered) - 1))] <= P90


def test_files_are_short():
    assert [str(file) for file in sources() if lines_of(file) > LARGEST_FILE] == []


def test_every_function_has_a_return_annotation():
    assert [f"{file}:{node.name}" for file, node in functions() if node.returns is None] == []


def test_every_module_has_a_docstring():
    silent = [
        str(file.relative_to(ROOT))
        for file in sources()
        if file.name != "__init__.py" and not ast.get_docstring(ast.parse(file.read_text()))
    ]

    assert silent == []


def test_ruff_finds_nothing():
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


@pytest.mark.long
def test_mypy_finds_nothing():
    run("mypy")
