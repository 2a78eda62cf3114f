"""A hotspot of QTI: one of several areas is read exactly, and anything else is counted."""

from __future__ import annotations

import shutil
import uuid

import pytest

from authoring.formats import qti
from authoring.formats.attune import answer_validation
from authoring.formats.course_builder import Package
from authoring.formats.qti.hotspots import NOT_ONE_OF_AREAS
from authoring.formats.qti.version_3_names import to_version_3
from authoring.media.storage import MediaShelf
from tests.fixtures.question_items import EVERY_KIND, item_of_spec

TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"
LEFT = '<hotspotChoice identifier="l" shape="rect" coords="0,0,100,100" hotspotLabel="Left"/>'
RIGHT = '<hotspotChoice identifier="r" shape="rect" coords="100,0,205,100"/>'
OBJECT = '<object data="ruler.png" type="image/png" width="200" height="100">Rulers</object>'
ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="q">
<responseDeclaration identifier="R" cardinality="{several}" baseType="identifier"><correctResponse>
{right}</correctResponse>{mapping}</responseDeclaration><itemBody><p>Look.</p>
<hotspotInteraction responseIdentifier="R" maxChoices="1"><prompt>Where?</prompt>
{picture}{choices}</hotspotInteraction></itemBody>
<responseProcessing template="{templates}/{template}"/></assessmentItem>"""
# A comb of 101 corners.
MANY = ",".join(["110,90", *(f"{110 + 0.5 * at},{(at % 2) * 20}" for at in range(99)), "160,90"])


def spot(shape, coords):
    return f'<hotspotChoice identifier="r" shape="{shape}" coords="{coords}"/>'


def read(folder, *, choices=LEFT + RIGHT, right=("r",), mapping="", **fields):
    values = "".join(f"<value>{name}</value>" for name in right)
    kept = {"several": "single", "picture": OBJECT, "template": "match_correct"} | fields
    version = kept.pop("version", 2)
    xml = ITEM.format(choices=choices, right=values, mapping=mapping, templates=TEMPLATES, **kept)
    shutil.copy(EVERY_KIND / "ruler.png", folder)
    (folder / "q.xml").write_text(to_version_3(xml) if version == 3 else xml)
    shelf = MediaShelf(folder, uuid.UUID(int=1), "/media/")
    content, left_out = qti.read(Package(folder, "q"), shelf)
    return [row for unit in content["units"] for row in unit["questions"]], +left_out


def test_rectangles_become_areas_in_percent_of_the_picture(tmp_path):
    (row,), left_out = read(tmp_path)
    assert left_out == {}
    assert row["type"] == "hotspot"
    assert row["prompt"].startswith("Look.\nWhere?\n![Rulers](")
    named = [(one["text"], one["correct"], one["area"]) for one in row["choices"]]
    assert named == [("Left", False, [0, 0, 50, 100]), ("B", True, [50, 0, 50, 100])]
    answer_validation.check("q", row, row["prompt"])
    asked = item_of_spec(row)
    assert [asked.is_correct(place) for place in ("49.99,5", "50,5", "100,100")] == [
        False, True, True]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "coords", "area"),
    [
        ("rect", "50%,0,205,100%", [50, 0, 50, 100]),
        ("circle", "150,50,20", {"center": [75, 50], "radii": [10, 20]}),
        ("circle", "75%,50,20", {"center": [75, 50], "radii": [10, 20]}),
        ("ellipse", "150,50,20,10", {"center": [75, 50], "radii": [10, 10]}),
        ("ellipse", "75%,50%,10%,10%", {"center": [75, 50], "radii": [10, 10]}),
        ("poly", "110,10, 190,10, 110,90", {"points": [[55, 10], [95, 10], [55, 90]]}),
        ("poly", "110,10,190,10,110,90,110,10", {"points": [[55, 10], [95, 10], [55, 90]]}),
    ],
)
@pytest.mark.parametrize("version", [2, 3])
def test_each_shape_is_read_exactly(tmp_path, version, shape, coords, area):
    (row,), left_out = read(tmp_path, choices=LEFT + spot(shape, coords), version=version)
    assert left_out == {}
    assert [one["area"] for one in row["choices"]] == [[0, 0, 50, 100], area]
    answer_validation.check("q", row, row["prompt"])
    assert item_of_spec(row).is_correct("75,40") is True


def test_a_shape_of_a_third_of_the_picture_has_four_digits(tmp_path):
    picture = OBJECT.replace("200", "300")
    (row,), _ = read(tmp_path, choices=LEFT + spot("circle", "200,50,50"), picture=picture)
    assert row["choices"][1]["area"] == {"center": [66.6667, 50], "radii": [16.6667, 50]}


def test_areas_that_earn_as_much_are_all_correct(tmp_path):
    third = spot("circle", "150,50,20").replace('"r"', '"x"')
    right = spot("rect", "100,0,120,100")
    entries = "".join(f'<mapEntry mapKey="{name}" mappedValue="1"/>' for name in "rx")
    fields = {"mapping": f"<mapping>{entries}</mapping>", "template": "map_response"}
    (row,), left_out = read(tmp_path, choices=LEFT + right + third, **fields)
    assert left_out == {}
    assert [one["correct"] for one in row["choices"]] == [False, True, True]


def test_several_values_without_marks_are_no_key(tmp_path):
    rows, left_out = read(tmp_path, right=("r", "l"), template="none_of_them")
    assert rows == []
    assert sum(left_out.values()) == 1


def test_of_several_values_only_those_that_earn_all_marks_are_correct(tmp_path):
    entries = '<mapEntry mapKey="r" mappedValue="1"/><mapEntry mapKey="l" mappedValue="0.5"/>'
    (row,), left_out = read(
        tmp_path, right=("r", "l"), mapping=f"<mapping>{entries}</mapping>", template="map_response"
    )
    assert [one["correct"] for one in row["choices"]] == [False, True]
    assert sum(left_out.values()) == 1
    assert "partial credit" in next(iter(left_out))


def test_a_share_of_a_wrong_area_is_counted(tmp_path):
    entries = '<mapEntry mapKey="r" mappedValue="2"/><mapEntry mapKey="l" mappedValue="1"/>'
    (row,), left_out = read(
        tmp_path, mapping=f"<mapping>{entries}</mapping>", template="map_response"
    )
    assert [one["correct"] for one in row["choices"]] == [False, True]
    assert sum(left_out.values()) == 1
    assert "partial credit" in next(iter(left_out))


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": LEFT + spot("circle", "180,50,20%")},
        {"choices": LEFT + spot("circle", "190,50,20")},
        {"choices": LEFT + spot("circle", "90,50,20")},
        {"choices": LEFT + spot("circle", "150,50,20,20")},
        {"choices": LEFT + spot("poly", "110,10,190,90,190,10,110,90")},
        {"choices": LEFT + spot("poly", "110,10,190,90,190")},
        {"choices": LEFT + spot("poly", "110,10,190,90")},
        {"choices": LEFT + spot("default", "")},
        {"choices": LEFT + spot("rect", "120,0,110,100")},
        {"choices": LEFT + RIGHT.replace("100,0,205", "250,0,300")},
        {"choices": LEFT + RIGHT.replace("100,0,205", "x,0,205")},
        {"choices": LEFT + RIGHT.replace("100,0,205", "90,0,205")},
        {"choices": LEFT + spot("poly", "110,10")},
        {"choices": LEFT + spot("poly", f"{'1' * 400},10,190,10,110,90")},
        {"choices": LEFT + spot("ellipse", f"150,50,{'1' * 5000},10")},
        {"choices": LEFT + spot("poly", MANY)},
        {"picture": OBJECT.replace("200", "1" * 400)},
        {"choices": RIGHT},
        {"several": "multiple"},
        {"picture": OBJECT.replace(' width="200"', "")},
        {"picture": OBJECT.replace("Rulers", "")},
        {"picture": OBJECT.replace("ruler.png", "away.png")},
        {"picture": ""},
    ],
    ids=["share", "outside", "over", "four", "crossing", "odd", "line", "default", "backwards",
         "beyond", "word", "overlap", "corner", "400 digits", "5000 digits",
         "101 corners", "wide", "alone", "several", "size", "description", "missing",
         "none"],
)  # fmt: skip
def test_other_hotspots_are_counted(tmp_path, fields):
    rows, left_out = read(tmp_path, **fields)
    assert rows == []
    assert left_out[NOT_ONE_OF_AREAS] == 1


@pytest.mark.parametrize(
    ("right", "mapping"),
    [(("r", "l"), ""), (("r",), '<mapping><mapEntry mapKey="l" mappedValue="1"/></mapping>')],
    ids=["two", "mapped"],
)
def test_an_item_scored_otherwise_is_counted(tmp_path, right, mapping):
    template = "map_response" if mapping else "match_correct"
    rows, left_out = read(tmp_path, right=right, mapping=mapping, template=template)
    assert rows == []
    assert left_out["scoring that cannot be represented here"] == 1
