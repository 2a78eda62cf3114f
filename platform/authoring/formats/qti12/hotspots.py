"""Read the areas of a QTI 1.2 item that asks for a place on a picture (render_hotspot).

Polygons (`Bounded`) have one meaning. Programs write a rectangle with two corners, or with a corner
and its sizes in either order: it is read where only one of these fits the picture. Of an ellipse,
the specification has said radii and later diameters, so that none is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats.picture_areas import PLAIN_NUMBER, PictureSize
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode

RENDER = "render_hotspot"
UNCLEAR = _(
    "hotspot without a description of its picture, or whose areas can be read in several ways"
)
_NUMBER = re.compile(PLAIN_NUMBER)
_BETWEEN = re.compile(r"[\s,;]+")
_Corners = tuple[Fraction, Fraction, Fraction, Fraction]
_READINGS: tuple[Callable[[Fraction, Fraction, Fraction, Fraction], _Corners], ...] = (
    lambda x, y, right, bottom: (x, y, right, bottom),
    lambda x, y, width, height: (x, y, x + width, y + height),
    lambda x, y, height, width: (x, y, x + width, y + height),
)


def find_image(presentation: XmlNode) -> XmlNode | None:
    """Return the only picture of an item, where it has a size, a description and no offset."""
    found = presentation.all("matimage")
    if len(found) != 1 or not found[0].get("label").strip():
        return None
    is_shifted = any(found[0].get(name, "0").strip() not in ("0", "") for name in ("x0", "y0"))
    return None if is_shifted or _find_size(found[0]) is None else found[0]


def read_areas(labels: Sequence[XmlNode], image: XmlNode) -> list[Json]:
    """Return the area of each label; none where they can be read in no way, or in several."""
    size = _find_size(image)
    numbers = [_read_numbers(label) for label in labels]
    if size is None or not all(numbers):
        return []
    found: list[list[Json]] = []
    for reading in _READINGS:
        areas = [
            _read_area(label.get("rarea", "Ellipse"), row, size, reading)
            for label, row in zip(labels, numbers, strict=True)
        ]
        kept = [area for area in areas if area]
        if len(kept) == len(areas) and kept not in found:
            found.append(kept)
    return found[0] if len(found) == 1 else []


def _find_size(image: XmlNode) -> PictureSize | None:
    sides = [image.get(name).strip() for name in ("width", "height")]
    if not all(_NUMBER.fullmatch(side) and float(side) for side in sides):
        return None
    return PictureSize(*map(Fraction, sides))


def _read_numbers(label: XmlNode) -> list[Fraction]:
    """Return the numbers of a label, next to which it may have a text; none for other words."""
    own = " ".join(part for part in label.children if isinstance(part, str))
    parts = [part for part in _BETWEEN.split(own) if part]
    found = [Fraction(part) for part in parts if _NUMBER.fullmatch(part)]
    return found if len(found) == len(parts) else []


def _read_area(
    shape: str, numbers: list[Fraction], size: PictureSize, reading: Callable[..., _Corners]
) -> Json | None:
    if shape == "Bounded":
        return size.polygon(numbers) if len(numbers) % 2 == 0 else None
    if shape != "Rectangle" or len(numbers) != 4:
        return None
    left, top, right, bottom = reading(*numbers)
    fits = left < right <= size.width and top < bottom <= size.height
    return size.rectangle(left, top, right, bottom) if fits else None
