"""Canvas's question groups: sections of a test from which each attempt draws some questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from authoring.formats.question_builder import Json, as_json
from authoring.formats.text.safe_xml import XmlNode
from courses.models.question import MOST_POINTS
from courses.questions.random_questions import MOST_DRAWN, MOST_ENTRIES

_COUNT = re.compile(r"[1-9]\d{0,2}")


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Items of which each attempt draws `count`, each worth `points`.

    `source` is the name of the question bank that has the items, or "".
    """

    section: XmlNode
    title: str
    count: int
    points: int | float
    items: tuple[XmlNode, ...]
    source: str = ""

    def entry(self, tag: str) -> Json:
        """Return the group as an entry of `random_questions`."""
        weight = {} if self.points == 1 else {"points": self.points}
        return {"tag": tag, "count": self.count, **weight}


def find_groups(test: XmlNode, banks: Mapping[str, XmlNode]) -> list[QuestionGroup]:
    """Return the groups of a test that can be drawn here exactly as there; none if too many."""
    found = (_read_group(section, banks) for section in test.all("section"))
    groups = [group for group in found if group is not None]
    return groups if len(groups) <= MOST_ENTRIES else []


def _read_group(section: XmlNode, banks: Mapping[str, XmlNode]) -> QuestionGroup | None:
    selection = _only_selection(section)
    if selection is None:
        return None
    count, points = _text_of(selection, "selection_number"), _read_points(selection)
    source = _text_of(selection, "sourcebank_ref")
    bank = banks.get(source)
    items = [node for node in section.nodes if node.name == "item"]
    if bank is not None and not items:
        items = bank.all("item")
    elif source:
        return None
    if points is None or not _COUNT.fullmatch(count) or not 0 < int(count) <= MOST_DRAWN:
        return None
    title = section.get("title")
    return QuestionGroup(section, title, int(count), points, tuple(items), source)


def _only_selection(section: XmlNode) -> XmlNode | None:
    """Return the selection of a section that has one, and no section inside."""
    found = [
        one for node in section.nodes if node.name == "selection_ordering" for one in node.nodes
    ]
    nested = any(node.name == "section" for node in section.nodes)
    return found[0] if len(found) == 1 and found[0].name == "selection" and not nested else None


def _text_of(node: XmlNode, name: str) -> str:
    found = node.first(name)
    return found.text() if found else ""


def _read_points(selection: XmlNode) -> int | float | None:
    """Return the points of each drawn question; None where a test here cannot have them."""
    try:
        points = Decimal(_text_of(selection, "points_per_item"))
    except InvalidOperation:
        return None
    if not points.is_finite() or not Decimal("0.01") <= points <= MOST_POINTS or points * 100 % 1:
        return None
    return as_json(f"{points.normalize():f}")
