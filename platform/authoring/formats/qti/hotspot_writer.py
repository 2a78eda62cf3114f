"""Write a hotspot question as a hotspotInteraction, whose areas are whole pixels or percent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from mimetypes import guess_type

from django.utils.translation import gettext_noop as _

from authoring.formats import picture_areas
from authoring.formats.picture_areas import QuestionImage
from authoring.formats.qti.response_values import choice_id
from authoring.formats.question_builder import Json
from authoring.formats.text import text_conversion
from courses.media.media_store import LocalCopies
from courses.question_types.hotspot import Hotspot
from courses.questions.areas import AreaSpec, Ellipse, Rectangle
from courses.questions.polygons import Number
from courses.rendering import course_html

FORMATTED_NAME = _("formula or format in the name of an area")
_SOURCE = re.compile(r'<img src="([^"]*)"')
_SHAPES = {Rectangle.shape: "rect", Ellipse.shape: "ellipse"}


def keep_exact(quiz: Json, media: LocalCopies, left_out: Counter[str]) -> Json:
    """Return the quiz without hotspots that have no exact form; the others get their coordinates.

    Those have an `image`, and each of their choices has a `label`, a `shape` and `coords`.
    """
    rows = [
        _prepare(row, media, left_out) if row["type"] == Hotspot.kind else row
        for row in quiz["questions"]
    ]
    return {**quiz, "questions": [row for row in rows if row is not None]}


def write_body(row: Json, rich: Callable[[str], str]) -> str:
    image: QuestionImage = row["image"]
    source = _SOURCE.search(rich(image.markdown))
    kind, _encoding = guess_type(image.path.name)
    choices = "".join(map(_write_choice, row["choices"]))
    return (
        f"<div>{rich(picture_areas.without_image(row['prompt'], image))}</div>\n"
        '<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1">\n'
        f'<object data="{source[1] if source else ""}" type="{kind}" width="{image.width}"'
        f' height="{image.height}">{escape(image.description, quote=False)}</object>\n'
        f"{choices}</hotspotInteraction>"
    )


def write_feedback(row: Json, rich: Callable[[str], str]) -> str:
    """Return the feedback of the areas, which have no place inside the interaction."""
    if "image" not in row:
        return ""
    return "".join(
        f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{choice_id(one["id"])}"'
        f' showHide="show">{rich(one["feedback"])}</modalFeedback>\n'
        for one in row["choices"]
        if one.get("feedback")
    )


def _write_choice(choice: Json) -> str:
    return (
        f'<hotspotChoice identifier="{choice_id(choice["id"])}" shape="{choice["shape"]}"'
        f' coords="{choice["coords"]}" hotspotLabel="{escape(choice["label"])}"/>\n'
    )


def _prepare(row: Json, media: LocalCopies, left_out: Counter[str]) -> Json | None:
    image = picture_areas.find_image(row, media)
    if image is None:
        left_out[picture_areas.NO_SIZE] += 1
        return None
    found = [_write_coords(choice["area"], image) for choice in row["choices"]]
    areas = [area for area in found if area]
    if len(areas) < len(found):
        left_out[picture_areas.UNEVEN] += 1
        return None
    labels = [course_html.linear(choice["text"]) for choice in row["choices"]]
    choices = [
        {**choice, "label": label, "shape": shape, "coords": coords}
        for choice, label, (shape, coords) in zip(row["choices"], labels, areas, strict=True)
    ]
    left_out[FORMATTED_NAME] += sum(_reads(one["label"]) != one["text"] for one in choices)
    return {**row, "image": image, "choices": choices}


def _reads(label: str) -> str:
    """Return the course text that the reader makes of a label."""
    html = f"<p>{escape(label, quote=False)}</p>"
    return text_conversion.html_to_text(html, text_conversion.no_pictures, Counter())


def _write_coords(area: AreaSpec, image: QuestionImage) -> tuple[str, str] | None:
    """Return the shape and its coordinates; None where they are no whole numbers."""
    shape, places = picture_areas.places_of(area)
    found = [
        one
        for x, y in places
        for one in (_write_length(x, image.across(x)), _write_length(y, image.down(y)))
    ]
    if None in found:
        return None
    numbers = [one for one in found if one is not None]
    if shape == Ellipse.shape and numbers[2] == numbers[3] and "%" not in numbers[2]:
        return "circle", ",".join(numbers[:3])
    return _SHAPES.get(shape, "poly"), ",".join(numbers)


def _write_length(percent: Number, pixels: int | None) -> str | None:
    if pixels is not None:
        return str(pixels)
    return f"{percent}%" if percent.denominator == 1 else None
