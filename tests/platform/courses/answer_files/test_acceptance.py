"""What a learner may upload: recognised by content, whatever the name says."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import Image

from courses.answer_files.acceptance import MB, MOST_BYTES, accept_file
from courses.answer_files.file_kinds import FILE_KINDS, list_suffixes, name_kinds
from courses.question_types.file import FileUpload
from courses.refused_file import RefusedFile
from tests.fixtures.answer_files import (
    ALL_KINDS,
    PDF,
    PROGRAM,
    TAKEN_BY,
    docx,
    draw,
    odt,
    pack,
    photograph,
)

EXE = b"MZ\x90\x00" + bytes(200)
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def accept(name, content, kinds=ALL_KINDS):
    item = FileUpload(prompt_html="", linear="", file_kinds=tuple(kinds))
    return accept_file(item, name, content)


def refusal(name, content, kinds=ALL_KINDS):
    with pytest.raises(RefusedFile) as refused:
        accept(name, content, kinds)
    return str(refused.value)


@pytest.mark.parametrize(
    ("sent", "content", "stored"),
    [
        ("sheet.pdf", PDF, "sheet.pdf"),
        ("sheet", PDF, "sheet.pdf"),
        ("sheet.jpg", PDF, "sheet.pdf"),
        ("half.py", PROGRAM, "half.py"),
        ("Half.PY", PROGRAM, "Half.py"),
        ("notes", b"Only words.\r\n", "notes.txt"),
        ("umlauts.txt", "für Brüche".encode("cp1252"), "umlauts.txt"),
        ("notepad.txt", "für Brüche".encode("utf-16"), "notepad.txt"),
        ("work.docx", docx(), "work.docx"),
        ("work.odt", odt(), "work.odt"),
        ("table.xlsx", pack("[Content_Types].xml", "xl/workbook.xml"), "table.xlsx"),
    ],
)
def test_a_file_of_an_allowed_kind_is_stored_as_it_is(sent, content, stored):
    accepted = accept(sent, content)
    assert (accepted.name, accepted.content) == (stored, content)


@pytest.mark.parametrize(
    "name", ["page.html", "run.bat", "run.js", "icon.svg", "run.pdf", "homework.xml"]
)
def test_text_that_a_computer_might_run_or_show_becomes_plain_text(name):
    assert accept(name, b"<script>alert(1)</script>").name == f"{name}.txt"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sheet.pdf", EXE),
        ("photo.jpg", EXE),
        ("half.py", EXE),
        ("work.docx", OLD_WORD),
        ("work.docx", pack("word/document.xml")),
        ("work.zip", pack("a.txt")),
        ("work.docx", b"PK\x03\x04" + bytes(100)),
        ("sheet.pdf", b"\n" + PDF + b"\x00"),
        ("data.txt", b"a\x00b"),
        ("clip.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(50)),
    ],
)
def test_another_kind_is_refused_whatever_its_name(name, content):
    assert refusal(name, content).startswith("This file has another format than its question")


def test_a_kind_that_the_question_does_not_allow_is_refused_with_those_that_it_allows():
    said = refusal("half.py", PROGRAM, ["pdf", "picture"])
    assert "allows: PDF; pictures (JPEG, PNG, WebP). Save it" in said


def test_a_photograph_of_an_iphone_says_which_format_to_use():
    heic = b"\x00\x00\x00\x18ftypheic" + bytes(50)
    assert refusal("IMG_1.HEIC", heic) == (
        "This photo has the format HEIC. Save it as JPEG, then upload it again."
    )


def test_an_empty_and_a_large_file_are_refused():
    assert refusal("a.pdf", b"") == "This file is empty. Check it, then upload it again."
    large = PDF + bytes(MOST_BYTES)
    assert refusal("a.pdf", large) == "This file is larger than 10 MB. Upload a smaller one."
    assert accept("a.pdf", large[:MOST_BYTES]).content == large[:MOST_BYTES]


@pytest.mark.parametrize(
    "more",
    [
        "word/vbaProject.bin",
        "xl/VBAPROJECT.BIN",
        "word\\vbaProject2.bin",
        "xl/macrosheets/sheet1.xml",
    ],
)
def test_a_document_with_macros_is_refused(more):
    assert refusal("work.docx", docx(more)).startswith("This document contains macros.")
    assert refusal("work.odt", odt("Basic/Standard/Module1.xml")).startswith("This document")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_upright_and_says_neither_where_nor_by_whom_it_was_taken(kind):
    sent = photograph(kind)
    assert TAKEN_BY.encode() in sent
    stored = accept("IMG.jpg", sent).content
    assert TAKEN_BY.encode() not in stored
    with Image.open(BytesIO(stored)) as image:
        assert image.size == (20, 40)
        assert dict(image.getexif()) == {}


def test_what_follows_a_picture_in_its_file_is_not_stored():
    sent = draw() + pack("evil.exe") + b"<script>alert(1)</script>"
    stored = accept("photo.jpg", sent)
    assert stored.name == "photo.jpg"
    assert b"evil" not in stored.content
    assert b"script" not in stored.content


def test_a_broken_picture_and_one_of_too_many_pixels_are_refused():
    assert refusal("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40)).startswith("The picture could not")
    bomb = draw("PNG", (10, 10))
    head = struct.pack(">II", 20_000, 20_000)
    bomb = bomb[:16] + head + bomb[24:]
    assert refusal("a.png", bomb)


def test_an_archive_with_a_list_of_millions_of_members_is_not_read():
    content = docx()
    at = content.rfind(b"PK\x05\x06")
    sized = content[: at + 12] + struct.pack("<L", 2 * MB) + content[at + 16 :]
    assert refusal("work.docx", sized).startswith("This file has another format")


def test_the_field_offers_the_kinds_that_are_allowed():
    assert list_suffixes(["pdf"]) == ".pdf"
    assert ".heic" not in list_suffixes(FILE_KINDS)
    assert name_kinds(["text", "pdf"]) == "PDF; plain text and source code"
