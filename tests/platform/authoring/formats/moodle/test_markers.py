"""Markers of Moodle: each with one zone is a hotspot question, and anything else is counted."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from PIL import Image

from authoring.formats import moodle
from authoring.formats.course_builder import Package
from authoring.formats.moodle.markers import NO_DESCRIPTION, NOT_ONE_ZONE_EACH
from authoring.formats.unsupported_messages import POINTS, ROUNDED_POINTS
from tests.fixtures.question_items import item_of_spec
from tests.platform.authoring.formats.inputs import DATA, content_of

# 240 by 60 pixels.
PICTURE = base64.b64encode((DATA / "every-kind/ruler.png").read_bytes()).decode()
FILE = f'<file name="a ruler.png" encoding="base64">{PICTURE}</file>'
CIRCLE, RECTANGLE = ("circle", "24,30;12"), ("rectangle", "120,0;60,30")
POLYGON = ("polygon", "192,6;228,6;192,54")


# A comb of 101 corners.
MANY = (
    "polygon",
    ";".join(["0,60", *(f"{at},{(at % 2) * 20}" for at in range(1, 100)), "100,60"]),
)


def drag(number, text, more="<noofdrags>1</noofdrags>"):
    return f"<drag><no>{number}</no><text>{text}</text>{more}</drag>"


def drop(number, zone, choice=None):
    return (
        f"<drop><no>{number}</no><shape>{zone[0]}</shape><coords>{zone[1]}</coords>"
        f"<choice>{choice or number}</choice></drop>"
    )


def read(folder, parts, *, points="2", file=FILE, more=""):
    text = (
        '<quiz><question type="ddmarker"><name><text>Towns</text></name>'
        '<questiontext format="html"><text><![CDATA[<p>Where is it?</p>]]></text></questiontext>'
        f"<generalfeedback><text>So.</text></generalfeedback><defaultgrade>{points}</defaultgrade><penalty>0</penalty>{more}"
        f"{file}{''.join(parts)}</question></quiz>"
    )
    root = folder / "package"
    root.mkdir()
    (root / "a.xml").write_text(text, encoding="utf-8")
    content, left_out = content_of(moodle, Package(root, "a"), folder)
    return [row for unit in content["units"] for row in unit["questions"]], left_out


TWO = [drag(1, "Rome"), drag(2, "Oslo"), drop(1, CIRCLE), drop(2, RECTANGLE)]


def test_each_marker_becomes_a_question_in_which_the_other_zones_are_wrong(tmp_path):
    rows, left_out = read(tmp_path, TWO)
    assert left_out == {NO_DESCRIPTION: 1}
    assert [row["id"] for row in rows] == ["towns-1", "towns-2"]
    assert {row["group"] for row in rows} == {"towns"}
    assert [row["prompt"].split("\n")[:2] for row in rows] == [
        ["Where is it?", "Rome"], ["Where is it?", "Oslo"]]  # fmt: skip
    circle = {"center": [10, 50], "radii": [5, 20]}
    for row, right in zip(rows, ([True, False], [False, True]), strict=True):
        assert row["type"] == "hotspot"
        assert row["explanation"] == "So."
        assert "points" not in row
        assert [one["text"] for one in row["choices"]] == ["A", "B"]
        assert [one["area"] for one in row["choices"]] == [circle, [50, 0, 25, 50]]
        assert [one["correct"] for one in row["choices"]] == right
    asked = item_of_spec(rows[0])
    assert [asked.is_correct(place) for place in ("10,70", "10,70.01", "60,10")] == [
        True, False, False]  # fmt: skip


def test_the_points_are_shared_equally(tmp_path):
    rows, _ = read(tmp_path, TWO, points="5.0000000")
    assert [row["points"] for row in rows] == [2.5, 2.5]


def test_points_that_cannot_be_divided_are_rounded_and_counted(tmp_path):
    three = [*TWO, drag(3, "Bonn"), drop(3, POLYGON)]
    rows, left_out = read(tmp_path, three, points="1.0000000")
    assert [row["points"] for row in rows] == [0.33] * 3
    assert left_out == {NO_DESCRIPTION: 1, ROUNDED_POINTS: 1}


def test_points_beyond_the_most_are_counted(tmp_path):
    rows, left_out = read(tmp_path, TWO, points="1e40")
    assert ["points" in row for row in rows] == [False, False]
    assert left_out == {NO_DESCRIPTION: 1, POINTS: 1}


def test_the_areas_are_named_by_their_place_and_not_by_their_marker(tmp_path):
    rows, _ = read(tmp_path, [*TWO[:2], drop(1, RECTANGLE), drop(2, CIRCLE)])
    assert [row["prompt"].split("\n")[1] for row in rows] == ["Rome", "Oslo"]
    for row, right in zip(rows, ([False, True], [True, False]), strict=True):
        assert [(one["text"], one["correct"]) for one in row["choices"]] == list(
            zip("AB", right, strict=True)
        )
        assert "center" in row["choices"][0]["area"]


def picture_file(width, height):
    made = BytesIO()
    Image.new("1", (width, height)).save(made, "PNG")
    return (
        f'<file name="a.png" encoding="base64">{base64.b64encode(made.getvalue()).decode()}</file>'
    )


@pytest.mark.parametrize(("size", "count"), [((600, 400), 2), ((601, 400), 0), ((600, 401), 0)])
def test_a_picture_that_moodle_would_shrink_is_counted(tmp_path, size, count):
    rows, left_out = read(tmp_path, TWO, file=picture_file(*size))
    assert len(rows) == count
    assert left_out[NOT_ONE_ZONE_EACH] == (count == 0)


def test_an_only_marker_gets_the_rest_of_the_picture_as_a_wrong_area(tmp_path):
    (row,), left_out = read(tmp_path, [drag(1, "Rome"), drop(1, POLYGON)])
    assert left_out == {NO_DESCRIPTION: 1}
    assert (row["id"], row["points"]) == ("towns", 2)
    assert [(one["correct"], one["area"]) for one in row["choices"]] == [
        (False, [0, 0, 80, 100]),
        (True, {"points": [[80, 10], [95, 10], [80, 90]]}),
    ]
    assert row["prompt"].split("\n")[1] == "Rome"


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ([*TWO, drop(3, POLYGON, 1)], {}),
        ([*TWO, drag(3, "Bonn")], {}),
        ([drag(1, "Rome", "<infinite/>"), *TWO[1:]], {}),
        ([drag(1, "Rome", "<noofdrags>2</noofdrags>"), *TWO[1:]], {}),
        ([*TWO[:3], drop(2, ("circle", "30,30;12"))], {}),
        ([*TWO[:3], drop(2, ("circle", "230,30;12"))], {}),
        ([*TWO[:3], drop(2, ("circle", "100,30"))], {}),
        ([*TWO[:3], drop(2, ("polygon", "192,6;228,54;228,6;192,54"))], {}),
        ([*TWO[:3], drop(2, ("square", "120,0;60,30"))], {}),
        ([*TWO[:3], drop(2, ("rectangle", "120.5,0;60,30"))], {}),
        ([*TWO[:3], drop(2, ("circle", f"{'1' * 5000},30;12"))], {}),
        ([*TWO[:3], drop(2, ("polygon", f"{'1' * 400},6;228,6;192,54"))], {}),
        ([drag(1, "Rome"), drop(1, ("polygon", "5,5"))], {}),
        ([drag(1, "Rome"), drop(1, ("polygon", "5,5;5,5;5,5"))], {}),
        ([drag(1, "Rome"), drop(1, ("polygon", ";".join(["1,1"] * 20)))], {}),
        ([drag(1, "Rome"), drop(1, MANY)], {}),
        (TWO, {"file": ""}),
        (TWO, {"file": '<file name="a.png" encoding="base64">AAAA</file>'}),
        ([drag(1, "Rome"), drop(1, ("rectangle", "0,0;240,60"))], {}),
        ([drag(1, "Rome")], {}),
        ([], {}),
    ],
    ids=["two zones", "no zone", "endless", "twice", "overlap", "outside", "no radius", "crossing",
         "square", "half", "5000 digits", "400 digits", "one corner", "equal corners",
         "twenty equal corners", "101 corners", "no file", "no picture", "whole", "zoneless",
         "nothing"],
)  # fmt: skip
def test_other_markers_are_counted(tmp_path, parts, fields):
    rows, left_out = read(tmp_path, parts, **fields)
    assert rows == []
    assert left_out[NOT_ONE_ZONE_EACH] == 1
