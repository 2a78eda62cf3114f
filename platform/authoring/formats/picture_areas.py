"""Areas of a picture between pixels, which other formats have, and percent, which course.json has.

Nothing is rounded to the next pixel: a writer leaves out an area that has no exact form there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as _

from authoring.formats.package_images import file_of_course
from courses.media.media_store import LocalCopies
from courses.question_types.hotspot import Hotspot
from courses.questions import areas
from courses.questions.areas import AreaSpec, Box, Ellipse, Rectangle, exact, read_area
from courses.questions.polygons import Number, Point

if TYPE_CHECKING:
    from PIL import Image

Json = dict[str, Any]
UNEVEN = _("hotspot question whose areas are not whole pixels or percent of its picture")
NO_SIZE = _("hotspot question whose picture has no known size")
_DIGITS = 4
# A percentage with that many digits is a whole number of pixels where it is this near to one.
_NEAR = Fraction(1, 2 * 10**_DIGITS)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(([A-Za-z0-9._/-]+)\)")
_FEWEST_CORNERS, _MOST_CORNERS = 3, 100
# No picture has more pixels, and a longer number would be no number for Python.
PLAIN_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
# Those that browsers show; Pillow knows many more.
_KINDS = ("PNG", "JPEG", "GIF", "WEBP")
# How a JPEG says that it is to be turned, which its size does not.
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class PictureSize:
    """The width and height that the pixels of an area refer to."""

    width: Fraction
    height: Fraction

    def rectangle(self, left: Fraction, top: Fraction, right: Fraction, bottom: Fraction) -> Json:
        """Return the area between two corners; what lies beyond the picture is cut off."""
        x1, y1 = self._percent(min(left, self.width), min(top, self.height))
        x2, y2 = self._percent(min(right, self.width), min(bottom, self.height))
        return {"area": [x1, y1, tidy(exact(x2) - exact(x1)), tidy(exact(y2) - exact(y1))]}

    def ellipse(self, x: Fraction, y: Fraction, across: Fraction, down: Fraction) -> Json:
        center, radii = self._percent(x, y), self._percent(across, down)
        return {"area": {"center": center, "radii": radii}}

    def polygon(self, numbers: Sequence[Fraction]) -> Json | None:
        """Return the area with these corners, x and y in turn; a last one may repeat the first.

        None for fewer than three corners, or for more than a question can have.
        """
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        kept = [
            pair for pair, after in zip(pairs, pairs[1:] + pairs[:1], strict=True) if pair != after
        ]
        if not _FEWEST_CORNERS <= len(kept) <= _MOST_CORNERS:
            return None
        return {"area": {"points": [self._percent(*pair) for pair in kept]}}

    def _percent(self, x: Fraction, y: Fraction) -> list[float]:
        return [tidy(100 * x / self.width), tidy(100 * y / self.height)]


@dataclass(frozen=True, slots=True)
class QuestionImage:
    """The picture of a hotspot question: its Markdown, its file and its size in pixels."""

    markdown: str
    description: str
    path: Path
    width: int
    height: int

    def across(self, percent: Number) -> int | None:
        """Return a share of the width in pixels; None where it is no whole number."""
        return _round_exactly(percent, self.width)

    def down(self, percent: Number) -> int | None:
        return _round_exactly(percent, self.height)


def find_image(row: Mapping[str, Any], media: LocalCopies) -> QuestionImage | None:
    """Return the picture of a hotspot question; None where its size is unknown."""
    found = _IMAGE.search(row["prompt"])
    try:
        path = file_of_course(media, found[2]) if found else None
    except FileNotFoundError:
        return None
    size = measure_picture(path) if path else None
    if found is None or path is None or size is None:
        return None
    return QuestionImage(found[0], found[1], path, *size)


def without_image(prompt: str, image: QuestionImage) -> str:
    """Return the text of a question without its picture, and without the line that it leaves."""
    lines = prompt.replace(image.markdown, "\0", 1).split("\n")
    return "\n".join(line.replace("\0", "").strip() for line in lines if line.strip() != "\0")


def measure_picture(file: Path | BytesIO) -> tuple[int, int] | None:
    """Return width and height as a browser shows them; None for what it would turn."""
    # Imported here, because only Authors need it in a web process.
    from PIL import Image

    try:
        with Image.open(file, formats=_KINDS) as opened:
            return None if _is_turned(opened) else opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _is_turned(opened: Image.Image) -> bool:
    """Return whether a browser would turn the picture; one with damaged words on it is not."""
    try:
        return bool(opened.getexif().get(_ORIENTATION, 1) != 1)
    except (struct.error, OSError, ValueError, SyntaxError, LookupError, TypeError):
        return False


def places_of(spec: AreaSpec) -> tuple[str, Sequence[Point]]:
    """Return the shape of an area, and in percent its corners, or its center and its radii."""
    area = read_area(spec)
    if isinstance(area, Ellipse):
        return area.shape, (area.center, (exact(area.across), exact(area.down)))
    corners = area.corners
    return area.shape, corners[::2] if isinstance(area, Rectangle) else corners


def bounds_of(spec: AreaSpec) -> Box:
    """Return two opposite corners of the rectangle around an area, in percent."""
    return areas.bounds_of(read_area(spec))


def hotspot_of(question: Json, found: Sequence[Json]) -> Json | None:
    """Return a question with one correct choice or more as a hotspot; None where it cannot be one.

    `found` has what each of its choices gets.
    """
    if not 2 <= len(question["choices"]) == len(found):
        return None
    rows = [row | area for row, area in zip(question["choices"], found, strict=True)]
    made = {**question, "type": Hotspot.kind, "choices": rows}
    return made if Hotspot.find_flaw(made, made["prompt"]) is None else None


def _round_exactly(percent: Number, size: int) -> int | None:
    pixels = Fraction(percent * size, 100)
    near = round(pixels)
    return near if abs(pixels - near) <= _NEAR * size / 100 else None


def tidy(number: Fraction) -> float:
    """Return a percentage with four digits, without decimal places where it has none."""
    found = round(float(number), _DIGITS)
    return int(found) if found.is_integer() else found
