"""A Rule is a file of data: no code knows it by its identity, and each named help exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from adaptation.offers.help_options import MAKERS, NAMED_MAKERS
from interventions import catalogue
from interventions.rules import KINDS, NAMED_HELP

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("platform", "emotion", "interventions", "bridge", "tools")
RULE_ID = re.compile(r"R[1-9][0-9]?")


def find_rule_ids(text):
    """Return the strings of a module that are the identity of a built-in rule."""
    constants = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    texts = [node.value for node in constants if isinstance(node.value, str)]
    return [text for text in texts if RULE_ID.fullmatch(text)]


def test_no_module_names_a_rule():
    assert find_rule_ids("HELP = {('R5', 'message'): 1}") == ["R5"]
    files = [file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 500
    found = {str(file.relative_to(ROOT)): find_rule_ids(file.read_text()) for file in files}
    assert {file: names for file, names in found.items() if names} == {}


def test_each_kind_and_each_named_help_can_be_made():
    assert set(MAKERS) == set(KINDS)
    assert set(NAMED_MAKERS) == set(NAMED_HELP)


def test_each_named_help_is_used_by_a_rule_that_offers_its_kind():
    named = [(rule, kind) for rule in catalogue.load() for kind in rule.help]
    assert all(kind in rule.step for rule, kind in named)
    assert {rule.help[kind] for rule, kind in named} == set(NAMED_HELP)
    assert all(set(rule.practice_kinds) <= set(rule.step) for rule in catalogue.load())
