"""Courses as Moodle XML: what the file says, and that it gives the same course again."""

from __future__ import annotations

import base64
import json
from html import unescape

from authoring.formats import moodle
from authoring.formats.course_builder import MOVED, Package
from authoring.formats.moodle.markers import NO_DESCRIPTION
from authoring.formats.text import safe_xml
from tests.fixtures.media_files import LocalFolder
from tests.platform.authoring.formats.inputs import DATA, content_of
from tests.platform.authoring.formats.test_there_and_back import comparable_question

FOLDER = DATA / "every-kind"
PICTURE = FOLDER / "ruler.png"


def load():
    return json.loads((FOLDER / "course.json").read_text(encoding="utf-8"))


def write(package):
    files, left_out = moodle.write(package, LocalFolder(FOLDER))
    (text,) = files.values()
    return text, dict(+left_out)


def read_again(text, tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "other-name.xml").write_text(text, encoding="utf-8")
    return content_of(moodle, Package(folder, "other-name"), tmp_path)


def questions(content):
    return {row["id"]: row for unit in content["units"] for row in unit.get("questions", ())}


def test_each_question_comes_back_the_same(tmp_path):
    package = load()
    content, left_out = read_again(write(package)[0], tmp_path)
    # The picture of a hotspot has no description there: test_hotspots_there_and_back compares it.
    assert left_out == {NO_DESCRIPTION: 1, MOVED: 2}
    upload, essay = content["bank"]
    assert (upload["id"], upload["file_kinds"]) == ("sketched", ["pdf", "picture"])
    assert (upload["most_files"], upload["points"]) == (2, 2)
    assert (essay["id"], essay["word_limit"], essay["points"]) == ("explained", 200, 4)
    for unit in package["units"]:
        held = [row for row in unit.get("questions", ()) if row["type"] not in ("essay", "file")]
        unit["questions"] = held
    assert (content["slug"], content["title"]) == (package["slug"], package["title"])
    assert [(one["slug"], one["name"]) for one in content["skills"]] == [
        (one["slug"], one["name"]) for one in package["skills"]
    ]
    assert [(unit["id"], unit["kind"], unit["title"]) for unit in content["units"]] == [
        ("film-questions", "quiz", "A short film"),
        ("notes", "reading", "Notes"),
        ("every", "quiz", "Every kind"),
        ("test", "quiz", "A test that counts"),
    ]
    back, rows = questions(content), questions(package)
    assert list(back) == list(rows)
    for name, row in rows.items():
        asked = "\n".join(part for part in (row.get("stem"), row["prompt"]) if part)
        found = back[name] | {"prompt": back[name]["prompt"].replace("/media/", "")}
        if row["type"] == "hotspot":
            continue
        if "![" in asked:
            assert found["prompt"].split("(")[0] == asked.split("(")[0]
            continue
        assert comparable_question(found) == comparable_question(row | {"prompt": asked}), name
        assert found["skills"] == row.get("skills", [row.get("skill")])
    assert [unit["name"] for unit in back["number"]["units"]] == ["km", "m"]
    assert [unit["factor"] for unit in back["number"]["units"]] == [1, 0.001]
    assert back["number"]["wrong_answers"][0]["feedback"] == "A kilometre is $1000$ m, not $100$ m."
    plain = [one["text"] for one in rows["one"]["hints"] if one["kind"] != "scaffold"]
    assert [one["text"] for one in back["one"]["hints"]] == plain


def test_pictures_are_inside_the_file_and_come_back(tmp_path):
    text, _ = write(load())
    files = safe_xml.parse(text.encode(), "a.xml").all("file")
    assert [file.get("name") for file in files] == ["ruler.png"] * 3
    assert {base64.b64decode(file.raw()) for file in files} == {PICTURE.read_bytes()}
    content, _ = read_again(text, tmp_path)
    assert "![Three rulers](/media/" in questions(content)["steps"]["prompt"]
    reading = next(unit for unit in content["units"] if unit["kind"] == "reading")
    assert "![A ruler](/media/" in reading["body"]


def test_what_has_no_place_is_counted():
    _, left_out = write(load())
    assert left_out["video unit"] == 1
    assert left_out["sub-question (a question inside a hint)"] == 8
    assert left_out["difficulty of a question"] == 13
    assert left_out["criterion of a rubric"] == 3
    assert left_out["misconception of a wrong answer"] == 3
    assert left_out["time limit of a unit"] == 1
    assert "reading unit" not in left_out
    assert "hint" not in left_out


def test_moodle_finds_its_own_names_in_the_file():
    top = safe_xml.parse(write(load())[0].encode(), "a.xml")
    kinds = [node.get("type") for node in top.all("question")]
    assert kinds == ["category", "ordering", "cloze", "numerical", "category", "description",
                     "category", "multichoice", "multichoice", "numerical", "shortanswer",
                     "ordering", "matching", "cloze", "ddmarker", "numerical", "numerical",
                     "category", "numerical", "essay", "essay"]  # fmt: skip
    gaps = top.all("question")[13].first("questiontext").first("text").raw()
    assert "{1:NUMERICAL:=100:0}" in gaps
    assert "{1:MULTICHOICE:=shorter~longer}" in gaps
    several = top.all("question")[8]
    assert [one.get("fraction") for one in several.all("answer")] == ["50", "-100", "50"]


ODD = ["~", "=", "#", "{1:SA:=x}", "}", "%50%", "\\", "*", "<b>", "&amp;", "]]>", "a -- b", "\\n",
       "{1:MULTICHOICE:~=x}", "[[1]]", "&#125;", "\\*", "@@PLUGINFILE@@/a.png"]  # fmt: skip


def test_signs_of_moodle_stay_what_they_are(tmp_path):
    rows = [{"id": f"c{at}", "text": text, "correct": at == 2} for at, text in enumerate(ODD)]
    plain = [{key: row[key] for key in ("id", "text", "correct")} for row in rows]
    gaps = [
        {"id": "g1", "kind": "choice", "choices": plain},
        {"id": "g2", "kind": "text", "answer": "~}#{%=\\", "accepted": ["a*}"], "compare": "words"},
    ]
    said = "said {1:SA:=x} ]]> \\* &lt;"
    made = [
        {"id": "a", "type": "single", "prompt": said, "choices": rows, "skills": ["s"]},
        {"id": "b", "type": "text", "prompt": "W?", "answer": "2*3 <b>", "accepted": ["2*3", "%a"],
         "compare": "words", "skills": ["s"]},
        {"id": "c", "type": "cloze", "prompt": "a {1:SA:=x} [[g1]] b [[g2]]", "parts": gaps,
         "skills": ["s"]},
        {"id": "d", "type": "order", "prompt": "O", "choices": plain_rows(ODD), "skills": ["s"]},
        {"id": "e", "type": "match", "prompt": "M", "skills": ["s"],
         "choices": [row | {"match": f"p{at}"} for at, row in enumerate(plain_rows(ODD))],
         "parts": [{"id": f"p{at}", "text": f"{text} {at}"} for at, text in enumerate(ODD)]},
    ]  # fmt: skip
    package = load() | {
        "title": "A --> B & <C>",
        "skills": [{"slug": "s", "name": "S -->", "prerequisites": []}],
        "units": [{"id": "u", "kind": "quiz", "title": "a / b // c", "skills": ["s"],
                   "questions": made}],
    }  # fmt: skip
    content, left_out = read_again(write(package)[0], tmp_path)
    assert not left_out
    assert content["title"] == "A --> B & <C>"
    assert content["skills"][0]["name"] == "S -->"
    assert content["units"][0]["title"] == "a / b // c"
    back = questions(content)
    for row in made:
        assert comparable_question(back[row["id"]]) == comparable_question(row), row["id"]


def plain_rows(texts):
    return [{"id": f"c{at}", "text": text} for at, text in enumerate(texts)]


def test_a_picture_outside_the_course_is_not_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"\x89PNG secret")
    package = load()
    package["units"] = package["units"][2:3]
    row = package["units"][0]["questions"][0]
    row["prompt"] = f"![a]({tmp_path}/secret.png) ![b](../secret.png) ![c](/media/x.png)"
    media = tmp_path / "media"
    media.mkdir()
    package["units"][0]["questions"] = [row]
    files, _ = moodle.write(package, LocalFolder(media))
    (text,) = files.values()
    assert "<file" not in text
    assert "secret" not in unescape(text)


UNKNOWN_SHARE = "share of the points that Moodle does not know"


def write_multiple(right, **own):
    """Write a multiple choice with partial credit; return the number of unknown shares."""
    texts = [f"choice {number}" for number in range(right + 1)]
    choices = [
        {"id": text, "text": text, "correct": place < right} | (own if place == 0 else {})
        for place, text in enumerate(texts)
    ]
    row = {
        "id": "q",
        "type": "multiple",
        "prompt": "?",
        "skills": [],
        "partial_credit": True,
        "choices": choices,
    }
    unit = {"id": "u", "kind": "quiz", "title": "U", "questions": [row]}
    head = {"slug": "c", "title": "C", "skills": [], "language": "en"}
    return write({**head, "units": [unit]})[1].get(UNKNOWN_SHARE, 0)


def test_equal_shares_that_moodle_does_not_know_are_counted():
    assert [write_multiple(right) for right in (3, 7, 10)] == [0, 0, 0]
    assert write_multiple(11) == 12


def test_a_share_that_would_come_back_as_another_is_counted():
    assert write_multiple(2, share=33.333331) == 1
    assert write_multiple(2, share="100/3") == 0


def test_whole_numbers_have_no_point():
    """Moodle reads no limit of 200.0 words, nor 2.0 attachments."""
    package = load()
    for row in questions(package).values():
        row |= {name: float(row[name]) for name in ("word_limit", "most_files") if name in row}
    text, _left_out = write(package)
    assert "<maxwordlimit>200</maxwordlimit>" in text
    assert "<attachments>2</attachments>" in text
