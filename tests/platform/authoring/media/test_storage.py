"""A stored file is named by its content, and keeps its name when it is stored again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from authoring.media import uploads
from authoring.media.storage import MediaShelf, shelved_name
from tests.fixtures import factories

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
LONG = "photo-" * 10 + "album"


@given(st.text(max_size=120), DIGESTS, DIGESTS)
def test_name_depends_only_on_the_content(stem, before, after):
    once = Path(shelved_name(stem, before, ".png")).stem
    assert shelved_name(once, after, ".png") == shelved_name(stem, after, ".png")


def put_on_shelf(folder, name):
    (folder / name).write_bytes(PNG)
    shelf = MediaShelf(folder, factories.make_course("own").code, folder, "/media/")
    return Path(shelf.add(name, kinds=(".png",), where=("", ""))).name


def upload(_folder, name):
    course = factories.make_course("own")
    return uploads.shelve(course, SimpleUploadedFile(name, PNG), uploads.POSTER).name


@pytest.mark.django_db
@pytest.mark.parametrize("put", [put_on_shelf, upload])
def test_long_name_is_stable_when_stored_again(media, tmp_path, put):
    name = put(tmp_path, f"{LONG}-{'0' * 12}.png")
    assert Path(name).stem[:-13] == LONG
