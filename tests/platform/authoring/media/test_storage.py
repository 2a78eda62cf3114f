"""A stored file is named by its content, and keeps its name when it is stored again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.media import uploads
from authoring.media.storage import MediaShelf, StoredShelf, shelved_name
from courses.media.folder_store import FolderStore
from courses.media.stored_file import StoreUnavailable
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
    shelf = MediaShelf(folder, factories.make_course("own").code, "/media/")
    return Path(shelf.add(name, kinds=(".png",), where=("", ""))).name


def upload(_folder, name):
    course = factories.make_course("own")
    return uploads.shelve(course, SimpleUploadedFile(name, PNG), uploads.POSTER)


@pytest.mark.django_db
@pytest.mark.parametrize("put", [put_on_shelf, upload])
def test_long_name_is_stable_when_stored_again(media, tmp_path, put):
    name = put(tmp_path, f"{LONG}-{'0' * 12}.png")
    assert Path(name).stem[:-13] == LONG


@pytest.mark.django_db
def test_the_files_of_a_published_course_are_looked_up_and_not_read_again(any_store, monkeypatch):
    course = factories.make_course("own")
    name = uploads.shelve(course, SimpleUploadedFile("photo.png", PNG), uploads.POSTER)
    shelf = StoredShelf(course.code, "/media/")
    monkeypatch.setattr(type(any_store), "read_bytes", pytest.fail)
    monkeypatch.setattr(type(any_store), "open_file", pytest.fail)
    assert shelf.add(name, kinds=(".png",), where=("", "")) == f"{course.code}/{name}"
    with pytest.raises(BrokenPackage, match=r"expected a \.jpg file"):
        shelf.add(name, kinds=(".jpg",), where=("", ""))
    for other in ("other.png", f"../{course.code}/{name}"):
        with pytest.raises(BrokenPackage, match="found none"):
            shelf.add(other, kinds=(".png",), where=("", ""))


@pytest.mark.django_db
def test_an_import_that_is_done_does_not_fail_when_the_store_goes_away(
    media, tmp_path, monkeypatch
):
    def refuse(*_):
        raise StoreUnavailable("away")

    monkeypatch.setattr(FolderStore, "delete", refuse)
    shelf = MediaShelf(tmp_path, factories.make_course("own").code, "/media/")
    shelf.remove_unused(list, now=timezone.now() + timedelta(days=2))


@pytest.mark.django_db
def test_a_file_goes_when_it_is_old_and_no_version_names_it(any_store, tmp_path):
    course = factories.make_course("own")
    name = uploads.shelve(course, SimpleUploadedFile("photo.png", PNG), uploads.POSTER)
    shelf, at = MediaShelf(tmp_path, course.code, "/media/"), timezone.now()
    for later, texts, stays in ((0, [], True), (2, [f'"{name}"'], True), (2, [], False)):
        shelf.remove_unused(lambda texts=texts: texts, now=at + timedelta(days=later))
        assert (any_store.find(f"{course.code}/{name}") is not None) == stays


@pytest.mark.django_db
def test_a_file_that_is_named_while_files_are_listed_stays(any_store, tmp_path, monkeypatch):
    course, versions, list_files = factories.make_course("own"), [], type(any_store).list_files
    name = uploads.shelve(course, SimpleUploadedFile("photo.png", PNG), uploads.POSTER)

    def list_and_name(*args):
        yield from list_files(*args)
        versions.append(name)

    monkeypatch.setattr(type(any_store), "list_files", list_and_name)
    shelf = MediaShelf(tmp_path, course.code, "/media/")
    shelf.remove_unused(versions.copy, now=timezone.now() + timedelta(days=2))
    assert any_store.find(f"{course.code}/{name}") is not None


@pytest.mark.django_db
def test_a_failed_import_leaves_the_files_that_were_there(any_store, tmp_path):
    course = factories.make_course("own")
    kept = uploads.shelve(course, SimpleUploadedFile("photo.png", PNG), uploads.POSTER)
    shelf = MediaShelf(tmp_path, course.code, "/media/")
    for name, content in (("photo.png", PNG), ("other.png", PNG + b"other")):
        (tmp_path / name).write_bytes(content)
        shelf.add(name, kinds=(".png",), where=("", ""))
    shelf.copy_files()
    assert len(list(any_store.list_files())) == 2
    shelf.remove_copies()
    assert [file.name for file in any_store.list_files()] == [f"{course.code}/{kept}"]


@pytest.mark.django_db
def test_a_package_cannot_choose_the_digest_in_a_name(media, tmp_path):
    name = f"photo-{'0' * 12}.png"
    assert put_on_shelf(tmp_path, name) != name
