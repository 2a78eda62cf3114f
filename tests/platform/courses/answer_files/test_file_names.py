"""Names of uploaded files, made safe for every computer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.answer_files.file_names import LONGEST_NAME, clean_name, suffix_of


@pytest.mark.parametrize(
    ("name", "suffix", "clean"),
    [
        ("sheet.pdf", ".pdf", "sheet.pdf"),
        ("../../etc/passwd", ".txt", "passwd.txt"),
        ("C:\\Users\\mia\\sheet.PDF", ".pdf", "sheet.pdf"),
        ("photo.jpeg", ".jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: x=1.pdf", ".pdf", "aSet-Cookie_ x=1.pdf"),
        ("\u202egnp.exe", ".txt", "gnp.exe.txt"),
        ("", ".pdf", "file.pdf"),
        (".pdf", ".pdf", "pdf.pdf"),
        ("...", ".pdf", "file.pdf"),
        ("con.pdf", ".pdf", "_con.pdf"),
        ("nul.tar.pdf", ".pdf", "_nul.tar.pdf"),
        ("com1 .pdf", ".pdf", "_com1.pdf"),
        ("  two   words .pdf", ".pdf", "two words.pdf"),
        ("Übung 1.pdf", ".pdf", "Übung 1.pdf"),
        ("my.program.py", ".py", "my.program.py"),
    ],
)
def test_a_name_has_no_folder_and_the_suffix_of_the_content(name, suffix, clean):
    assert clean_name(name, suffix) == clean


def test_a_long_name_is_cut_before_its_suffix():
    made = clean_name("a" * 300 + ".pdf", ".pdf")
    assert len(made) == LONGEST_NAME
    assert made.endswith("a.pdf")


def test_a_long_name_in_chinese_can_be_unpacked_from_the_export(tmp_path):
    made = clean_name("文" * 150 + ".pdf", ".pdf")
    (tmp_path / made).write_bytes(b"")
    assert made.endswith("文.pdf")


@given(st.text(max_size=300), st.sampled_from([".pdf", ".txt", ".py"]))
def test_any_name_becomes_one_that_can_be_saved(name, suffix):
    made = clean_name(name, suffix)
    assert len(made.encode()) <= LONGEST_NAME
    assert made.endswith(suffix)
    assert not set(made) & set('/\\<>:"|?*\r\n\0')
    assert made.isprintable()
    assert suffix_of(made) == suffix
    assert made == made.strip()
