"""A stored file is named by its content, and keeps its name when it is stored again."""

from __future__ import annotations

import hashlib
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


@pytest.mark.django_db
def test_a_file_of_the_courses_own_folder_is_not_read_whole_again(media, monkeypatch):
    course = factories.make_course("own")
    stored = uploads.shelve(course, SimpleUploadedFile("photo.png", PNG), uploads.POSTER)
    (stored.parent / "plain.png").write_bytes(PNG)
    digested = []

    def digest(file, kind):
        digested.append(Path(file.name).name)
        return file_digest(file, kind)

    file_digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", digest)
    shelf = MediaShelf(stored.parent, course.code, media, "/media/")
    put = [
        Path(shelf.add(name, kinds=(".png",), where=("", ""))).name
        for name in (stored.name, "plain.png")
    ]
    assert put == [stored.name, stored.name.replace("photo", "plain")]
    assert digested == ["plain.png"]


@pytest.mark.django_db
def test_a_package_cannot_choose_the_digest_in_a_name(media, tmp_path):
    name = f"photo-{'0' * 12}.png"
    assert put_on_shelf(tmp_path, name) != name
