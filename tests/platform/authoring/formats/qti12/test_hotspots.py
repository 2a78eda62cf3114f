"""A place on a picture in QTI 1.2: areas with one meaning are read, and the rest is counted."""

from __future__ import annotations

import shutil

import pytest

from authoring.formats.qti12.hotspots import UNCLEAR
from tests.fixtures.question_items import EVERY_KIND, item_of_spec
from tests.platform.authoring.formats.qti12.items import equal, read_item, text, when

IMAGE = '<matimage imagtype="image/png" uri="ruler.png" label="Rulers" width="240" height="60"/>'
SQUARE, FLAG = ("Rectangle", "24,10,20,20"), ("Bounded", "120,6,180,6,120,54")


def area(name, shape, coords, words=""):
    named = text(words) if words else ""
    return f'<response_label ident="{name}" rarea="{shape}">{coords}{named}</response_label>'


def asks(*areas, element="response_xy", image=IMAGE):
    labels = "".join(area(name, *one) for name, one in zip("abc", areas, strict=False))
    return (
        f'<{element} ident="R" rcardinality="Single"><render_hotspot><material>{image}</material>'
        f"{labels}</render_hotspot></{element}>"
    )


def read(folder, parts, conditions=None):
    (folder / "package").mkdir()
    shutil.copy(EVERY_KIND / "ruler.png", folder / "package")
    return read_item(folder, parts, conditions or when(equal("b")))


@pytest.mark.parametrize("element", ["response_xy", "response_lid"])
def test_polygons_and_plain_rectangles_become_areas(tmp_path, element):
    row, left_out = read(tmp_path, asks((*SQUARE, "The box"), FLAG, element=element))
    assert left_out == {}
    assert row["type"] == "hotspot"
    assert row["prompt"].startswith("Which?\n![Rulers](")
    assert [(one["text"], one["correct"], one["area"]) for one in row["choices"]] == [
        ("The box", False, [10, 16.6667, 8.3333, 33.3333]),
        ("B", True, {"points": [[50, 10], [75, 10], [50, 90]]}),
    ]
    asked = item_of_spec(row)
    assert [asked.is_correct(place) for place in ("50,90", "75,10.01", "15,20")] == [
        True, False, False]  # fmt: skip


def test_the_other_areas_say_how_a_rectangle_is_meant(tmp_path):
    """The second one is beyond the picture unless it has two corners."""
    row, left_out = read(tmp_path, asks(("Rectangle", "0,0,24,30"), ("Rectangle", "200,30,240,60")))
    assert left_out == {}
    assert [one["area"] for one in row["choices"]] == [
        [0, 0, 10, 50], [83.3333, 50, 16.6667, 50]]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "conditions"),
    [
        (asks(("Rectangle", "10,5,30,20"), FLAG), None),
        (asks(("Ellipse", "24,30,10,10"), FLAG), None),
        (asks(("", "24,30,10,10"), FLAG), None),
        (asks(SQUARE, ("Bounded", "120,6,180,6,120")), None),
        (asks(SQUARE, ("Bounded", "120,6,180,54,180,6,120,54")), None),
        (asks(SQUARE, ("Bounded", "20,6,180,6,20,54")), None),
        (asks(SQUARE, ("Bounded", "120,6,280,6,120,54")), None),
        (asks(SQUARE, ("Bounded", "120,6,a,6,120,54")), None),
        (asks(SQUARE, ("Bounded", "120,6")), None),
        (asks(SQUARE, ("Bounded", f"{'1' * 400},6,180,6,120,54")), None),
        (asks(SQUARE, ("Bounded", f"{'1' * 5000},6,180,6,120,54")), None),
        (asks(SQUARE, FLAG, image=IMAGE.replace("240", "1" * 400)), None),
        (asks(FLAG), when(equal("a"))),
        (asks(SQUARE, FLAG, image=IMAGE.replace("Rulers", "")), None),
        (asks(SQUARE, FLAG, image=IMAGE.replace(' width="240"', "")), None),
        (asks(SQUARE, FLAG, image=IMAGE.replace("/>", ' x0="5" y0="5"/>')), None),
        (asks(SQUARE, FLAG, image=""), None),
        (asks(SQUARE, FLAG, image=IMAGE.replace("ruler", "away")), None),
    ],
    ids=["either", "ellipse", "default", "odd", "crossing", "overlap", "outside", "word", "corner",
         "400 digits", "5000 digits", "wide", "alone",
         "description", "size", "shifted", "none", "missing"],
)  # fmt: skip
def test_other_areas_are_counted(tmp_path, parts, conditions):
    row, left_out = read(tmp_path, parts, conditions)
    assert row is None
    assert left_out[UNCLEAR] == 1


def test_a_place_that_is_compared_with_an_area_is_counted(tmp_path):
    inside = '<varinside respident="R" areatype="Bounded">120,6,180,6,120,54</varinside>'
    row, left_out = read(tmp_path, asks(SQUARE, FLAG), when(inside))
    assert row is None
    assert sum(left_out.values()) == 1


def test_marks_for_two_areas_are_counted(tmp_path):
    both = when(equal("a")) + when(equal("b"))
    row, left_out = read(tmp_path, asks(SQUARE, FLAG), both)
    assert row is None
    assert left_out == {"scoring that cannot be represented here": 1}


def test_a_share_for_a_wrong_area_is_counted(tmp_path):
    row, left_out = read(tmp_path, asks(SQUARE, FLAG), when(equal("a"), "50") + when(equal("b")))
    assert [one["correct"] for one in row["choices"]] == [False, True]
    assert sum(left_out.values()) == 1
    assert "part of the points" in next(iter(left_out))
