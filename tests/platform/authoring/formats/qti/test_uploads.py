"""File uploads in QTI: their media types select kinds, and each version is read again."""

from __future__ import annotations

import pytest

from authoring.formats import qti, registry
from authoring.formats.attune import validation
from authoring.formats.course_builder import MOVED, Package
from tests.fixtures.media_files import LocalFolder

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="q">
<responseDeclaration identifier="R" cardinality="single" baseType="file"/><itemBody>
<uploadInteraction responseIdentifier="R"{}><prompt>Sketch it.</prompt></uploadInteraction>
</itemBody></assessmentItem>"""
EVERY = ["pdf", "picture", "text", "document"]
NO, SOME = "type of file that cannot be allowed", (
    "limit to some types of files (here, similar types are allowed too)"
)  # fmt: skip


def read(folder):
    found, left_out = qti.read(Package(folder, "sketches"), None)
    return found, +left_out


@pytest.mark.parametrize(
    ("types", "kinds", "counted"),
    [
        ("", EVERY, {}),
        (' type="*/*"', EVERY, {}),
        (' type="Application/PDF,image/*"', ["pdf", "picture"], {NO: 1}),
        (' type="application/pdf image/png"', ["pdf", "picture"], {SOME: 1}),
        (' type="application/msword"', EVERY, {NO: 1}),
        (' type="image/svg+xml; application/pdf"', ["pdf"], {NO: 1}),
    ],
)
def test_media_types_select_the_kinds(types, kinds, counted, tmp_path):
    (tmp_path / "q.xml").write_text(ITEM.format(types))
    found, left_out = read(tmp_path)
    (row,) = found["bank"]
    assert (row["type"], row["prompt"], row["file_kinds"]) == ("file", "Sketch it.", kinds)
    assert left_out == {MOVED: 1, **counted}


@pytest.mark.parametrize("version", ["qti", "qti22", "qti3"])
def test_it_is_read_again_from_each_version(version, tmp_path):
    asked = {"id": "sketch", "skills": ["area"], "type": "file", "prompt": "Sketch **it**.",
             "explanation": "With a ruler.", "points": 3, "file_kinds": ["pdf"],
             "most_files": 2}  # fmt: skip
    package = course_of(asked)
    validation.check(package)
    files, left_out = registry.FORMATS[version].write(package, LocalFolder(tmp_path))
    for place, content in files.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(content, encoding="utf-8")
    name = "qti-upload-interaction" if version == "qti3" else "uploadInteraction"
    assert any(f"<{name} " in text for text in files.values())
    lost = {"kind of file that is allowed": 1, "number of files": 1}
    assert {what: left_out[what] for what in lost} == lost
    assert not any("question left out" in what for what in +left_out)
    found, left_out = read(tmp_path)
    (row,) = found["bank"]
    kept = ("id", "type", "prompt", "explanation", "points")
    assert [row[name] for name in kept] == [asked[name] for name in kept]
    assert row["file_kinds"] == EVERY
    assert left_out == {MOVED: 1}


def course_of(question):
    """Return a course with a practice test of one question."""
    unit = {"id": "u", "kind": "quiz", "title": "U", "scenario": "practice", "skills": ["area"],
            "questions": [question]}  # fmt: skip
    skills = [{"slug": "area", "name": "Area", "prerequisites": []}]
    return {"format": "attune-course", "format_version": "1.1", "slug": "c", "title": "C",
            "language": "en", "skills": skills, "units": [unit]}  # fmt: skip
