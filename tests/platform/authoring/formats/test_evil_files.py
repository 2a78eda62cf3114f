"""Harmful files in each format are refused with a message that names the place."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile

import pytest

from authoring.errors import BrokenPackage
from authoring.imports import archive_reader
from courses.models import Course, Question, Unit
from tests.platform.authoring.conftest import DEMO, files_in
from tests.platform.authoring.imports import test_evil_archives

pytestmark = pytest.mark.django_db
ITEM = (
    '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t">'
    '<responseDeclaration identifier="R" cardinality="single" baseType="identifier">'
    "<correctResponse><value>a</value></correctResponse></responseDeclaration><itemBody>"
    '<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>{}</prompt>'
    '<simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>'
    "</choiceInteraction></itemBody></assessmentItem>"
)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
MANIFEST = "<manifest><resources/></manifest>"
COURSE = '<course url_name="r" org="o" course="c"/>'


def doctype(inside, text, root="assessmentItem"):
    return f"<!DOCTYPE {root} [{inside}]>" + text


def nested(number):
    return ITEM.format("<p>" * number + "x" + "</p>" * number)


def zipped(**files):
    """Return a zip; `__` in a name becomes a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def renamed(name, content=b"x", beside="imsmanifest.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(beside, MANIFEST)
        archive.writestr(name, content)
    return out.getvalue()


def linked(name, to, kind=tarfile.SYMTYPE):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("course.xml"), io.BytesIO())
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, to
        archive.addfile(info)
    return out.getvalue()


def olx(**files):
    return zipped(**{"course.xml": COURSE}, **files)


def zip_link():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        info = zipfile.ZipInfo("items/i.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


# A file, and a part of the message that refuses it.
EVIL = {
    "laughs in an item": (doctype(LAUGHS, ITEM.format("&l9;")), "custom entity"),
    "laughs in a course": (doctype(LAUGHS, "<course>&l9;</course>", "course"), "custom entity"),
    "an entity that is a file": (
        doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', ITEM.format("&x;")), "custom entity"),
    "an entity that is elsewhere": (
        doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', ITEM.format("&x;")), "custom entity"),
    "a parameter entity": (
        doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;', ITEM.format("")), "custom entity"),
    "one long entity many times": (
        doctype(f'<!ENTITY a "{"a" * 50_000}">', ITEM.format("&a;" * 5000)), "custom entity"),
    "an unknown entity": (ITEM.format("&x;"), "undefined entity"),
    "elements a hundred deep": (nested(5000), "levels of nested elements"),
    "elements without number": (ITEM.format("<i/>" * 300_001), "at most 300000 elements"),
    "a file of 17 MB": (ITEM.format("x" * 17 * 1024**2), "text file with questions"),
    "an open element": (ITEM.format("<p>"), "line 1, column"),
    "two roots": (ITEM.format("") * 2, "junk after document"),
    "a NUL in XML": (renamed("i.xml", b"<assessmentItem>\0</assessmentItem>"), "NUL"),
    "UTF-7": (b"<?xml version='1.0' encoding='utf-7'?>" + ITEM.encode(), "the encoding utf-7"),
    "bytes that are no UTF-8": (ITEM.format("x").encode() + b"<!-- \xff\xfe -->", "expected UTF-8"),
    "UTF-16 cut in a letter": (
        b"\xff\xfe" + ITEM.format("x").encode("utf-16-le") + b"\x3c", "UTF-16"),
    "laughs in QTI 3": (
        doctype(LAUGHS, "<qti-assessment-item>&l9;</qti-assessment-item>", "qti-assessment-item"),
        "custom entity"),
    "laughs in Moodle XML": (doctype(LAUGHS, "<quiz>&l9;</quiz>", "quiz"), "custom entity"),
    "H5P without its content": (zipped(**{"h5p.json": "{}"}), "content/content.json"),
    "H5P that is no JSON": (zipped(**{"h5p.json": "{"}), "h5p.json: line 1"),
    "QTI 1.2 without an item": ("<questestinterop/>", "expected questions in QTI 1.2"),
    "laughs in QTI 1.2": (
        doctype(LAUGHS, "<questestinterop><item>&l9;</item></questestinterop>", "questestinterop"),
        "custom entity"),
    "a cartridge without content": (
        zipped(**{"imsmanifest.xml": "<manifest><metadata><schema>IMS Common Cartridge</schema>"
            '</metadata><resources><resource type="webcontent"/></resources></manifest>'}),
        "a Common Cartridge"),
    "a manifest and nothing": (zipped(**{"imsmanifest.xml": MANIFEST}), "an assessmentItem"),
    "an item that climbs": (renamed("../../i.xml"), "a path inside"),
    "an item at the root": (renamed("/etc/i.xml"), "a path inside"),
    "an item on a drive": (renamed("C:\\i.xml"), "a path inside"),
    "an item that is a link": (zip_link(), "is a link"),
    "a package in the package": (renamed("more.zip"), "an archive inside the archive"),
    "a course that is a link": (linked("course/r.xml", "/etc/passwd"), "is a link"),
    "static that is a link": (linked("static", "/etc"), "is a link"),
    "static that is a device": (linked("static/x.mp4", "", tarfile.CHRTYPE), "is a link"),
    "a course inside itself": (
        olx(course__r="", **{"course/r.xml": '<course><chapter url_name="a"/></course>',
            "chapter/a.xml": '<chapter><chapter url_name="a"/></chapter>'}), "contains itself"),
    "a course that branches for ever": (
        olx(**{"course/r.xml": "<course>" + '<chapter url_name="c0"/>' * 10 + "</course>"}, **{
            f"chapter/c{n}.xml": "<chapter>" + f'<chapter url_name="c{n + 1}"/>' * 10 + "</chapter>"
            for n in range(9)}), "at most 10000 blocks"),
    "a chapter that is a problem": (
        olx(**{"course/r.xml": '<course><chapter url_name="a"/></course>',
            "chapter/a.xml": "<problem/>"}), "expected <chapter>, found <problem>"),
    "broken XML in a problem": (
        olx(**{"course/r.xml": '<course><problem url_name="p"/></course>',
            "problem/p.xml": "<problem><p></problem>"}), "problem/p.xml: line 1"),
    "a policy that is no JSON": (
        olx(**{"policies/r.json": "{", "course/r.xml": "<course/>"}), "policies/r.json"),
    "laughs in a problem": (
        olx(**{"course/r.xml": '<course><problem url_name="p"/></course>',
            "problem/p.xml": doctype(LAUGHS, "<problem>&l9;</problem>", "problem")}),
        "custom entity"),
    "an open brace": ("::a:: Which? {=one ~two\n\n::b:: Next {=x}", "line 1: expected { and }"),
    "GIFT that is no UTF-8": (b"Caf\xe9? {=one}", "byte 3: expected UTF-8"),
    "GIFT with a NUL": ("Which\0 one? {=a}".encode("utf-16"), "NUL byte"),
    "a column that is unknown": ("kind,prompt,promt\n", "row 1, column 3: expected one of"),
    "a column that is not there": ("kind,answer\ntext,x\n", "the column 'prompt', found none"),
    "a column twice": ("kind,prompt,kind\n", "'kind' occurs twice"),
    "a cell too many": ("kind,prompt\ntext,x,=cmd()\n", "row 2: expected at most 2 cells"),
    "a kind that is unknown": ("kind,prompt\nessay,x\n", "row 2, column kind: expected single"),
    "a quotation that never ends": ('kind,prompt\ntext,"x\n', "expected a CSV table"),
    "a cell of megabytes": ("kind,prompt\ntext," + "x" * 200_000 + "\n", "field larger"),
    "too many rows": ("kind,prompt\n" + "text,x\n" * 20_001, "at most 20000 rows"),
    "a number that is none": (
        "kind,prompt,answer\nnumeric,x,1e999\n", "column answer: expected a number"),
    "a page": ("<html><body>Hello</body></html>", "found none of them"),
    "a text": ("Hello", "found none of them"),
    "a program": (b"\x7fELF\x02\x01\x01\0\0\0", "text file with questions"),
    "nothing": (b"", "text file with questions"),
    "blanks": (b" \n\n", "text file with questions"),
}  # fmt: skip


def test_there_are_forty():
    assert len(EVIL) >= 40


@pytest.fixture
def stored(load, media):
    """Import a course that must not change."""
    load(DEMO)
    return lambda: (
        [list(model.objects.order_by("pk").values()) for model in (Course, Unit, Question)],
        files_in(media),
    )


def test_harmful_file_is_refused_with_a_message(load, stored, tmp_path):
    before = stored()
    wrong = {}
    for kind, (content, sentence) in EVIL.items():
        path = tmp_path / "evil.bin"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        try:
            load(path)
            wrong[kind] = "was taken"
        except BrokenPackage as refused:
            if sentence not in str(refused) or len(str(refused)) > 400:
                wrong[kind] = str(refused)[:300]
    assert not wrong
    assert stored() == before


def test_harmful_archives_change_nothing(load, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(archive_reader, "ALWAYS", test_evil_archives.LIMIT)
    monkeypatch.setattr(archive_reader, "MAX_ENTRIES", 60)
    before = stored()
    for make in test_evil_archives.EVIL.values():
        (tmp_path / "evil.bin").write_bytes(make())
        with pytest.raises(BrokenPackage):
            load(tmp_path / "evil.bin")
    assert stored() == before


def test_harmful_files_are_otherwise_valid(load, tmp_path):
    (tmp_path / "good.bin").write_text(ITEM.format("Which?"))
    assert load(tmp_path / "good.bin", slug="good").counts["questions"] == 1
