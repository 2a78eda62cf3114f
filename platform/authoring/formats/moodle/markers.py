"""Read a question in which markers are dragged onto a picture (ddmarker).

Each marker earns an equal share where it hits its own zone. It becomes a hotspot question, in
which the zones of the other markers are wrong. An only marker gets the largest strip of the
picture next to its zone as a wrong area: people who select an area by name need two.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from string import ascii_uppercase
from urllib.parse import quote

from django.utils.translation import gettext_noop as _

from authoring.formats import picture_areas
from authoring.formats.moodle.embedded_files import PREFIX
from authoring.formats.moodle.texts import QuestionTexts, child, children, value_of
from authoring.formats.picture_areas import PictureSize
from authoring.formats.question_builder import BuiltChoice, Json, choice_question
from authoring.formats.text.safe_xml import XmlNode

NOT_ONE_ZONE_EACH = _(
    "marker question other than markers with one zone each, which earn equal points"
)
NO_DESCRIPTION = _('description of a picture, which Moodle does not have (here "Picture")')
_DESCRIPTION = "Picture"
_NUMBER = re.compile(r"[0-9]{1,9}")
_NUMBERS = {"circle": 3, "rectangle": 4}


@dataclass(frozen=True, slots=True)
class _Marker:
    text: str
    area: Json


def is_small(width: int, height: int) -> bool:
    """Return whether Moodle shows a picture as it is: it shrinks others and leaves the zones."""
    return width <= 600 and height <= 400


def read_markers(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> list[Json]:
    """Return a hotspot question for each marker; none where they do not say the same."""
    picture = _read_picture(node, texts)
    markers = _find_markers(node, texts, picture[1]) if picture else []
    found: list[Json | None] = []
    if picture is not None:
        text = texts.convert(asked)
        found = [_build_question(text, picture[0], markers, at) for at in range(len(markers))]
    questions = [one for one in found if one is not None]
    if not questions or len(questions) < len(markers):
        texts.left_out[NOT_ONE_ZONE_EACH] += 1
        return []
    texts.left_out[NO_DESCRIPTION] += 1
    return questions


def _build_question(text: str, picture: str, markers: list[_Marker], right: int) -> Json | None:
    """Return the question for one marker.

    Its areas are in their order from the left, so that their names do not tell which is right.
    """
    marker, rows = markers[right], markers if len(markers) > 1 else _with_rest(markers[0])
    rows = sorted(rows, key=lambda row: picture_areas.bounds_of(row.area["area"]))
    # A single sign, such as the X of our own files, says nothing where it is the only marker.
    label = marker.text if len(markers) > 1 or len(marker.text) > 1 else ""
    prompt = "\n".join(part for part in (text, label, picture) if part)
    names = zip(ascii_uppercase, rows, strict=False)
    choices = [BuiltChoice(name, one is marker) for name, one in names]
    question = choice_question(prompt, choices, several=False)
    return picture_areas.hotspot_of(question, [one.area for one in rows])


def _with_rest(marker: _Marker) -> list[_Marker]:
    """Return the marker, and the largest strip of the picture next to its zone."""
    (left, top), (right, bottom) = picture_areas.bounds_of(marker.area["area"])
    none, whole = Fraction(0), Fraction(100)
    strips = [
        (left, (none, none, left, whole)),
        (top, (none, none, whole, top)),
        (whole - right, (right, none, whole - right, whole)),
        (whole - bottom, (none, bottom, whole, whole - bottom)),
    ]
    size, strip = max(strips, key=lambda one: one[0])
    if size <= 0:
        return [marker]
    return [marker, _Marker("", {"area": [picture_areas.tidy(Fraction(side)) for side in strip]})]


def _find_markers(node: XmlNode, texts: QuestionTexts, size: PictureSize) -> list[_Marker]:
    """Return each marker with its zone; none where one has several, or may be used again."""
    drops = {value_of(one, "choice"): one for one in children(node, "drop")}
    drags = children(node, "drag")
    once = all(value_of(one, "noofdrags", "1") == "1" for one in drags)
    endless = any(children(one, "infinite") for one in drags)
    used = {value_of(one, "no") for one in drags}
    if not once or endless or not len(used) == len(drags) == len(children(node, "drop")):
        return []
    areas = {number: _read_zone(drop, size) for number, drop in drops.items()}
    found = [(texts.convert(drag), areas.get(value_of(drag, "no"))) for drag in drags]
    markers = [_Marker(text, area) for text, area in found if text and area]
    return markers if len(markers) == len(drags) else []


def _read_zone(drop: XmlNode, size: PictureSize) -> Json | None:
    """Return the area of a zone: `x,y;radius`, `x,y;width,height` or the corners of a polygon."""
    shape, coords = value_of(drop, "shape"), value_of(drop, "coords")
    parts = [part.strip() for part in re.split("[;,]", coords)]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = [Fraction(part) for part in parts]
    if shape == "polygon" and len(numbers) % 2 == 0:
        return size.polygon(numbers)
    if len(numbers) != _NUMBERS.get(shape):
        return None
    x, y = numbers[:2]
    if shape == "circle":
        return size.ellipse(x, y, numbers[2], numbers[2])
    return size.rectangle(x, y, x + numbers[2], y + numbers[3])


def _read_picture(node: XmlNode, texts: QuestionTexts) -> tuple[str, PictureSize] | None:
    """Return the picture under the markers as course text, and its size; None without them."""
    file = child(node, "file")
    try:
        data = base64.b64decode("".join(file.raw().split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    found = picture_areas.measure_picture(BytesIO(data))
    if found is None or not is_small(*found):
        return None
    html = f'<img src="{PREFIX}{quote(file.get("name"))}" alt="{_DESCRIPTION}">'
    holder = XmlNode("", attributes={"format": "html"}, children=[file])
    width, height = map(Fraction, found)
    return texts.convert_source(html, holder), PictureSize(width, height)
