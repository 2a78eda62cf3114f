"""Write a hotspot question as one marker (ddmarker), whose zone is the correct area."""

from __future__ import annotations

import base64
from collections import Counter
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats import picture_areas
from authoring.formats.moodle.markers import is_small
from authoring.formats.picture_areas import QuestionImage
from authoring.formats.question_builder import Json
from courses.media.media_store import LocalCopies
from courses.question_types.hotspot import Hotspot
from courses.questions.areas import AreaSpec, Ellipse, Rectangle

NO_MARKER = _(
    "hotspot question without exactly one correct area in whole pixels, or with a picture of more "
    "than 600 by 400 pixels"
)
WRONG_AREA = _("incorrect area of a hotspot (Moodle has only the correct one)")
NAME = _("name of an area")
FEEDBACK = _("feedback for an area")
# What is dragged says nothing about where it belongs.
_LABEL = "X"


def keep_exact(quiz: Json, media: LocalCopies, left_out: Counter[str]) -> Json:
    """Return the quiz without hotspots that are no marker.

    The others get their `image` and a `zone`, and their prompt is without the picture.
    """
    rows = [
        _prepare(row, media, left_out) if row["type"] == Hotspot.kind else row
        for row in quiz["questions"]
    ]
    return {**quiz, "questions": [row for row in rows if row is not None]}


def write_marker(row: Json) -> str:
    image: QuestionImage = row["image"]
    content = base64.b64encode(image.path.read_bytes()).decode()
    shape, coords = row["zone"]
    return (
        f'<file name="{escape(image.path.name)}" path="/" encoding="base64">{content}</file>\n'
        f"<drag>\n<no>1</no>\n<text>{_LABEL}</text>\n<noofdrags>1</noofdrags>\n</drag>\n"
        f"<drop>\n<no>1</no>\n<shape>{shape}</shape>\n<coords>{coords}</coords>\n"
        "<choice>1</choice>\n</drop>\n"
    )


def _prepare(row: Json, media: LocalCopies, left_out: Counter[str]) -> Json | None:
    image = picture_areas.find_image(row, media)
    right = [one for one in row["choices"] if one["correct"]]
    zone = _write_zone(right[0]["area"], image) if image and len(right) == 1 else None
    if image is None or zone is None or not is_small(image.width, image.height):
        left_out[NO_MARKER] += 1
        return None
    left_out[WRONG_AREA] += len(row["choices"]) - len(right)
    left_out[NAME] += len(right)
    left_out[FEEDBACK] += bool(right[0].get("feedback"))
    prompt = picture_areas.without_image(row["prompt"], image) or image.description
    return {**row, "prompt": prompt, "image": image, "zone": zone}


def _write_zone(area: AreaSpec, image: QuestionImage) -> tuple[str, str] | None:
    """Return the shape and the coordinates of a zone; None where they are no whole pixels."""
    shape, places = picture_areas.places_of(area)
    found = [(image.across(x), image.down(y)) for x, y in places]
    pairs = [(x, y) for x, y in found if x is not None and y is not None]
    if len(pairs) < len(found):
        return None
    if shape == Ellipse.shape:
        (x, y), (across, down) = pairs
        return ("circle", f"{x},{y};{across}") if across == down else None
    if shape == Rectangle.shape:
        (left, top), (right, bottom) = pairs
        return "rectangle", f"{left},{top};{right - left},{bottom - top}"
    return "polygon", ";".join(f"{x},{y}" for x, y in pairs)
