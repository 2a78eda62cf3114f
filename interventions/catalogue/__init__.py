"""The built-in rules."""

from __future__ import annotations

from pathlib import Path

from interventions import rules
from interventions.rules import Rule


def load() -> tuple[Rule, ...]:
    """Read and check the shipped rules."""
    return rules.load_rules(Path(__file__).parent)
