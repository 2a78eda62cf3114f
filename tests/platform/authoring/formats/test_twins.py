"""Two things with the same name in a package stay two, in each format."""

from __future__ import annotations

import pytest

from authoring.formats import csv, gift, olx, qti
from authoring.formats.course_builder import Package
from tests.platform.authoring.formats.inputs import content_of

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"


def item(words: str) -> str:
    return f"""<assessmentItem xmlns="{QTI}" identifier="item" title="Item" adaptive="false"
 timeDependent="false"><responseDeclaration identifier="R" cardinality="single"
 baseType="identifier"><correctResponse><value>A</value></correctResponse></responseDeclaration>
 <itemBody><choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>{words}</prompt>
 <simpleChoice identifier="A">yes</simpleChoice><simpleChoice identifier="B">no</simpleChoice>
 </choiceInteraction></itemBody></assessmentItem>"""


def assessment_of(href: str) -> str:
    return f"""<assessmentTest xmlns="{QTI}" identifier="test" title="Week"><testPart
 identifier="part" navigationMode="linear" submissionMode="individual"><assessmentSection
 identifier="section" title="Week" visible="true"><assessmentItemRef identifier="item"
 href="{href}"/></assessmentSection></testPart></assessmentTest>"""


PROBLEM = """<problem url_name="same" display_name="Same"><p>{words}</p><multiplechoiceresponse>
<choicegroup><choice correct="true">yes</choice><choice correct="false">no</choice></choicegroup>
</multiplechoiceresponse></problem>"""
SEQUENCE = '<sequential url_name="week" display_name="Week"><vertical>{0}</vertical></sequential>'
COURSE = '<course org="o" course="c" url_name="r"><chapter>{}</chapter></course>'

PACKAGES = {
    "gift categories": (
        gift,
        {
            "a.txt": "$CATEGORY: C/Week\n\n::one::1? {=yes ~no}\n\n"
            "$CATEGORY: C++/Week\n\n::one::2? {=yes ~no}\n"
        },
    ),
    "csv units": (
        csv,
        {"a.csv": "unit,id,kind,prompt,answer\nWeek,one,text,1?,yes\nWeek!,one,text,2?,yes\n"},
    ),
    "qti tests": (
        qti,
        {
            "a/test.xml": assessment_of("item.xml"),
            "a/item.xml": item("1?"),
            "b/test.xml": assessment_of("item.xml"),
            "b/item.xml": item("2?"),
        },
    ),
    "olx sequences": (
        olx,
        {
            "course.xml": COURSE.format(
                "".join(SEQUENCE.format(PROBLEM.format(words=words)) for words in ("1?", "2?"))
            )
        },
    ),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_quizzes_with_equal_names_stay_distinct(name, tmp_path):
    content = read(*PACKAGES[name], tmp_path)
    assert len(content["units"]) == 2
    asked = [[row["prompt"] for row in unit["questions"]] for unit in content["units"]]
    assert asked == [["1?"], ["2?"]]
    ids = [unit["id"] for unit in content["units"]]
    ids += [row["id"] for unit in content["units"] for row in unit["questions"]]
    assert len(set(ids)) == 4


SKILLS = ("C", "C++", "Дроби")
GIFT = "".join(f"// [tag:{skill}]\nQ {skill}? {{=yes ~no}}\n\n" for skill in SKILLS)
CSV = "kind,prompt,answer,skills\n" + "".join(f"text,Q {one}?,yes,{one}\n" for one in SKILLS)


@pytest.mark.parametrize(
    ("reader", "files"), [(gift, {"a.txt": GIFT}), (csv, {"a.csv": CSV})], ids=["gift", "csv"]
)
def test_skills_with_similar_or_non_latin_names_stay_distinct(reader, files, tmp_path):
    content = read(reader, files, tmp_path)
    slugs = {skill["name"]: skill["slug"] for skill in content["skills"]}
    assert set(slugs) == set(SKILLS)
    assert slugs["Дроби"] == "drobi"
    assert len(set(slugs.values())) == 3


def read(reader, files, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    content, _left_out = content_of(reader, Package(tmp_path, "same"), tmp_path)
    return content
