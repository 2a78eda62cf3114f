"""No module reads the clock while it is imported: a run of an hour would compare with its start."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CLOCK = re.compile(
    r"(^|\.)(time\.(time|monotonic)|datetime\.(now|today)|date\.today|timezone\.(now|localdate))$"
)
FOLDERS = ("platform", "emotion", "interventions", "bridge", "tools", "tests")
MODULES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def find_clock_reads(tree: ast.AST) -> Iterator[str]:
    """Yield each call of a clock that runs at import; bodies of functions run later."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            at_import = [*getattr(node, "decorator_list", []), *node.args.defaults]
            at_import += [default for default in node.args.kw_defaults if default]
            yield from find_clock_reads(ast.Tuple(at_import))
            continue
        if isinstance(node, ast.Call) and CLOCK.search(ast.unparse(node.func)):
            yield f"line {node.lineno}: {ast.unparse(node)}"
        yield from find_clock_reads(node)


def test_no_module_reads_the_clock_at_import():
    assert len(MODULES) > 1000
    found = {
        str(path.relative_to(ROOT)): reads
        for path in MODULES
        if (reads := list(find_clock_reads(ast.parse(path.read_text()))))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("START = time.time()", 1),
        ("CASES = {'old': {'at': timezone.now() - DAY}}", 1),
        ("@pytest.mark.parametrize('at', [datetime.now(UTC)])\ndef test(at): ...", 1),
        ("def load(now=timezone.now()): ...", 1),
        ("class Row:\n    at = datetime.now(UTC)", 1),
        ("def load():\n    return time.time()", 0),
        ("LATER = lambda: time.time() + 60", 0),
        ("AT = datetime(2026, 1, 5).time()\nNINE = time(9, 30)", 0),
    ],
)
def test_a_read_is_found_where_it_runs_at_import(source, reads):
    assert len(list(find_clock_reads(ast.parse(source)))) == reads
