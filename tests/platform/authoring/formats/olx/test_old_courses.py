"""Old courses of Open edX: pointers with other files, films with speeds, pages with links."""

from __future__ import annotations

import pytest

from authoring.formats import olx
from authoring.formats.course_builder import Package
from authoring.formats.olx import videos
from authoring.formats.text.safe_xml import XmlNode
from tests.platform.authoring.formats.inputs import content_of

NO_PROBLEM = "problem without a question"
QUESTION = """<multiplechoiceresponse><choicegroup{}><choice correct="true">Apple<choicehint
 label="SPLENDID">A fruit.</choicehint></choice><choice correct="false">Mushroom</choice>
 </choicegroup></multiplechoiceresponse>"""


def read(files, tmp_path):
    """Return the units and the left-out content of a course of these files."""
    folder = tmp_path / "package"
    for name, text in {"course.xml": '<course url_name="r"/>', **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    content, left_out = content_of(olx, Package(folder, "old"), tmp_path)
    return content["units"], dict(left_out)


def test_a_pointer_decides_what_a_block_is(tmp_path):
    """As in edX's own toy course, whose chapters are files with a `<sequential>`."""
    units, left_out = read(
        {
            "course/r.xml": '<sequential><chapter url_name="c"/></sequential>',
            "chapter/c.xml": "<sequential><html>One page.</html></sequential>",
        },
        tmp_path,
    )
    assert ([unit["body"] for unit in units], left_out) == (["One page."], {})


def test_a_file_has_the_name_of_its_block_or_one_of_its_own(tmp_path):
    units, left_out = read(
        {
            "course/r.xml": '<course><problem filename="fruit"/><problem filename="x"/></course>',
            "problem/fruit.xml": f"<problem><p>Which?</p>{QUESTION.format('')}</problem>",
        },
        tmp_path,
    )
    ((row,),) = [unit["questions"] for unit in units]
    assert (row["prompt"], left_out) == ("Which?", {NO_PROBLEM: 1})


@pytest.mark.parametrize("policy", ['{"chapter/c": "x"}', '{"chapter/c": ["x"]}'])
def test_a_policy_that_is_no_list_of_settings_is_passed_over(policy, tmp_path):
    units, _left_out = read(
        {
            "course/r.xml": '<course><chapter url_name="c"><html>A page.</html></chapter></course>',
            "policies/r.json": policy,
        },
        tmp_path,
    )
    assert len(units) == 1


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("0.75:slow_film,1.0:the_film,1.25:fast_film", "the_film"),
        ("0.75:slow_film,1.00:the_film", "the_film"),
        ("1:the_film", "the_film"),
        ("the_film", "the_film"),
        ("0.75:slow_film", "slow_film"),
        ("x:slow_film", None),
        ("", None),
    ],
)
def test_a_film_of_several_speeds_is_the_one_at_normal_speed(written, name):
    found = videos.find_addresses(XmlNode("video", attributes={"youtube": written}))
    assert found == ([f"https://youtu.be/{name}"] if name else [])


def test_links_to_files_of_the_course_are_counted(tmp_path):
    page = (
        '<p><a href="/static/notes.txt">Notes</a>, <a href="/jump_to_id/x">more</a>, '
        '<a href="https://example.org/">a site</a>, <a href="#top">up</a></p>'
    )
    units, left_out = read({"course/r.xml": f"<course><html>{page}</html></course>"}, tmp_path)
    assert units[0]["body"] == "Notes, more, [a site](<https://example.org/>), up"
    assert left_out == {"link to another page or file of the package (its text is kept)": 2}


@pytest.mark.parametrize(
    ("setting", "lost"),
    [
        ("", {}),
        (' shuffle="false"', {}),
        (' shuffle="true"', {"choices in random order (here they keep the order of the file)": 1}),
        (' answer-pool="2"', {"random selection of the choices (here, all of them)": 1}),
    ],
)
def test_feedback_keeps_its_label_and_the_order_of_choices_is_counted(setting, lost, tmp_path):
    problem = f"<problem><p>Which?</p>{QUESTION.format(setting)}</problem>"
    units, left_out = read({"course/r.xml": f"<course>{problem}</course>"}, tmp_path)
    apple, mushroom = units[0]["questions"][0]["choices"]
    assert (apple["feedback"], mushroom.get("feedback")) == ("SPLENDID: A fruit.", None)
    assert left_out == lost


@pytest.mark.parametrize(
    ("chapter", "missing"),
    [
        ('<chapter url_name="c"/>', 1),
        ('<chapter filename="c" slug="c" name="One"/>', 1),
        ('<chapter display_name="Empty"/>', 0),
        ('<chapter url_name="c" display_name="Empty"/>', 0),
        ('<chapter url_name="c"><sequential url_name="s"/></chapter>', 1),
    ],
)
def test_a_section_whose_file_is_missing_is_counted(chapter, missing, tmp_path):
    """As in edX's own full course, which points at chapters that are not in it."""
    page = "<chapter><html>One page.</html></chapter>"
    _, left_out = read({"course/r.xml": f"<course>{chapter}{page}</course>"}, tmp_path)
    assert left_out == ({"section whose file is missing from the package": 1} if missing else {})
