"""Drawings are well-formed, take their colours from the tokens, and say all their words escaped."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from charts.calibration_plot import CalibrationPoint, draw_calibration
from charts.curves import CurveLine, Panel, draw_lines, draw_panels
from charts.forest import ForestAxis, ForestRow, draw_forest, fit_axis
from charts.heat_map import HeatCell, HeatRow, draw_heat_map
from charts.svg import LETTER, LOOKS

CSS = Path(__file__).resolve().parents[3] / "static" / "css"
SVG = "{http://www.w3.org/2000/svg}"
AXIS = ForestAxis(0.5, 0.9, ((0.5, "0.50"), (0.9, "0.90")), line=0.5, line_text="chance")
DRAWINGS = {
    "calibration": draw_calibration([CalibrationPoint(35, 36, 33, 40, 610)]),
    "forest": draw_forest(
        [
            ForestRow("A group", heading=True),
            ForestRow("Interest", 0.79, 0.75, 0.82, mark=0.7, under="68 people", text="0.79"),
            ForestRow("Few", gap="too few people"),
        ],
        AXIS,
    ),
    "heat map": draw_heat_map(
        [HeatRow("A", (HeatCell(1.0, "76", True), None)), HeatRow("B", (HeatCell(0, "5"),) * 2)],
        ["A", "Distraction"],
        across="answered →",
        down="true state ↓",
    ),
    "panels": draw_panels([Panel("A", "AUC 0.8", ((0.2, 0.6),))] * 4, across="false", up="true"),
    "lines": draw_lines([CurveLine(((1, 1.6), (2, 1.5)))], across="epoch", up="loss"),
}


def rules():
    """Return the declarations of each class of a chart."""
    sheet = (CSS / "charts.css").read_text()
    return dict(re.findall(r"^\.plot \.([a-z0-9-]+) \{ (.*?) \}$", sheet, re.M))


def tokens():
    light = (CSS / "tokens.css").read_text().split("@media", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", light))


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_is_well_formed_with_title_and_description(drawing):
    found = ET.fromstring(drawing.render("fig", "A & B", "In <words>."))
    assert [each.tag for each in found][:2] == ["title", "desc"]
    assert (found[0].text, found[1].text) == ("A & B", "In <words>.")
    assert found.get("aria-labelledby") == f"{found[0].get('id')} {found[1].get('id')}"


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_a_file_needs_no_style_sheet(drawing):
    text = drawing.render_file("A & B", ["Simulated people."], "In words.")
    found = ET.fromstring(text)
    assert "class=" not in text
    assert "style" not in text
    shown = [each.text for each in found.iter(f"{SVG}text")]
    assert shown[:2] == ["A & B", "Simulated people."]
    assert all(each.get("fill") for each in found.iter(f"{SVG}text"))


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_every_mark_lies_inside(drawing):
    found = ET.fromstring(drawing.render("fig", "", ""))
    for mark in found.iter():
        if "x" in mark.attrib:
            assert -1 <= float(mark.get("x")) <= drawing.width + 1
            assert -1 <= float(mark.get("y", 0)) <= drawing.height + 1


def test_page_and_file_have_the_same_classes_in_the_same_colours():
    found, known = rules(), tokens()
    assert LOOKS.keys() - {"t"} == found.keys()
    for name, declarations in found.items():
        paint = dict(part.split(": ") for part in declarations.rstrip(";").split("; "))
        looks = dict(LOOKS[name])
        for key in ("fill", "stroke"):
            value = paint.get(key, "")
            value = known[value[6:-1]] if value.startswith("var(--") else value
            assert looks.get(key, "") == value, (name, key)


def test_a_name_is_escaped():
    row = ForestRow("<script>", 0.6, 0.55, 0.7)
    assert "<script>" not in draw_forest([row], AXIS).render("a", "<b>", "<i>")


def test_an_axis_reaches_around_every_value_on_whole_steps():
    assert fit_axis([0.47, 0.93], least=0.5, most=0.9, step=0.1) == pytest.approx((0.4, 1.0))
    assert fit_axis([0.6], least=0.5, most=0.9, step=0.1) == (0.5, 0.9)


def test_a_long_name_leaves_room_for_the_intervals():
    drawing = draw_forest([ForestRow("W" * 80, 0.6, 0.55, 0.7)], AXIS)
    longest = max(len(text) for text in re.findall(r">([^<]*)</text>", "".join(drawing.parts)))
    assert longest < 40


def test_the_words_of_a_gap_have_a_field_of_their_own():
    drawn = draw_forest([ForestRow("Few", gap="too few people")], AXIS).render("a", "", "")
    (field,) = [each for each in ET.fromstring(drawn) if each.get("class") == "gap"]
    (words,) = [each for each in ET.fromstring(drawn) if each.text == "too few people"]
    start, end = float(field.get("x")), float(field.get("x")) + float(field.get("width"))
    assert start < float(words.get("x")) < float(words.get("x")) + 13 * LETTER < end
