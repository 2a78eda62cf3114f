"""The rubric of a question that people mark: its criteria, each with levels and their points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses.questions.answer_parts import to_fraction

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RubricLevel:
    """One level of a criterion, and the points for reaching it."""

    id: str
    text: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is marked by itself, such as the structure of a text."""

    id: str
    text: str
    levels: tuple[RubricLevel, ...]

    @property
    def most(self) -> Fraction:
        """The points of the best level."""
        return max(level.points for level in self.levels)

    def find_level(self, id: str) -> RubricLevel | None:
        return next((level for level in self.levels if level.id == id), None)


def read_rubric(rows: Iterable[Json]) -> tuple[Criterion, ...]:
    """Read the rubric of a spec or of the column `rubric`."""
    return tuple(
        Criterion(
            row["id"],
            row["text"],
            tuple(
                RubricLevel(each["id"], each["text"], to_fraction(each["points"]))
                for each in row["levels"]
            ),
        )
        for row in rows
    )


def share_of_levels(rubric: Iterable[Criterion], chosen: Mapping[str, str]) -> Fraction | None:
    """Return the share of the points that the chosen levels earn; None until each is chosen."""
    criteria = list(rubric)
    levels = [each.find_level(chosen.get(each.id, "")) for each in criteria]
    found = [level for level in levels if level is not None]
    if not criteria or len(found) < len(criteria):
        return None
    most = sum((each.most for each in criteria), Fraction(0))
    return sum((level.points for level in found), Fraction(0)) / most
