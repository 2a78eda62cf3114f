"""Read the areas of a hotspotInteraction, in percent of its picture."""

from __future__ import annotations

import re
from fractions import Fraction
from string import ascii_uppercase
from typing import Final

from django.utils.translation import gettext_noop as _

from authoring.formats.picture_areas import PLAIN_NUMBER, PictureSize
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode

INTERACTION: Final = "hotspotInteraction"
CHOICE: Final = "hotspotChoice"
NOT_ONE_OF_AREAS: Final = _(
    "hotspot other than one of several areas on a picture with its size and a description"
)
NAMES: Final = ascii_uppercase
_SIZE = re.compile(PLAIN_NUMBER)
_LENGTH = re.compile(rf"({PLAIN_NUMBER})(%?)")
_NUMBERS: Final = {"rect": 4, "circle": 3, "ellipse": 4}


def find_picture(node: XmlNode) -> XmlNode | None:
    """Return the picture with its description; None where a part of it is missing."""
    found = node.first("object", "img")
    if found is None or not (found.text() or found.get("alt").strip()):
        return None
    return found


def read_areas(node: XmlNode, picture: XmlNode) -> dict[str, Json]:
    """Return the area of each choice by its identifier; none where one cannot be read."""
    width, height = (_SIZE.fullmatch(picture.get(name).strip()) for name in ("width", "height"))
    if not (width and height and float(width[0]) and float(height[0])):
        return {}
    size = PictureSize(Fraction(width[0]), Fraction(height[0]))
    found = {one.get("identifier"): _read_area(one, size) for one in node.all(CHOICE)}
    areas = {name: area for name, area in found.items() if area}
    return areas if len(areas) == len(node.all(CHOICE)) else {}


def _read_area(choice: XmlNode, size: PictureSize) -> Json | None:
    shape, parts = choice.get("shape"), choice.get("coords").split(",")
    wanted = _NUMBERS.get(shape, len(parts))
    if shape not in (*_NUMBERS, "poly") or len(parts) != wanted or (shape == "poly" and wanted % 2):
        return None
    sides = (size.width, size.height) * len(parts)
    found = [_read_length(part, side) for part, side in zip(parts, sides, strict=False)]
    numbers = [one for one in found if one is not None]
    # A share of the picture does not say which side a radius is a share of.
    if len(numbers) < len(parts) or (shape == "circle" and "%" in parts[2]):
        return None
    if shape == "poly":
        return size.polygon(numbers)
    if shape == "rect":
        return size.rectangle(*numbers)
    return size.ellipse(numbers[0], numbers[1], numbers[2], numbers[-1])


def _read_length(text: str, side: Fraction) -> Fraction | None:
    """Return a number of pixels, or a share of a side of the picture; None for anything else."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        return None
    return Fraction(found[1]) * (side / 100 if found[2] else 1)
