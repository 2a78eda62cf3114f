"""Each equation of a paper is named in exactly one docstring, and has a test."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("emotion", "interventions", "platform")

# Paper -> the numbers of its equations.
EQUATIONS = {1: range(1, 8), 2: range(1, 2), 3: range(1, 9)}

SAID = re.compile(r"\bpaper (\d), equation (\d+)\b", re.IGNORECASE)
TESTED = re.compile(r"^(?:    )?def test_paper_(\d)_equation_(\d+)_", re.MULTILINE)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

ALL = [(paper, number) for paper, numbers in EQUATIONS.items() for number in numbers]


def docstrings(file):
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return [ast.get_docstring(node) or "" for node in nodes if isinstance(node, DOCUMENTED)]


@pytest.fixture(scope="module")
def docstring_counts():
    """Count the docstrings that name each equation."""
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    named = [set(SAID.findall(text)) for file in files for text in docstrings(file)]
    return Counter((int(paper), int(number)) for each in named for paper, number in each)


@pytest.fixture(scope="module")
def tested():
    files = (ROOT / "tests" / "emotion").rglob("test_*.py")
    found = [pair for file in files for pair in TESTED.findall(file.read_text(encoding="utf-8"))]
    return {(int(paper), int(number)) for paper, number in found}


@pytest.mark.parametrize(("paper", "number"), ALL)
def test_it_is_in_exactly_one_docstring(docstring_counts, paper, number):
    assert docstring_counts[paper, number] == 1


@pytest.mark.parametrize(("paper", "number"), ALL)
def test_it_has_a_test_of_its_name(tested, paper, number):
    assert (paper, number) in tested


def test_no_docstring_names_an_unknown_equation(docstring_counts):
    assert {pair for pair in docstring_counts if pair[0] in EQUATIONS} <= set(ALL)
