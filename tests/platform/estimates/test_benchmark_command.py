"""`manage.py benchmark NAME` prints the report of each benchmark in the registry."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError

from emotion.benchmarks import BenchmarkReport, registry
from emotion.benchmarks.registry import BENCHMARKS
from estimates.management.commands import benchmark

FOLDER = Path(registry.__file__).parent


def add_arguments(parser):
    parser.add_argument("--count", type=int, default=2)


def measure(options, say):
    say(f"counting to {options['count']}")
    rows = [
        {"n": n, "share": [0.5, 0.25, 0.75], "fit": 1 / 3, "note": None}
        for n in range(options["count"])
    ]
    return BenchmarkReport("tiny", "all of them, seed 1", rows)


@pytest.fixture
def planted(monkeypatch):
    """A benchmark that counts."""
    tiny = ModuleType("tiny", "How small things may be; 50 % of them.\n\nMore about it.")
    tiny.add_arguments, tiny.run = add_arguments, measure
    monkeypatch.setattr(benchmark, "BENCHMARKS", {"tiny": tiny})


def run(*arguments):
    out = StringIO()
    call_command("benchmark", *arguments, stdout=out)
    return out.getvalue()


def test_every_file_is_in_the_registry():
    modules = {module.name for module in iter_modules([str(FOLDER)])}
    files = {name for name in modules if not name.startswith("_")}
    # `class` is a reserved word, so its folder has another name.
    assert files - {"registry", "class_parts"} == set(BENCHMARKS) - {"class"}
    assert BENCHMARKS["class"].__name__ == "emotion.benchmarks.class_parts.benchmark"


@pytest.mark.usefixtures("planted")
def test_it_prints_the_protocol_and_a_line_a_row():
    said = run("tiny").splitlines()
    assert said[0] == "all of them, seed 1"
    assert said[1:] == [
        "n 0  share 0.500 (0.250 to 0.750)  fit 0.3333  note None",
        "n 1  share 0.500 (0.250 to 0.750)  fit 0.3333  note None",
    ]


@pytest.mark.usefixtures("planted")
def test_figures_come_as_json_rows():
    told = json.loads(run("tiny", "--json", "--count", "1"))
    assert told == {
        "name": "tiny",
        "protocol": "all of them, seed 1",
        "rows": [{"n": 0, "share": [0.5, 0.25, 0.75], "fit": 1 / 3, "note": None}],
    }


@pytest.mark.usefixtures("planted")
def test_progress_is_not_among_the_figures(capsys):
    assert "counting" not in run("tiny", "--json")
    assert "s  counting to 2" in capsys.readouterr().err


@pytest.mark.usefixtures("planted")
def test_help_names_each_benchmark_with_its_first_line_and_its_own_options():
    command = load_command_class("estimates", "benchmark")
    parser = command.create_parser("manage.py", "benchmark")
    assert "How small things may be; 50 % of them." in parser.format_help()
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(["tiny", "--help"])
    assert stopped.value.code == 0


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [(("huge",), "invalid choice"), (("tiny", "--huge"), "unrecognized"), ((), "required")],
)
def test_wrong_use_is_refused(arguments, why):
    with pytest.raises(CommandError, match=why):
        run(*arguments)


@pytest.mark.parametrize("name", ["kt", "wearable", "signals"])
def test_a_folder_without_the_data_is_refused_by_name(name, tmp_path):
    with pytest.raises(CommandError, match=f"{tmp_path}") as wrong:
        run(name, "--data", str(tmp_path))
    assert wrong.value.returncode == 2


def test_every_benchmark_is_whole_and_its_options_load_no_torch():
    parser = load_command_class("estimates", "benchmark").create_parser("manage.py", "benchmark")
    assert all(callable(module.run) and module.__doc__ for module in BENCHMARKS.values())
    assert all(name in parser.format_help() for name in BENCHMARKS)
    code = "import sys, emotion.benchmarks.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
