"""A video that browsers cannot play is reported, in an upload and in a package."""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from authoring.editor.units import video_files
from authoring.formats import unsupported_messages
from authoring.imports import import_requests, worker
from authoring.imports.target import Target
from authoring.media import ffmpeg, video_codecs
from courses.refused_file import RefusedFile
from tests.fixtures import factories
from tests.fixtures.users import client_for_person
from tests.platform.authoring.formats.inputs import DATA
from tests.platform.authoring.media.test_video_metadata import mp4, record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HEVC = "video encoded as HEVC, which many browsers cannot play (export it as MP4 with H.264)"


def attune(folder, film, package, small_course):
    shutil.copytree(package(small_course), folder)
    shutil.copy(film, folder / "01-one-step-equations.mp4")


def olx(folder, film, *_):
    shutil.copytree(DATA / "formats/olx", folder)
    shutil.copy(film, folder / "static/spring.mp4")


@pytest.mark.parametrize("make", [attune, olx])
@pytest.mark.parametrize(("codec", "noted"), [("libx265", {HEVC: 1}), ("libx264", {})])
def test_an_import_names_a_video_that_many_browsers_cannot_play(
    load, package, small_course, tmp_path, make, codec, noted
):
    film = record(tmp_path / "film.mp4", "-c:v", codec)
    make(tmp_path / "sent", film, package, small_course)
    left_out = load(tmp_path / "sent").left_out
    assert {what: number for what, number in left_out.items() if "video encoded" in what} == noted


def test_codec_note_is_shown_before_an_update(
    load, package, small_course, media, monkeypatch, tmp_path, ines
):
    folder = package(small_course)
    factories.make_enrolment(ines, load(folder).course, role="teacher")
    monkeypatch.setattr(ffmpeg, "codec_of", lambda _path: "hevc")
    monkeypatch.setattr(
        worker, "run_in_time_box", lambda read, *given, file, tell, cpu_s: read(*given, tell)
    )
    with zipfile.ZipFile(tmp_path / "course.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    sent = SimpleUploadedFile("course.zip", (tmp_path / "course.zip").read_bytes())
    target = Target(slug="one-lesson", updates=True)
    row = import_requests.send(sent, target=target, by=ines, now=NOW)
    worker.process_due(now=lambda: NOW)
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "Nothing has changed yet" in page
    assert HEVC.capitalize()[:10] in page
    assert HEVC[5:] in page


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1", "hevc", "mpeg4", ""])
def test_upload_and_import_treat_a_codec_alike(media, monkeypatch, tmp_path, codec):
    monkeypatch.setattr(ffmpeg, "codec_of", lambda _path: codec)
    sent = SimpleUploadedFile("a.mp4", mp4(1000, 9000))
    try:
        unit = {"files": {"captions": []}}
        alone = video_files._replace_video(factories.make_course(), unit, sent, {})[1]
    except RefusedFile:
        alone = "refused"
    noted = {
        "refused": [unsupported_messages.CODEC.format(name=codec.upper())],
        "av1": [video_codecs.AV1],
        "saved": [],
    }
    assert list(video_codecs.count_unplayable([tmp_path / "a.mp4"])) == noted[alone]


def test_codec_note_is_translated_to_german():
    with translation.override("de"):
        assert unsupported_messages.translate_message(HEVC).startswith("als HEVC kodiertes Video")
