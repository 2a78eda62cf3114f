"""Parameterised questions: a seed always gives the same numbers, prompt and answer."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses.answers.expressions import BadExpression, evaluate, is_true, parse

MAX_TRIES = 1000
_PLACE = re.compile(r"\[\[([a-z])(\|signed)?\]\]")


class BadVariant(ValueError):
    """The description of a parameterised question gives no question."""


@dataclass(frozen=True, slots=True)
class DrawnQuestion:
    """One concrete question: its values, its prompt with them, and the exact answer."""

    values: Mapping[str, Fraction]
    prompt: str
    answer: Fraction


def draw_question(spec: Mapping[str, Any], seed: int) -> DrawnQuestion:
    """Draw the parameters until each constraint is met; `spec` is as in the course package."""
    chance = random.Random(seed)  # noqa: S311 - numbers of an exercise, not of a lock
    for _ in range(MAX_TRIES):
        values = _draw_values(spec, chance)
        if all(is_true(parse(rule), values) for rule in spec["constraints"]):
            answer = evaluate(parse(spec["answer"]), values)
            return DrawnQuestion(values, fill_template(spec["prompt"], values), answer)
    raise BadVariant(f"expected a draw that meets {spec['constraints']}, got none in {MAX_TRIES}")


def fill_template(template: str, values: Mapping[str, Fraction]) -> str:
    """Replace `[[a]]` by its value, and `[[a|signed]]` by its value with sign (`+ 5`, `- 5`)."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise BadVariant(f"expected a value for {match[0]}, got {', '.join(sorted(values))}")
        number = values[match[1]]
        if match[2]:
            return f"{'-' if number < 0 else '+'} {abs(number)}"
        return str(number)

    return _PLACE.sub(put, template)


def _draw_values(spec: Mapping[str, Any], chance: random.Random) -> dict[str, Fraction]:
    found = {
        name: Fraction(_draw_number(name, param, chance)) for name, param in spec["params"].items()
    }
    for name, expression in spec["derived"].items():
        try:
            found[name] = evaluate(parse(expression), found)
        except BadExpression as error:
            raise BadVariant(f"{name} = {expression}: {error}") from error
    return found


def _draw_number(name: str, param: Mapping[str, Any], chance: random.Random) -> int:
    left_out = set(param.get("exclude", ()))
    allowed = [n for n in range(param["min"], param["max"] + 1) if n not in left_out]
    if not allowed:
        raise BadVariant(f"expected a number to draw for {name}, got none")
    return chance.choice(allowed)
