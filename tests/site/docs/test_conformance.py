"""Every claim of the buyers' papers has its evidence, and docs/ has the generated papers."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from django.core.management import call_command

from stewardship.conformance.criteria import Conformance, read_criteria
from stewardship.conformance.questionnaire import read_questions
from stewardship.documents import catalogue
from tests.browser.conftest import ASKED_OF_AXE, AXE, NAMED_TO_AXE
from tests.site.docs.test_documented_names import asked_for

ROOT = Path(__file__).resolve().parents[3]
CRITERIA = read_criteria().criteria
# WCAG 2.2 has 31 criteria of level A and 24 of level AA; 4.1.1 was removed.
NUMBERS = {
    "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1"
    " 2.4.1 2.4.2 2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7"
    " 4.1.2",
    "AA": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7"
    " 2.4.11 2.5.7 2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
}
LIST_RULES = """
const axe = require(process.argv[1]);
console.log(JSON.stringify(axe.getRules().map(({ruleId, tags}) => [ruleId, tags])));
"""


@pytest.fixture(scope="module")
def rules():
    """Return each axe rule with its tags."""
    told = subprocess.run(
        ["node", "-e", LIST_RULES, str(AXE)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(told.stdout))


@cache
def list_tests(file: str) -> set[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text()) if path.is_file() else ast.parse("")
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def is_run(rule: str, tags: list[str]) -> bool:
    """Return whether the browser tests run this axe rule."""
    asked = bool(set(tags) & set(ASKED_OF_AXE)) and "experimental" not in tags
    return asked or rule in NAMED_TO_AXE


def fault(criterion, evidence: str, rules) -> str:
    """Return what is wrong with a piece of evidence, or ""."""
    judge, _, name = evidence.partition(":")
    if judge != "axe":
        file, _, test = evidence.partition("::")
        told = test.startswith("test_") and test in list_tests(file)
        return "" if told else f"{criterion.number}: no test {evidence}"
    tags = rules.get(name, [])
    if not is_run(name, tags):
        return f"{criterion.number}: axe does not run {name}"
    of_criteria = {tag for tag in tags if re.fullmatch(r"wcag\d{3,}", tag)}
    own = f"wcag{criterion.number.replace('.', '')}"
    # Best-practice rules have no criterion.
    right = not of_criteria or own in of_criteria or (criterion.number, name) in BESIDE
    return "" if right else f"{criterion.number}: {name} is about {sorted(of_criteria)}"


# Rules that axe tags with one criterion and that also concern another.
BESIDE = {
    ("1.4.4", "meta-viewport"),
    ("2.4.6", "label"),
    ("3.3.2", "label"),
}


def test_each_criterion_of_a_and_aa_is_listed_once():
    found = {level: [] for level in NUMBERS}
    for each in CRITERIA:
        found[each.level].append(each.number)
    assert {level: " ".join(numbers) for level, numbers in found.items()} == NUMBERS
    assert len(CRITERIA) == 55


def test_all_evidence_exists_and_is_about_its_criterion(rules):
    wrong = [fault(each, one, rules) for each in CRITERIA for one in each.evidence]
    assert [one for one in wrong if one] == []


def test_missing_evidence_is_detected(rules):
    one = next(each for each in CRITERIA if each.number == "1.1.1")
    assert fault(one, "axe:no-such-rule", rules)
    assert fault(one, "axe:color-contrast", rules)
    assert fault(one, "axe:color-contrast-enhanced", rules)
    assert fault(one, "tests/browser/lessons/test_lesson.py::test_nothing_of_the_kind", rules)
    assert fault(one, "tests/browser/no_file.py::test_it", rules)


def test_no_criterion_is_met_without_evidence():
    bare = [
        each.number
        for each in CRITERIA
        if each.conformance is Conformance.SUPPORTS and not (each.evidence or each.by_hand)
    ]
    assert bare == []


def test_shortcomings_are_explained_and_manual_tests_dated():
    for each in CRITERIA:
        assert bool(each.limit) == each.is_short, each.number
        assert bool(each.by_hand) == bool(each.checked), each.number
        assert each.remark, each.number


def test_each_file_that_an_answer_names_exists():
    paths = [path for topics in read_questions().values() for one in topics for path in one.proof]
    assert [path for path in paths if not (ROOT / path).is_file()] == []
    assert all(one.proof for topics in read_questions().values() for one in topics)


def test_each_setting_that_names_a_recipient_is_one():
    page = catalogue.make_paper("processors", version("attune"))
    named = set(re.findall(r"`([A-Z_]+)`", page))
    assert len(named) > 5
    assert named <= asked_for()


def test_docs_has_the_generated_papers(tmp_path):
    call_command("compliance_documents", out=str(tmp_path), of_the_program=True)
    for name in catalogue.PAPERS:
        made = (tmp_path / f"{name}.md").read_text()
        assert (ROOT / "docs" / f"{name}.md").read_text() == made, (
            f"manage.py compliance_documents --of-the-program --out docs writes docs/{name}.md"
        )
