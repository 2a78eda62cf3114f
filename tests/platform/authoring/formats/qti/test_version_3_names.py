"""QTI 3.0: read as QTI 2 is, with shared texts; and written with its own names."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import qti, registry
from authoring.formats.course_builder import MOVED, Package
from authoring.formats.qti import item_writer, version_3_names, writer
from authoring.formats.text import safe_xml
from courses.questions import gap_marks
from tests.fixtures.media_files import LocalFolder
from tests.platform.authoring.formats.inputs import DATA, choices, read_package

SAMPLE = DATA / "formats/qti3"
SCORING = "scoring that cannot be represented here"
FORMATTING = "bold, list, table or link in a question (the text is kept)"
HEAD = (
    '<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="q"'
    ' title="q" adaptive="false" time-dependent="false">'
)
TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates"


def read_sample(tmp_path):
    folder = tmp_path / "package"
    shutil.copytree(SAMPLE, folder)
    package = Package(folder, "weather")
    assert registry.detect_format(package).name == "qti"
    return read_package("qti", package, tmp_path)


def read_item(inside, tmp_path):
    (tmp_path / "q.xml").write_text(f"{HEAD}{inside}</qti-assessment-item>", encoding="utf-8")
    rows, _, left_out = read_package("qti", Package(tmp_path, "q"), tmp_path)
    return rows.get("q"), dict(left_out)


def test_a_package_is_read_by_its_test(tmp_path):
    rows, units, left_out = read_sample(tmp_path)
    assert [(unit["id"], unit["title"], len(unit["questions"])) for unit in units] == [
        ("sky", "The sky", 3), ("sea", "The sea", 4)]  # fmt: skip
    assert list(rows) == ["colour", "both", "word", "number", "order", "pairs", "gaps"]
    assert dict(left_out) == {
        "timeLimits of a test": 1,
        "rubricBlock": 1,
        "item that a test refers to and that is missing from the package": 1,
        MOVED: 1,
        FORMATTING: 1,
    }


def test_each_interaction_of_version_3_is_read(tmp_path):
    rows, _, _ = read_sample(tmp_path)
    colour = rows["colour"]
    lines = colour["prompt"].split("\n")
    assert lines[0] == "Light is scattered by air."
    assert lines[1].startswith("![A rainbow](/media/")
    assert lines[2:] == ["What colour is the sky, with $x$?"]
    assert (colour["type"], choices(colour)) == ("single", [("blue", True), ("green", False)])
    assert colour["choices"][1]["feedback"] == "That is grass."
    assert colour["explanation"] == "Short waves are scattered more."
    assert choices(rows["both"]) == [("rain", True), ("wind", False), ("snow", True)]
    assert rows["both"]["type"] == "multiple"
    assert (rows["word"]["answer"], rows["word"]["accepted"]) == ("cloud", ["clouds"])
    assert rows["word"]["compare"] == "words"
    assert (rows["number"]["answer"], rows["number"]["tolerance"]) == ("4", 0.5)
    assert [one["text"] for one in rows["order"]["choices"]] == ["vapour", "cloud", "rain"]
    parts = {part["id"]: part["text"] for part in rows["pairs"]["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in rows["pairs"]["choices"]] == [
        ("ice", "cold"), ("steam", "hot")]  # fmt: skip
    gaps = rows["gaps"]
    assert gap_marks.rename_gaps(gaps["prompt"], ["1", "2"]) == "Seas are [[1]] and [[2]]."
    assert choices(gaps["parts"][0]) == [("wet", True), ("dry", False)]
    assert gaps["parts"][1]["answer"] == "salty"


CHOICE = (
    '<qti-item-body><qti-choice-interaction response-identifier="R" max-choices="1"><qti-prompt>'
    'Which?</qti-prompt><qti-simple-choice identifier="A">a</qti-simple-choice>'
    '<qti-simple-choice identifier="B">b</qti-simple-choice></qti-choice-interaction>'
    "</qti-item-body>"
)
DECLARED = (
    '<qti-response-declaration identifier="R" cardinality="single" base-type="identifier">'
    "<qti-correct-response><qti-value>B</qti-value></qti-correct-response>"
    "</qti-response-declaration>"
)


def test_a_template_of_version_3_scores_as_declared(tmp_path):
    scoring = f'<qti-response-processing template="{TEMPLATES}/match_correct.xml"/>'
    row, left_out = read_item(DECLARED + CHOICE + scoring, tmp_path)
    assert (choices(row), left_out) == ([("a", False), ("b", True)], {})


def test_scoring_that_says_otherwise_leaves_the_item_out(tmp_path):
    score = (
        '<qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">1'
        "</qti-base-value></qti-set-outcome-value>"
    )
    scoring = (
        "<qti-response-processing><qti-response-condition><qti-response-if><qti-match>"
        '<qti-variable identifier="R"/><qti-base-value base-type="identifier">A</qti-base-value>'
        f"</qti-match>{score}</qti-response-if></qti-response-condition>"
        "</qti-response-processing>"
    )
    assert read_item(DECLARED + CHOICE + scoring, tmp_path) == (None, {SCORING: 1})


def test_what_version_3_adds_is_counted(tmp_path):
    custom = '<qti-portable-custom-interaction response-identifier="R"/>'
    body = CHOICE.replace("</qti-item-body>", f"{custom}</qti-item-body>")
    stimulus = '<qti-assessment-stimulus-ref identifier="S" href="none.xml"/>'
    catalogue = "<qti-catalog-info><qti-catalog id='c'/></qti-catalog-info>"
    row, left_out = read_item(DECLARED + stimulus + body + catalogue, tmp_path)
    assert row["type"] == "single"
    assert left_out == {
        "catalogInfo": 1,
        "portableCustomInteraction": 1,
        "shared text that is missing from the package": 1,
    }


QUESTIONS = [
    {"id": "a", "type": "multiple", "prompt": "W $x$?", "skills": ["s"], "explanation": "So.",
     "choices": [{"id": "c1", "text": "one", "correct": True, "feedback": "Yes."},
                 {"id": "c2", "text": 'max"Choices <div shuffle="x">', "correct": False}]},
    {"id": "b", "type": "text", "prompt": "W?", "answer": "x", "accepted": ["y"],
     "compare": "words", "skills": ["s"]},
    {"id": "c", "type": "match", "prompt": "W?", "skills": ["s"],
     "choices": [{"id": "c1", "text": "l", "match": "p1"},
                 {"id": "c2", "text": "m", "match": "p2"}],
     "parts": [{"id": "p1", "text": "r"}, {"id": "p2", "text": "s"}]},
]  # fmt: skip


@pytest.fixture
def written(tmp_path):
    package = {
        "format": "attune-course", "format_version": "1.1", "slug": "c", "title": "C",
        "language": "en", "skills": [{"slug": "s", "name": "S", "prerequisites": []}],
        "units": [{"id": "u", "kind": "quiz", "title": "U", "skills": ["s"],
                   "questions": QUESTIONS}],
    }  # fmt: skip
    files, _ = registry.FORMATS["qti3"].write(package, LocalFolder(tmp_path))
    return files


def test_a_written_file_has_the_names_of_version_3_alone(written):
    known = {"div", "br", "span", "math", "semantics", "mi", "mo", "mn", "mrow", "annotation"}
    for name, text in written.items():
        if name == "imsmanifest.xml":
            continue
        top = safe_xml.parse(text.encode(), name)
        assert top.space == "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
        for node in top.walk():
            assert node.name in known or node.name.startswith("qti-"), node.name
            if node.name.startswith("qti-"):
                assert not any(re.search("[A-Z]", one) for one in node.attributes), node


def test_a_written_item_says_the_same_as_in_version_2(written):
    item = safe_xml.parse(written["items/a.xml"].encode(), "a")
    (choice,) = item.all("qti-choice-interaction")
    assert choice.attributes == {
        "response-identifier": "RESPONSE", "shuffle": "true", "max-choices": "0"}  # fmt: skip
    assert choice.nodes[1].text() == 'max"Choices <div shuffle="x">'
    (said,) = item.all("qti-modal-feedback")
    assert (said.get("outcome-identifier"), said.get("show-hide")) == ("EXPLANATION", "show")
    assert [node.name for node in said.nodes] == ["qti-content-body"]
    entry = safe_xml.parse(written["items/b.xml"].encode(), "b").all("qti-map-entry")[0]
    assert entry.attributes == {"map-key": "x", "mapped-value": "1", "case-sensitive": "false"}
    assert f'template="{TEMPLATES}/match_correct"' in written["items/c.xml"]


def test_the_manifest_names_version_3(written):
    top = safe_xml.parse(written["imsmanifest.xml"].encode(), "m")
    assert top.space == "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
    assert (top.first("schema").text(), top.first("schemaversion").text()) == (
        "QTI Package", "3.0.0")  # fmt: skip
    kinds = [one.get("type") for one in top.all("resource")]
    assert kinds == ["imsqti_test_xmlv3p0", *["imsqti_item_xmlv3p0"] * 3]


def test_each_element_that_the_writer_writes_is_renamed():
    """An element of QTI 2 that is not in the list would stay unnamed in a file of QTI 3."""
    modules = (item_writer, writer)
    text = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in modules)
    found = set(re.findall(r"</?([a-z]+[A-Z][A-Za-z]*)[ >/]", text))
    assert found
    assert found <= version_3_names._WRITTEN


PARTS = ["<", ">", "&", '"', "qti-", "-", "A", "1e999", "-1", "\x00", "é", "&#xE05E;", "NaN",
         "</p>", "<qti-gap/>", "base-type", "identifier", "max-choices", "..", "/"]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(path.name for path in (SAMPLE / "items").iterdir())),
    at=st.integers(0, 5_000),
    cut=st.integers(0, 40),
    parts=st.lists(st.sampled_from(PARTS), max_size=3),
)
def test_a_changed_item_is_read_or_refused_clearly(tmp_path_factory, name, at, cut, parts):
    source = (SAMPLE / "items" / name).read_text(encoding="utf-8")
    at %= len(source)
    folder = tmp_path_factory.mktemp("changed")
    text = source[:at] + "".join(parts) + source[at + cut :]
    (folder / name).write_text(text, encoding="utf-8")
    assert len(error_of(Package(folder, "changed"))) < 400


def error_of(package):
    """Return the sentence that refuses a package; "" for one that is read."""
    try:
        if qti.fits(package):
            read_package("qti", package, package.folder / "media")
    except BrokenPackage as broken:
        return str(broken)
    return ""
