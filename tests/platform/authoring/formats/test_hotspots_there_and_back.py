"""Hotspots in QTI and Moodle XML: written exactly, read again field by field, or counted."""

from __future__ import annotations

import re
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.formats import moodle, qti, registry
from authoring.formats.archive_writer import Content
from authoring.formats.course_builder import Package
from authoring.formats.moodle import marker_writer
from authoring.formats.picture_areas import UNEVEN, find_image, without_image
from authoring.formats.text import safe_xml
from authoring.media.storage import MediaShelf
from courses.questions.areas import read_area
from tests.fixtures.media_files import LocalFolder
from tests.fixtures.question_items import EVERY_KIND, item_of_spec, specs_of_every_kind

VERSIONS = ["qti", "qti22", "qti3"]
# Those of the picture.
WIDTH, HEIGHT = 240, 60
SKILL = {"slug": "measure", "name": "Measure", "prerequisites": []}
SPOTTED = next(row for row in specs_of_every_kind() if row["type"] == "hotspot")


def package_of(question):
    unit = {"id": "u", "kind": "quiz", "title": "U", "skills": ["measure"], "questions": [question]}
    return {"slug": "c", "title": "C", "language": "en", "units": [unit], "skills": [SKILL]}


def write(name, question, folder: Path):
    """Write the files of an export into a folder; return what it leaves out."""
    files, left_out = registry.FORMATS[name].write(package_of(question), LocalFolder(EVERY_KIND))
    for place, content in files.items():
        save(content, folder / place)
    return +left_out


def save(content: Content, target: Path):
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copy(content, target)
    else:
        target.write_text(content, encoding="utf-8", newline="")


def read(name, folder: Path):
    shelf = MediaShelf(folder, uuid.UUID(int=1), "/media/")
    reader = moodle if name == "moodle" else qti
    content, left_out = reader.read(Package(folder, "c"), shelf)
    rows = [row for unit in content["units"] for row in unit["questions"]]
    return rows, +left_out


def text_of(row):
    """Return the description of the picture, and the text without it."""
    found = re.search(r"!\[([^\]]*)\]\([^)]*\)", row["prompt"])
    return found[1], row["prompt"].replace(found[0], "").strip()


def fields_of(row):
    names = ("text", "correct", "area", "feedback")
    choices = [{name: one.get(name) for name in names} for one in row["choices"]]
    return row["id"], row["type"], text_of(row), row.get("explanation"), choices


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize("right", [("m",), ("l", "m"), ("c",)], ids=str)
def test_each_field_of_a_hotspot_comes_back_from_qti(tmp_path, name, right):
    rows = [row | {"correct": row["id"] in right} for row in SPOTTED["choices"]]
    question = SPOTTED | {"choices": rows}
    left_out = write(name, question, tmp_path)
    assert left_out == {"difficulty of a question": 1, "skill of a question": 1}
    (back,), lost = read(name, tmp_path)
    assert lost == {}
    assert fields_of(back) == fields_of(question)


def test_a_file_of_qti_has_pixels_and_percent(tmp_path):
    write("qti3", SPOTTED, tmp_path)
    xml = (tmp_path / "items/spotted.xml").read_text()
    assert re.findall(r'shape="(\w+)" coords="([^"]*)"', xml) == [
        ("rect", "0,0,48,60"),
        ("rect", "96,0,144,60"),
        ("circle", "192,30,12"),
        ("poly", "62%,6,168,6,66%,30"),
    ]
    assert '<object data="../images/ruler.png" type="image/png" width="240" height="60">' in xml
    assert "<qti-hotspot-choice " in xml
    assert 'hotspot-label="the arrow"' in xml


percents = st.integers(0, 100)
pixels = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)).map(
    lambda place: [round(100 * place[0] / WIDTH, 4), round(100 * place[1] / HEIGHT, 4)]
)
places = st.one_of(st.tuples(percents, percents).map(list), pixels)
polygons = st.lists(places, min_size=3, max_size=6).map(lambda points: {"points": points})
ellipses = st.tuples(places, places).map(lambda pair: {"center": pair[0], "radii": pair[1]})
rectangles = st.tuples(percents, percents, percents, percents).map(list)
exact_areas = st.one_of(polygons, ellipses, rectangles).filter(
    lambda spec: read_area(spec).fits and read_area(spec).is_plain
)
FAR = [
    {"text": "far", "id": "f", "correct": False, "area": area}
    for area in ([0, 0, 1, 1], [99, 99, 1, 1])
]


def question_of(area):
    """Return a question with this correct area, and a wrong one in a corner that it leaves free."""
    for far in FAR:
        row = {"text": "near", "id": "n", "correct": True, "area": area}
        question = SPOTTED | {"choices": [row, far]}
        if item_of_spec(question).find_flaw(question, question["prompt"]) is None:
            return question
    return None


@settings(max_examples=40, deadline=None)
@given(area=exact_areas, name=st.sampled_from(VERSIONS))
def test_areas_in_whole_pixels_or_percent_come_back_from_qti(area, name):
    question = question_of(area)
    if question is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        left_out = write(name, question, Path(folder))
        (back,), _ = read(name, Path(folder))
    assert UNEVEN not in left_out
    assert read_area(back["choices"][0]["area"]) == read_area(area)


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize(
    "area",
    [
        [40.5, 0, 20, 100],
        {"center": [50.1, 50], "radii": [5, 20]},
        {"points": [[40, 1.5], [60, 0], [60, 100]]},
    ],
)
def test_an_area_between_two_pixels_is_counted(tmp_path, name, area):
    question = question_of(area)
    assert write(name, question, tmp_path)[UNEVEN] == 1
    assert not (tmp_path / "items").exists()


def test_a_picture_without_a_file_is_counted(tmp_path):
    question = SPOTTED | {"prompt": SPOTTED["prompt"].replace("ruler", "away")}
    left_out = write("qti", question, tmp_path)
    assert left_out["hotspot question whose picture has no known size"] == 1


def test_a_formula_in_the_name_of_an_area_is_counted(tmp_path):
    rows = [SPOTTED["choices"][0] | {"text": "$x^2$"}, *SPOTTED["choices"][1:]]
    assert write("qti", SPOTTED | {"choices": rows}, tmp_path)[
        "formula or format in the name of an area"] == 1  # fmt: skip


@pytest.mark.parametrize("right", ["l", "m", "c"])
def test_a_hotspot_with_one_correct_area_is_one_marker_of_moodle(tmp_path, right):
    rows = [row | {"correct": row["id"] == right} for row in SPOTTED["choices"]]
    question = SPOTTED | {"choices": rows, "points": 3}
    left_out = write("moodle", question, tmp_path)
    assert left_out[marker_writer.WRONG_AREA] == 3
    assert left_out[marker_writer.NAME] == 1
    assert left_out[marker_writer.FEEDBACK] == (right in "lc")
    (back,), _ = read("moodle", tmp_path)
    wanted = next(one for one in rows if one["correct"])["area"]
    assert [one["area"] for one in back["choices"] if one["correct"]] == [wanted]
    assert text_of(back) == ("Picture", text_of(question)[1])
    kept = ("id", "type", "explanation", "points")
    assert [back[name] for name in kept] == [question[name] for name in kept]
    again = tmp_path / "again"
    shown = back | {"skill": "measure", "prompt": question["prompt"]}
    write("moodle", shown, again)
    first, second = (folder / "questions.xml" for folder in (tmp_path, again))
    assert second.read_text() == first.read_text()


@pytest.mark.parametrize(
    "areas",
    [
        [[40.5, 0, 20, 100]],
        [{"points": [[62, 10], [70, 10], [66, 50]]}],
        [{"center": [50, 50], "radii": [10, 20]}],
        [[0, 0, 20, 100], [40, 0, 20, 100]],
    ],
    ids=["half", "pixels", "ellipse", "two"],
)
def test_a_hotspot_that_is_no_marker_is_counted(tmp_path, areas):
    rows = [
        {"id": f"a{at}", "text": f"a{at}", "correct": True, "area": area}
        for at, area in enumerate(areas)
    ]
    far = {"id": "f", "text": "far", "correct": False, "area": [90, 0, 10, 100]}
    left_out = write("moodle", SPOTTED | {"choices": [*rows, far]}, tmp_path)
    assert left_out[marker_writer.NO_MARKER] == 1
    assert "ddmarker" not in (tmp_path / "questions.xml").read_text()


def lies_in_zone(shape, coords, x, y):
    """Return whether Moodle takes a place in pixels as inside a zone."""
    numbers = [int(number) for number in re.split("[;,]", coords)]
    if shape == "circle":
        return (x - numbers[0]) ** 2 + (y - numbers[1]) ** 2 <= numbers[2] ** 2
    if shape == "rectangle":
        left, top, width, height = numbers
        return left <= x <= left + width and top <= y <= top + height
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    turns = [
        (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    return min(turns) >= 0 or max(turns) <= 0


# Every third pixel is a percentage with two digits, so that borders are the same on both sides.
grid = st.tuples(st.integers(0, WIDTH // 3), st.integers(0, HEIGHT // 3))
triangles = st.tuples(grid, grid, grid).map(
    lambda three: {"points": [in_percent(*one) for one in three]}
)
circles = st.tuples(grid, st.integers(1, 9)).map(
    lambda one: {"center": in_percent(*one[0]), "radii": in_percent(one[1], one[1])}
)
blocks = st.tuples(grid, grid).map(lambda pair: in_percent(*pair[0]) + in_percent(*pair[1]))
zones = st.one_of(triangles, circles, blocks).filter(
    lambda spec: read_area(spec).fits and read_area(spec).is_plain
)


def in_percent(x, y):
    """Return a place of the grid, of which each step is three pixels."""
    return [300 * x / WIDTH, 300 * y / HEIGHT]


@settings(max_examples=40, deadline=None)
@given(area=zones, tried=st.lists(grid, min_size=20, max_size=40))
def test_moodle_takes_the_same_places_as_correct(area, tried):
    question = question_of(area)
    if question is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        write("moodle", question, Path(folder))
        top = safe_xml.parse((Path(folder) / "questions.xml").read_bytes(), "a.xml")
    shape, coords = (top.first(name).text() for name in ("shape", "coords"))
    for x, y in tried:
        held = read_area(area).holds(*in_percent(x, y))
        assert held == lies_in_zone(shape, coords, 3 * x, 3 * y)


def test_the_line_of_the_picture_goes_and_the_text_around_it_stays():
    row = {"prompt": "Look:\n![A b](ruler.png)\nWhere?"}
    image = find_image(row, LocalFolder(EVERY_KIND))
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    assert without_image(row["prompt"], image) == "Look:\nWhere?"
    row = {"prompt": "Look ![A b](ruler.png) here"}
    assert without_image(row["prompt"], find_image(row, LocalFolder(EVERY_KIND))) == "Look  here"
