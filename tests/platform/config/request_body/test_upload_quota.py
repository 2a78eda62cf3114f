"""Upload quotas of a person and of the site; an upload that ends early leaves nothing."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as loaded

from authoring.models import Arrival
from config.request_body import limits
from tests.fixtures.servers.web_server import served
from tests.fixtures.users import client_for_person, make

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
PATH = "/author/import/"


@pytest.fixture
def folder(settings, tmp_path):
    """Where bodies are stored while they arrive."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "coming")
    settings.MEDIA_ROOT = tmp_path / "media"
    Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir()
    return Path(settings.FILE_UPLOAD_TEMP_DIR)


@pytest.fixture
def address(settings, folder, monkeypatch):
    monkeypatch.setattr("config.request_body.limiter.LINGER_S", 0.2)
    with served(settings) as found:
        yield found


def change_pool(monkeypatch, **fields):
    """Give the form's uploads another limit."""
    form = limits.UPLOADS["author/import/"]
    pool = replace(form.pool, **fields)
    monkeypatch.setitem(limits.UPLOADS, "author/import/", replace(form, pool=pool))


def begun(address, person, size=8 * MB, *, path=PATH):
    """Start an upload that stops after half of its declared length."""
    host, port = address.split(":")
    name = loaded.SESSION_COOKIE_NAME
    cookie = client_for_person(person).cookies[name].value
    connection = socket.create_connection((host, int(port)), timeout=30)
    lines = [
        f"POST {path} HTTP/1.1", f"Host: {address}", f"Cookie: {name}={cookie}",
        "Content-Type: multipart/form-data; boundary=b", f"Content-Length: {size}", "", "",
    ]  # fmt: skip
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    connection.sendall("\r\n".join(lines).encode() + part + bytes(size // 2))
    return connection


def answer(connection):
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    connection.close()
    return found.decode()


def lying_in(folder):
    """Return the files in the folder, including open ones without a name."""
    places = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            places.append(os.readlink(entry))
        except OSError:
            continue
    return [place for place in places if str(folder) in place] + list(folder.rglob("*"))


def until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.02)
    return true()


def test_a_persons_uploads_are_limited_with_advice(address, folder, ines, monkeypatch):
    change_pool(monkeypatch, of_person=6 * MB)
    first = begun(address, ines)
    assert until(lambda: lying_in(folder))
    found = answer(begun(address, ines))
    assert " 429 " in found.split("\r\n")[0]
    assert "Wait until the others have finished, then upload it again." in found
    first.close()
    assert until(lambda: not lying_in(folder))
    again = begun(address, ines)
    assert until(lambda: lying_in(folder))
    again.close()
    assert_nothing_is_left(folder)


def test_all_uploads_of_a_site_are_limited(address, folder, ines, monkeypatch):
    change_pool(monkeypatch, most=6 * MB)
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    first = begun(address, olga)
    assert until(lambda: lying_in(folder))
    found = answer(begun(address, ines))
    assert " 503 " in found.split("\r\n")[0]
    assert "Try again in a minute." in found
    first.close()
    assert_nothing_is_left(folder)


def test_files_of_learners_have_their_own_limit_and_leave_room_for_authors(
    address, folder, ines, mia, noah, monkeypatch
):
    path = "/attempts/00000000-0000-4000-8000-000000000000/files/"
    form = limits.UPLOADS["attempts/<uuid:id>/files/"]
    assert form.pool.most + limits.UPLOADED.most < 7000 * MB
    assert 2 * form.most < form.pool.of_person < form.pool.most // 10
    pool = replace(form.pool, most=10 * MB, of_person=6 * MB)
    monkeypatch.setitem(limits.UPLOADS, "attempts/<uuid:id>/files/", replace(form, pool=pool))
    first = begun(address, mia, path=path)
    assert until(lambda: lying_in(folder))
    assert " 429 " in answer(begun(address, mia, path=path)).split("\r\n")[0]
    second = begun(address, noah, path=path)
    assert until(lambda: len(lying_in(folder)) > 1)
    assert " 503 " in answer(begun(address, make("lena"), path=path)).split("\r\n")[0]
    author = begun(address, ines)
    assert until(lambda: len(lying_in(folder)) > 2)
    for each in (first, second, author):
        each.close()
    assert_nothing_is_left(folder)


def test_an_aborted_upload_leaves_nothing_on_disk(address, folder, ines):
    connection = begun(address, ines)
    assert until(lambda: lying_in(folder))
    connection.close()
    assert_nothing_is_left(folder)


def assert_nothing_is_left(folder):
    from config.asgi_pages import application

    arriving = application.application.arriving
    assert until(lambda: not lying_in(folder))
    assert until(lambda: not (any(arriving.by_pool.values()) or arriving.by_person))
    assert not Arrival.objects.exists()
    assert not (folder.parent / "media").exists()
