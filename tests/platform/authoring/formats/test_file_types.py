"""Types of files that other formats list: the kinds that allow them, and what is counted."""

from __future__ import annotations

from collections import Counter

import pytest

from authoring.formats.file_types import find_kinds
from courses.answer_files.file_kinds import FILE_KINDS

EVERY = list(FILE_KINDS)
PICTURES = ["picture"]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NO, TOO = "type of file that cannot be allowed", (
    "limit to some types of files (here, similar types are allowed too)"
)  # fmt: skip


@pytest.mark.parametrize(
    ("listed", "kinds", "counted"),
    [
        ("", EVERY, {}),
        ("*/*", EVERY, {}),
        (".pdf *", EVERY, {}),
        ("application/pdf", ["pdf"], {}),
        ("Application/PDF, .PDF;pdf *.pdf", ["pdf"], {}),
        ("image/jpeg,image/png image/webp", PICTURES, {}),
        (".jpg .png .webp", PICTURES, {}),
        (".jpg", PICTURES, {TOO: 1}),
        ("image/png", PICTURES, {TOO: 1}),
        ("image/*", PICTURES, {NO: 1}),
        ("image", PICTURES, {NO: 1}),
        ("web_image", PICTURES, {NO: 1}),
        ("image/svg+xml", EVERY, {NO: 1}),
        ("image/gif,image/heic,application/pdf", ["pdf"], {NO: 2}),
        ("application/msword", EVERY, {NO: 1}),
        ("application/vnd.android.package-archive", EVERY, {NO: 1}),
        (WORD, ["document"], {TOO: 1}),
        (".docx .odt .xlsx .ods .pptx .odp", ["document"], {}),
        ("document", ["pdf", "document"], {NO: 1, TOO: 1}),
        ("text/plain", ["text"], {}),
        ("text/html .pdf", ["pdf"], {NO: 1}),
        (".py", ["text"], {TOO: 1}),
        (".doc .doc .mp4", EVERY, {NO: 2}),
    ],
)
def test_exact_types_select_kinds_and_all_else_is_counted(listed, kinds, counted):
    left_out = Counter()
    assert find_kinds(listed, left_out) == kinds
    assert +left_out == counted
