"""Small files from public bug reports: each is read correctly, or counted under its reason."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import gift, olx, registry
from authoring.formats.course_builder import Package
from authoring.formats.olx.assets import Assets
from authoring.imports.archive_reader import open_package
from authoring.media import captions
from authoring.media.storage import MediaShelf
from courses.questions import gap_marks
from tests.platform.authoring.formats.inputs import DATA, INPUTS, choices, read

_VERSIONED = "/assets/courseware/v1/0123abcd"
EDX_ADDRESSES = (
    "/static/ static/ /asset-v1:O+C+R+type@asset+block@ /c4x/O/C/asset/ "
    f"{_VERSIONED}/asset-v1:O+C+R+type@asset+block/ {_VERSIONED}/c4x/O/C/asset/"
).split()


def test_gift_reads_what_moodle_users_write(tmp_path):
    def taken(name):
        return read(f"gift/{name}.gift", tmp_path / name)

    rows, _, _ = taken("m1")
    assert choices(rows["q1"]["parts"][0]) == [("green", False), ("blue", True)]
    assert choices(rows["q2"]) == [("red", False), ("green", True)]
    rows, _, left_out = taken("m2")
    assert {name: row["parts"][0]["kind"] for name, row in rows.items()} == {
        "b": "choice", "c": "numeric", "d": "text"}  # fmt: skip
    assert left_out == {"embedded question without a correct answer": 1}
    rows, _, left_out = taken("m3")
    assert [(rows[name]["answer"], rows[name]["tolerance"]) for name in ("comma", "dot")] == [
        ("3.14", 0.01), ("3.14", 0.01)]  # fmt: skip
    assert choices(rows["pct"]) == [("one", True), ("two", True), ("three", False)]
    assert choices(rows["low"]) == [("True", True), ("False", False)]
    assert left_out["empty choice"] == left_out["question left out: fewer than two choices"] == 1
    rows, _, left_out = taken("m10")
    assert (rows["v"]["answer"], rows["v"]["tolerance"]) == ("-3", 2)
    assert left_out["question left out: no choice is correct"] == 1
    assert left_out["partial credit for a question with several correct choices"] == 0
    assert rows["q"]["partial_credit"] is True
    assert rows["u"]["other_answers"] == [
        {"value": "1944", "tolerance": 1, "share": 50, "feedback": "Close."}]  # fmt: skip
    assert taken("n1-latex")[0]["q"]["prompt"] == "What is $\\frac{1}{2}+\\frac{1}{2}$?"
    assert taken("n3-latex-dollar")[0]["q"]["prompt"] == "Solve $x^{2}=4$ for positive x."
    gapped = taken("n2-text")[0]["q"]["prompt"]
    assert gap_marks.rename_gaps(gapped, "12") == "Grass is [[1]] and sky is [[2]] here."
    rows, _, _ = taken("n5-tags")
    assert [text for text, _ in choices(rows["r"])] == ["<li>", "<ul>", "<p>"]
    assert choices(rows["q"])[0] == ("Inside the <head>", True)
    with pytest.raises(BrokenPackage, match="Windows-1252; save the file as UTF-8"):
        taken("m6-latin1")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("::a:: Ok? {=1 ~2}\n\n::q:: Solve $x^{2}$ {#2}", "line 3"),
        ("::q:: The \\frac{1}{2}? {=1 ~2}", "line 1"),
        ("::q:: Which? {=a{b} ~c}", "line 1"),
        ("::q:: Which? {=a ~c}}", "line 1"),
    ],
)
def test_stray_braces_are_refused_with_their_line(text, what, tmp_path):
    (tmp_path / "a.gift").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenPackage) as broken:
        gift.read(Package(tmp_path, "a"), None)
    assert str(broken.value).startswith(f"a.gift: {what}: ")
    assert "write \\{ and \\}" in str(broken.value)


@pytest.mark.parametrize(
    "name", ["text-around", "title-around", "form-around", "style-around", "no-text"]
)
def test_problem_inside_other_markup_is_read_the_same(name, tmp_path):
    rows, _, _ = read(f"olx/{name}.xml", tmp_path)
    assert [(row["prompt"], row["answer"]) for row in rows.values()] == [("Two plus two?", "4")]


@pytest.mark.parametrize(
    ("name", "stems"),
    [("space-names", "fig-1-a"), ("asset-key", "fig fig fig fig2 fig2 fig ete")],
)
def test_olx_pictures_are_found_as_open_edx_finds_them(name, stems, tmp_path):
    _, units, left_out = read(f"olx/{name}", tmp_path)
    text = "\n".join(unit["body"] for unit in units)
    assert re.findall(r"/media/[0-9a-f-]{36}/(.*?)-[0-9a-f]{12}\.png", text) == stems.split()
    assert left_out == {}


@given(st.lists(st.text("aé _(.%", min_size=1, max_size=6), min_size=1, max_size=3))
def test_any_upload_is_found_by_each_of_its_addresses(parts):
    name = "/".join(f"x{part}x" for part in parts)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "static", name)
        file.parent.mkdir(parents=True)
        file.touch()
        found = Assets(Path(folder))
        key = re.sub(r"[^\w.%-]", "_", name)
        for asked in (name, quote(name), key, quote(key)):
            for before in EDX_ADDRESSES:
                assert found.place(before + asked) == f"static/{name}", before + asked
        assert found.place(f"https://example.org/{key}") == ""


@pytest.mark.parametrize("name", ["c01-sjson-latin1", "c03-srt-two-digits", "c05-lang-zh_HANS"])
def test_transcripts_of_open_edx_are_captions(name, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(INPUTS / "olx" / name, source)
    shutil.copy(DATA / "formats/olx/static" / "spring.mp4", source / "static/film.mp4")
    shelf = MediaShelf(source, uuid.UUID(int=1), "/media/")
    content, _ = olx.read(Package(source, name), shelf)
    tracks = content["units"][0]["files"]["captions"]
    text = (source / tracks[0]["src"]).read_text(encoding="utf-8")
    first = captions.read_captions(text)[0]
    assert (tracks[0]["lang"], first["text"], first["start"]) == {
        "c01-sjson-latin1": ("en", "Déjà vu", 0),
        "c03-srt-two-digits": ("en", "Hello", 0.5),
        "c05-lang-zh_HANS": ("zh-HANS", "你好", 0.5),
    }[name]


CUES = {
    "space-line.srt": ["First line", "Second line", "Third line"],
    "no-gap.srt": ["First line", "Second line"],
    "arrow.vtt": ["First", "Second"],
    "empty-cue.srt": ["First", "Third"],
    "zero-length.srt": ["Second"],
    "blank-inside.srt": ["First still first", "Second"],
    "two-digits.srt": ["First"],
    "position.srt": ["First"],
    "time-in-text.srt": ["The clock says 10:30,500 now"],
    "sbv.sbv": ["First"],
    "utf16.srt": ["Déjà vu"],
    "note.vtt": ["Hi you & me"],
    "overlap.vtt": ["Earlier", "Later"],
}


@pytest.mark.parametrize("name", sorted(CUES))
def test_captions_of_other_tools_are_read(name):
    path = INPUTS / "captions" / name
    text, guessed = captions.decode(path.read_bytes())
    cues = captions.read_captions(text)
    assert not guessed
    assert [cue["text"] for cue in cues] == CUES[name]
    if name == "two-digits.srt":
        assert (cues[0]["start"], cues[0]["end"]) == (1.5, 2.75)


def test_words_of_captions_are_not_read_as_markup():
    head = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
    for words in ("if a < b and c > d", "x --> y", "{ok} <3", "42"):
        later = "\n\n00:03.000 --> 00:04.000\nLater\n"
        assert [cue["text"] for cue in captions.read_captions(head + words + later)] == [
            words,
            "Later",
        ]


@pytest.mark.parametrize("kind", ["gift", "qti", "olx", "captions"])
def test_damaged_file_gives_a_course_or_an_error_message(kind, tmp_path):
    """Delete, repeat, swap or cut lines and characters, in two encodings: no exception escapes."""
    by = random.Random(7)
    paths = [path for path in (INPUTS / kind).iterdir() if path.is_file()]
    for number in range(150):
        path = by.choice(paths)
        (tmp_path / path.name).write_bytes(_damaged(path.read_bytes(), by))
        if kind == "captions":
            with suppress(ValueError):
                captions.read_captions(captions.decode((tmp_path / path.name).read_bytes())[0])
            continue
        scratch = tmp_path / str(number)
        scratch.mkdir()
        with suppress(BrokenPackage):
            package = Package(open_package(tmp_path / path.name, scratch), "a")
            shelf = MediaShelf(package.folder, uuid.UUID(int=1), "/media/")
            registry.detect_format(package).draft(package, shelf, lambda _done, _total: None)


SIGNS = [b"{", b"}", b"=", b"~", b"<", b">", b"%", b"\xe9", b"\n\n"]


def _damaged(content, by):
    for _ in range(by.randint(1, 4)):
        at, to = sorted((by.randint(0, len(content)), by.randint(0, len(content))))
        to = min(to, at + by.choice([1, 3, 20, 200]))
        content = by.choice(
            [
                content[:at] + content[to:],
                content[:at] + by.choice(SIGNS) + content[at:],
                content[:at] + content[at:to] * 2 + content[to:],
                content[:to],
                content.decode("utf-8", "replace").encode(by.choice(["utf-16", "utf-8-sig"])),
            ]
        )  # fmt: skip
    return content


def gap_ids(tmp_path, text):
    """Return the gaps of one GIFT question by their answers."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    (folder / "a.gift").write_text(text, encoding="utf-8")
    content, _ = gift.read(Package(folder, "a"), None)
    (question,) = (row for unit in content["units"] for row in unit["questions"])
    assert gap_marks.find_gap_ids(question["prompt"]) == [part["id"] for part in question["parts"]]
    return {part["answer"]: part["id"] for part in question["parts"]}


def test_gap_id_follows_the_words_before_the_gap(tmp_path):
    before = gap_ids(tmp_path, "::q:: Grass is {=green} and sky is {=blue} here.")
    assert gap_ids(tmp_path, "::q:: Grass is {=green} and sky is {=blue} here.") == before
    corrected = gap_ids(tmp_path, "::q:: Grass is {=verdant} and sky is {=blue} here.")
    assert corrected == {"verdant": before["green"], "blue": before["blue"]}
    other = gap_ids(tmp_path, "::q:: Snow is {=white}, grass is {=green} and sky is {=blue} here.")
    assert other["blue"] == before["blue"]
    assert other["white"] not in before.values()
