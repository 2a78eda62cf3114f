"""What each reader takes from files of other tools, and what it counts as left out."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from authoring.formats import csv as formats_csv
from authoring.formats import gift, olx, qti, registry
from authoring.formats.course_builder import MOVED, Package
from authoring.formats.qti.hotspots import NOT_ONE_OF_AREAS
from courses.questions import gap_marks
from tests.platform.authoring.formats.inputs import content_of, questions_of

DATA = Path(__file__).parents[3] / "data/formats"


def in_numbers(question):
    """Return the prompt with numbered gaps, because their ids come from the words before them."""
    return gap_marks.rename_gaps(question["prompt"], range(1, len(question["parts"]) + 1))


def read(reader, source: Path, tmp_path: Path):
    folder = tmp_path / "package"
    if source.is_dir():
        shutil.copytree(source, folder)
    else:
        folder.mkdir()
        shutil.copy(source, folder)
    content, left_out = content_of(reader, Package(folder, source.stem), tmp_path)
    return content, questions_of(content), left_out


def read_text(reader, text, tmp_path, name="a.txt"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read(reader, tmp_path / name, tmp_path)


def right(row):
    return [choice["text"] for choice in row["choices"] if choice["correct"]]


def test_gift_reads_each_kind(tmp_path):
    content, rows, left_out = read(gift, DATA / "moodle.gift", tmp_path)
    kinds = Counter(row["type"] for row in rows.values())
    assert kinds == {"single": 5, "multiple": 1, "text": 1, "numeric": 3, "match": 1, "cloze": 3}
    assert [unit["title"] for unit in content["units"]] == ["Motion / and rest", "Signs/Letters"]
    light = rows["speed-of-light"]
    assert light["skills"] == ["light", "units-and-measures"]
    assert right(light) == ["300 000 km"]
    assert light["explanation"] == "The speed of light is $c=2.998\\cdot10^8$ m/s."
    assert right(rows["two-planets"]) == ["Mars", "Venus"]
    assert rows["true-one"]["choices"][0]["feedback"] == "Yes."
    assert (rows["pi"]["answer"], rows["pi"]["tolerance"]) == ("3.1415", 0.0005)
    assert rows["year"]["prompt"].split("\n")[1] == "Think of Ohio."
    assert rows["capital"]["accepted"] == ["Paname", "*Paris*"]
    assert [part["text"] for part in rows["match"]["parts"]] == ["Ottawa", "Rome", "Tokyo", "Oslo"]
    assert in_numbers(rows["gap"]) == "The Mona Lisa hangs in [[1]] in Paris, and $x^2$ is \\$5."
    assert [choice["text"] for choice in rows["signs"]["choices"]] == ["~", "&", "\\", "a < b"]
    (essay,) = content["bank"]
    assert (essay["type"], left_out[MOVED]) == ("essay", 1)
    assert left_out["description (a text without a question)"] == 1
    assert left_out["image (a GIFT file cannot contain images)"] == 1


def test_gift_reads_moodles_examples(tmp_path):
    """Braces inside a line, a full stop after them, no blank between answers, CRLF and a BOM."""
    text = (
        "\ufeff// a remark\r\n\r\nGrant is {~buried =entombed ~living} in Grant's tomb.\r\n\r\n"
        "Two plus two equals {=four =4}.\r\n\r\nWho is there?{=no one =nobody}\r\n\r\n"
        "::Rome:: Jesus came from {\r\n ~%25%Bethlehem#Born here.\r\n ~%50%Galilee\r\n"
        " =Nazareth#Yes! }.\r\n\r\n"
        "Match. {=Canada->Ottawa =Italy->Rome}\r\n\r\nPi? {#3.14:0.01}\r\n\r\n"
        "A\r\nB {\r\n=yes\r\n\r\n~no\r\n}\r\n"
    )
    _, rows, left_out = read_text(gift, text, tmp_path)
    assert [row["type"] for row in rows.values()] == [
        "cloze", "cloze", "text", "cloze", "match", "numeric", "single"]  # fmt: skip
    assert left_out["partly correct answer (percent); here an answer is either correct or not"] == 1


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("=a ~b", ["a"]),
        ("~%100%a ~b", ["a"]),
        ("~%33.33333%a ~%33.33333%b ~%33.33333%c ~%-100%d", ["a", "b", "c"]),
        ("=a ~%50%b ~c", ["a"]),
        ("=a =b ~c", ["a"]),
    ],
)
def test_gift_knows_which_choices_are_right(tmp_path, block, expected):
    _, rows, _ = read_text(gift, f"::q:: Which? {{{block}}}", tmp_path)
    assert right(rows["q"]) == expected


def test_gift_takes_the_name_of_a_format_off_a_typed_answer(tmp_path):
    text = "::q:: Who? {=[html]Ann =%50%[plain]Bea =[x]Cy}"
    _, rows, _ = read_text(gift, text, tmp_path)
    assert [rows["q"]["answer"], *rows["q"]["accepted"]] == ["Ann", "[x]Cy"]


def test_gift_reads_no_feedback_from_a_field_that_its_author_emptied(tmp_path):
    text = (
        "::a:: [html]Which? {=One#<p></p> ~Two#<br>Think ####<p><br></p>}\n\n"
        "::b:: [html]True? {T#<p></p>#<br>}"
    )
    _, rows, _ = read_text(gift, text, tmp_path)
    assert [choice.get("feedback") for choice in rows["a"]["choices"]] == [None, "Think"]
    assert "explanation" not in rows["a"]
    assert [choice.get("feedback") for choice in rows["b"]["choices"]] == [None, None]


def test_qti_reads_each_interaction(tmp_path):
    content, rows, left_out = read(qti, DATA / "qti", tmp_path)
    assert [(unit["id"], len(unit["questions"])) for unit in content["units"]] == [
        ("s1", 5), ("s2", 6)]  # fmt: skip
    assert [row["type"] for row in rows.values()] == [
        "single", "multiple", "numeric", "numeric", "text", "order", "match", "cloze", "cloze",
        "single", "single"]  # fmt: skip
    rainbow = rows["choice"]
    assert "![Sun behind rain](/media/" in rainbow["prompt"]
    assert "${42}^{\\circ }$" in rainbow["prompt"]
    assert rainbow["explanation"] == "Light turns back inside the drops."
    assert [choice.get("feedback") for choice in rainbow["choices"]] == [
        "Turn your back to the sun.", "Too bright there.", None]  # fmt: skip
    assert right(rows["several"]) == ["Hydrogen", "Oxygen"]
    assert (rows["2-number"]["answer"], rows["2-number"]["tolerance"]) == ("32", 0.5)
    assert (rows["range"]["answer"], rows["range"]["tolerance"]) == ("6", 4)
    assert (rows["word"]["answer"], rows["word"]["compare"]) == ("Zürich", "words")
    assert next(row["text"] for row in rows["order"]["choices"]) == "Water becomes vapour"
    assert in_numbers(rows["inline"]) == "Water boils [[1]] on a mountain than at [[2]] degrees."
    assert [right(rows[name]) for name in ("two-1", "two-2")] == [["Yes"], ["No"]]
    for kind in ["associate", "slider", "graphicOrder"]:
        assert left_out[f"{kind}Interaction"] == 1
    found = {row["type"]: row["prompt"] for row in content["bank"]}
    assert (found["essay"], set(found)) == ("Say.", {"essay", "file"})
    assert (left_out[MOVED], left_out["example of an answer that people mark"]) == (2, 1)
    assert left_out[NOT_ONE_OF_AREAS] == 1
    assert left_out["item with random values (templateDeclaration)"] == 1
    assert left_out["adaptive item"] == 1


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('<equal toleranceMode="relative" tolerance="5 5">{}</equal>', 10),
        ('<equal toleranceMode="absolute" tolerance="3">{}</equal>', 3),
        ('<equalRounded roundingMode="decimalPlaces" figures="1">{}</equalRounded>', 0.05),
        ("<match>{}</match>", 0),
    ],
)
def test_qti_reads_the_tolerance_of_a_number(tmp_path, condition, expected):
    one = '<variable identifier="R"/><correct identifier="R"/>'
    item = (
        '<assessmentItem identifier="i"><responseDeclaration identifier="R" baseType="float"'
        ' cardinality="single"><correctResponse><value>200</value></correctResponse>'
        "</responseDeclaration><itemBody><p>How many? <textEntryInteraction"
        ' responseIdentifier="R"/></p></itemBody><responseProcessing><responseCondition>'
        f"<responseIf>{condition.format(one)}</responseIf></responseCondition>"
        "</responseProcessing></assessmentItem>"
    )
    _, rows, _ = read_text(qti, item, tmp_path, "i.xml")
    assert rows["i"]["tolerance"] == pytest.approx(expected, rel=1e-9)


def test_olx_reads_a_course_as_a_tree(tmp_path):
    content, _rows, left_out = read(olx, DATA / "olx", tmp_path)
    assert (content["title"], content["language"]) == ("Waves & Sound", "de")
    assert [(unit["id"], unit["kind"]) for unit in content["units"]] == [
        ("intro", "reading"), ("here", "video"), ("there", "external"), ("lesson1", "quiz"),
        ("html-1", "reading"), ("test1", "quiz"), ("inline", "quiz")]  # fmt: skip
    test = content["units"][5]
    assert (test["scenario"], test["attempts"], test["time_limit_s"]) == ("graded", 2, 2700)
    assert test["due_at"] == "2026-12-24T18:00:00+00:00"
    assert content["units"][6]["scenario"] == "practice"
    body = content["units"][0]["body"]
    assert "A wave **moves**. It has a speed $v = \\lambda f$ and costs \\$5." in body
    assert "## More" in body
    assert "alert" not in body
    assert "[this](<https://example.org/a_b>)" in body
    tracks = content["units"][1]["files"]["captions"]
    assert [track["lang"] for track in tracks] == ["de", "en"]
    assert content["units"][2]["address"] == "https://youtu.be/bbbbbbbbbbb"
    assert "video on another website (a reading gives its address)" not in left_out


def test_olx_reads_each_response_and_runs_none(tmp_path):
    _, rows, left_out = read(olx, DATA / "olx", tmp_path)
    assert right(rows["single"]) == ["Light"]
    assert rows["single"]["choices"][0]["feedback"] == "Oops: You hear it later."
    assert [hint["kind"] for hint in rows["single"]["hints"]] == ["strategy", "worked_step"]
    assert rows["single"]["explanation"] == "It has 300 000 km/s."
    assert right(rows["boxes"]) == ["Sound", "Light"]
    assert rows["drop-1"]["prompt"] == "Sound in water is ____ than in air."
    assert right(rows["drop-1"]) == ["faster"]
    assert (rows["numbers-1"]["answer"], rows["numbers-1"]["tolerance"]) == ("343", 17.15)
    assert float(rows["numbers-2"]["answer"]) == pytest.approx(10010, rel=1e-9)
    assert (rows["numbers-2"]["shown"], rows["numbers-2"]["tolerance"]) == (
        "10010", pytest.approx(9990, rel=1e-9))  # fmt: skip
    assert rows["numbers-3"]["answer"] == "1/2"
    assert rows["strings-1"]["accepted"] == ["Heinrich Hertz", "H. Hertz"]
    assert [rows[f"short-{n}"]["type"] for n in range(1, 6)] == [
        "single", "numeric", "text", "single", "multiple"]  # fmt: skip
    assert rows["short-1"]["explanation"] == "Light is a million times faster."
    assert left_out["problem with a script, which is never run"] == 1
    assert left_out["answer given as a regular expression"] == 1
    assert left_out["<formularesponse>"] == 1
    assert not Path("/tmp/owned").exists()


def test_a_table_reads_each_kind(tmp_path):
    content, rows, left_out = read(formats_csv, DATA / "questions.csv", tmp_path)
    assert not left_out
    assert (content["slug"], content["title"]) == ("geometry", "Shapes and sizes")
    assert [row["type"] for row in rows.values()] == [
        "single", "multiple", "numeric", "text", "order", "match", "cloze"]  # fmt: skip
    assert rows["slope-1"]["skills"] == ["slope", "rise"]
    assert rows["length"]["units"] == [{"name": "km", "factor": 1000}, {"name": "m", "factor": 1}]
    assert rows["length"]["wrong_answers"][0]["value"] == 3200
    assert rows["three"]["accepted"] == ["a tri*gle", "three|sides"]
    kinds = [part["kind"] for part in rows["gaps"]["parts"]]
    assert kinds == ["numeric", "text", "choice"]


def test_gap_of_a_table_may_be_next_to_any_sign(tmp_path):
    text = "kind,prompt,gap_1\ncloze,\ue05e is [[g1]] \ue05e,one\n"
    _, rows, _ = read_text(formats_csv, text, tmp_path, "a.csv")
    (row,) = rows.values() if isinstance(rows, dict) else rows
    assert row["prompt"] == f"\ue05e is [[{row['parts'][0]['id']}]] \ue05e"


def test_a_spreadsheet_sees_no_formula(tmp_path):
    content, _, _ = read_text(
        formats_csv,
        "kind,prompt,answer\ntext,\"Endings, '-ing'\",'@x\nnumeric,-5?,-5\n",
        tmp_path,
        "a.csv",
    )
    first = content["units"][0]["questions"][0]
    assert (first["prompt"], first["answer"]) == ("Endings, '-ing'", "@x")
    prompt = "=cmd();=A1, '-ing'\n+1 \"@x\""
    content["units"][0]["questions"][0]["prompt"] = prompt
    text, _ = formats_csv.write(content)
    for mark in ",;\t":
        rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=mark)
        parts = [part for row in rows for cell in row for part in re.split('["\n]', cell)]
        assert not [part for part in parts if part.strip()[:1] in tuple("=+@-") and part != "-5"]
    (tmp_path / "again").mkdir()
    again, _, _ = read_text(formats_csv, text, tmp_path / "again", "b.csv")
    prompts = [row["prompt"] for unit in again["units"] for row in unit["questions"]]
    assert prompts == [prompt, "-5?"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kind,prompt,answer\ntext,\\frac{=1}{2},x\n", "csv"),
        ("$CATEGORY: a\n\nWho? {=x}", "gift"),
        ("<?xml version='1.0'?><!-- x --><problem><p>x</p></problem>", "olx"),
        ("<!DOCTYPE assessmentItem><assessmentItem/>", "qti"),
        (json.dumps({"format": "attune-course"}), None),
    ],
)
def test_format_is_detected_by_content(tmp_path, text, name):
    (tmp_path / "no-name").write_text(text, encoding="utf-8")
    found = [one.name for one in registry.FORMATS.values() if one.fits(Package(tmp_path, "x"))]
    assert found[:1] == ([name] if name else [])
