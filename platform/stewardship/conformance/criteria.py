"""Success criteria of WCAG 2.2 A and AA: how far each is met, and the evidence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("criteria.toml")


class Conformance(StrEnum):
    """Degrees of conformance, in the terms of the template (VPAT)."""

    SUPPORTS = "Supports"
    PARTIALLY = "Partially Supports"
    NOT = "Does Not Support"
    ABSENT = "Not Applicable"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One success criterion; `limit` tells users what is missing if it is not fully met."""

    number: str
    name: str
    level: str
    conformance: Conformance
    remark: str
    limit: str
    evidence: tuple[str, ...]
    by_hand: str
    checked: date | None

    @property
    def is_short(self) -> bool:
        """Return whether something is missing."""
        return self.conformance in (Conformance.PARTIALLY, Conformance.NOT)

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))


@dataclass(frozen=True, slots=True)
class CriteriaFile:
    """All criteria, and the date of the last review."""

    day: date
    criteria: tuple[Criterion, ...]

    def of_level(self, level: str) -> list[Criterion]:
        return [each for each in self.criteria if each.level == level]

    @property
    def short(self) -> list[Criterion]:
        """Return the criteria in which something is missing."""
        return [each for each in self.criteria if each.is_short]


@cache
def read_criteria() -> CriteriaFile:
    """Return the content of the file. Raises KeyError or ValueError if it has an error."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = sorted(map(_criterion, data["criterion"]), key=lambda each: each.order)
    return CriteriaFile(data["day"], tuple(found))


def _criterion(row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        number=row["number"],
        name=row["name"],
        level=row["level"],
        conformance=Conformance[row["conformance"].upper()],
        remark=row["remark"],
        limit=row.get("limit", ""),
        evidence=tuple(row.get("evidence", ())),
        by_hand=row.get("by_hand", ""),
        checked=row.get("checked"),
    )
