"""Read the areas of a hotspotInteraction: rectangles, in percent of its picture."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import Final

from django.utils.translation import gettext_noop as _

from authoring.formats.question_builder import BuiltChoice, Json, choice_question
from authoring.formats.text.safe_xml import XmlNode
from courses.question_types.hotspot import Hotspot

CHOICE: Final = "hotspotChoice"
NOT_ONE_OF_RECTANGLES: Final = _(
    "hotspot other than one of several rectangles on a picture with its size and a description"
)
NAMES: Final = ascii_uppercase
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?")
_DIGITS: Final = 4


def find_picture(node: XmlNode) -> XmlNode | None:
    """Return the picture with its description; None where a part of it is missing."""
    found = node.first("object", "img")
    if found is None or not (found.text() or found.get("alt").strip()):
        return None
    return found


def read_areas(node: XmlNode, picture: XmlNode) -> dict[str, list[float]]:
    """Return the area of each choice by its identifier; none where one is no rectangle.

    What lies beyond the picture cannot be clicked, and is cut off.
    """
    sizes = [_read_number(picture.get(name)) for name in ("width", "height")]
    found = {one.get("identifier"): _read_area(one, sizes) for one in node.all(CHOICE)}
    return {} if not all(found.values()) else {name: area for name, area in found.items() if area}


def hotspot_question(
    prompt: str, choices: list[BuiltChoice], areas: list[list[float]]
) -> Json | None:
    """Return the question; None where its parts do not fit together."""
    if not 2 <= len(choices) == len(areas):
        return None
    found = choice_question(prompt, choices, several=False)
    rows = [row | {"area": area} for row, area in zip(found["choices"], areas, strict=True)]
    flaw = Hotspot.find_flaw({"choices": rows}, prompt)
    return {**found, "type": Hotspot.kind, "choices": rows} if flaw is None else None


def _read_area(choice: XmlNode, sizes: list[float]) -> list[float] | None:
    coords = [_read_number(part) for part in choice.get("coords").split(",")]
    if choice.get("shape") != "rect" or len(coords) != 4 or min(sizes) <= 0 or min(coords) < 0:
        return None
    left, top, right, bottom = (
        round(100 * min(place / size, 1), _DIGITS)
        for place, size in zip(coords, sizes * 2, strict=True)
    )
    sides = [left, top, round(right - left, _DIGITS), round(bottom - top, _DIGITS)]
    return sides if min(sides[2:]) > 0 else None


def _read_number(text: str) -> float:
    """Return a number of pixels, or -1 for anything else, such as a percentage."""
    return float(text) if _SIZE.fullmatch(text.strip()) else -1.0
