"""Metadata of video files: a false or broken file gives none."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from imageio_ffmpeg import get_ffmpeg_exe

from authoring.editor.units import video_files
from authoring.media import ffmpeg, uploads, video_metadata
from authoring.media.video_metadata import VideoMetadata
from courses.refused_file import RefusedFile
from demo.seed_data import COURSE_PACKAGE as DEMO
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of


def box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(scale, duration, wide=640, high=360, *, long=False):
    times = (
        struct.pack(">QQIQ", 0, 0, scale, duration)
        if long
        else struct.pack(">IIII", 0, 0, scale, duration)
    )
    head = box(b"mvhd", bytes([int(long), 0, 0, 0]) + times + bytes(80))
    track = box(b"trak", box(b"tkhd", bytes(76) + struct.pack(">II", wide << 16, high << 16)))
    return box(b"ftyp", b"isom" + bytes(12)) + box(b"mdat", bytes(50)) + box(b"moov", head + track)


def element(id, body):
    return bytes.fromhex(id) + bytes([0x80 | len(body)]) + body


def webm(duration, scale=1_000_000):
    info = element("1549A966", element("2AD7B1", scale.to_bytes(3, "big"))
                   + element("4489", struct.pack(">d", duration)))  # fmt: skip
    track = element("AE", element("E0", element("B0", b"\x01\x40") + element("BA", b"\x00\xf0")))
    return element("1A45DFA3", b"\x42\x86\x81\x01") + element(
        "18538067", info + element("1654AE6B", track)
    )


@pytest.mark.parametrize(
    ("name", "content", "film"),
    [
        ("a.mp4", mp4(1000, 12_340), VideoMetadata(12.34, 640, 360)),
        ("a.mp4", mp4(90_000, 9_000_000, long=True), VideoMetadata(100, 640, 360)),
        ("a.webm", webm(7800), VideoMetadata(7.8, 320, 240)),
        ("a.mp4", mp4(0, 5), VideoMetadata()),
        ("a.mp4", mp4(1, 10**7), VideoMetadata()),
        ("a.mp4", mp4(1000, 12_340)[:-40], VideoMetadata(12.34, 0, 0)),
        ("a.mp4", b"\0\0\0\x18ftypisom", VideoMetadata()),
        ("a.mp4", b"\0\0\0\x00moov\0\0\0\x04trak", VideoMetadata()),
        ("a.webm", webm(7800)[:30], VideoMetadata()),
        ("a.webm", b"\x1a\x45\xdf\xa3" + bytes(100), VideoMetadata()),
        ("a.webm", b"", VideoMetadata()),
    ],
)
def test_length_is_read_from_the_file(tmp_path, name, content, film):
    (tmp_path / name).write_bytes(content)
    assert video_metadata.measure(tmp_path / name) == film


def test_demo_videos_match_their_package():
    assert video_metadata.measure(DEMO / "01-one-step-equations.mp4") == VideoMetadata(
        102.99, 1280, 720
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "wanted", "suffix"),
    [
        ("My Film!.MP4", mp4(1000, 1000), uploads.VIDEO, ".mp4"),
        ("really.png", b"\xff\xd8\xff\xe0 jpeg", uploads.POSTER, ".jpg"),
    ],
)
def test_file_is_stored_by_its_content(media, name, content, wanted, suffix):
    course = factories.make_course()
    stored = uploads.shelve(course, SimpleUploadedFile(name, content), wanted)
    assert Path(stored).suffix == suffix
    assert (folder_of(course) / stored).read_bytes() == content
    assert uploads.shelve(course, SimpleUploadedFile(stored, content), wanted) == stored


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", uploads.VIDEO),
        (b"MZ\x90\0 a program called film.mp4", uploads.VIDEO),
        (b"<svg onload=alert(1)>", uploads.POSTER),
        (b"\x89PNG" + bytes(6 * uploads.MB), uploads.POSTER),
    ],
)
def test_another_kind_too_large_or_empty_is_refused_and_leaves_nothing(media, content, wanted):
    course = factories.make_course()
    with pytest.raises(RefusedFile):
        uploads.shelve(course, SimpleUploadedFile("film.mp4", content), wanted)
    folder = folder_of(course)
    assert not folder.exists() or not list(folder.iterdir())


def record(path, *form):
    """Record a video of two seconds, 160 × 120, with ffmpeg."""
    picture = ["-f", "lavfi", "-i", "testsrc=d=2:s=160x120:r=10", "-pix_fmt", "yuv420p"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *picture, *form, str(path)], check=True)
    return path


def test_length_of_a_browser_recording_is_measured(tmp_path):
    live = record(tmp_path / "live.webm", "-c:v", "libvpx", "-live", "1")
    with live.open("rb") as file:
        assert video_metadata._read_webm(file, live.stat().st_size).seconds == 0
    assert video_metadata.measure(live) == VideoMetadata(2, 160, 120)
    whole = live.read_bytes()
    live.write_bytes(whole[: len(whole) // 2])
    assert 0 < video_metadata.measure(live).seconds < 2


def test_upright_phone_video_is_portrait(tmp_path):
    record(tmp_path / "a.mp4", "-c:v", "libx264")
    turn = ["-display_rotation", "90", "-i", str(tmp_path / "a.mp4"), "-c", "copy"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *turn, str(tmp_path / "b.mp4")], check=True)
    assert video_metadata.measure(tmp_path / "b.mp4") == VideoMetadata(2, 120, 160)


def test_playlist_named_as_video_opens_no_other_file(tmp_path):
    record(tmp_path / "a.mp4", "-c:v", "libx264")
    for name in ("b.mp4", "b.webm"):
        (tmp_path / name).write_text("ffconcat version 1.0\nfile a.mp4\n")
        assert (ffmpeg.codec_of(tmp_path / name), ffmpeg.length_of(tmp_path / name)) == ("", 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("codec", "played"), [("libx264", True), ("libx265", False), ("mpeg4", False)]
)
def test_unplayable_codec_is_refused_with_a_message(media, tmp_path, codec, played):
    content = record(tmp_path / "a.mp4", "-c:v", codec).read_bytes()
    sent, unit = SimpleUploadedFile("a.mp4", content), {"files": {"captions": []}}
    if played:
        changed, done = video_files._replace_video(factories.make_course(), unit, sent, {})
        assert done == "saved"
        assert (changed["duration"], changed["width"], changed["height"]) == (2, 160, 120)
        return
    with pytest.raises(RefusedFile, match=r"Export it as MP4 with H\.264"):
        video_files._replace_video(factories.make_course(), unit, sent, {})


@pytest.mark.django_db
@pytest.mark.parametrize(("codec", "size", "done"), [
    ("av1", (640, 360), "av1"),
    ("h264", (360, 640), "portrait"),
    ("h264", (640, 360), "saved"),
])  # fmt: skip
def test_author_is_warned_of_a_video_that_is_hard_to_watch(media, monkeypatch, codec, size, done):
    monkeypatch.setattr(ffmpeg, "codec_of", lambda _path: codec)
    sent = SimpleUploadedFile("a.mp4", mp4(1000, 9000, *size))
    unit = {"files": {"captions": []}}
    assert video_files._replace_video(factories.make_course(), unit, sent, {})[1] == done


@pytest.mark.django_db
def test_length_is_measured_within_the_upload_limit(media, monkeypatch):
    waited = []

    def give_up(_path, wait_s, *_more):
        waited.append(wait_s)
        return ""

    monkeypatch.setattr(ffmpeg, "_read_output", give_up)
    sent = SimpleUploadedFile("a.mp4", mp4(1000, 0))
    with pytest.raises(RefusedFile, match="Enter the length"):
        video_files._replace_video(factories.make_course(), {"files": {"captions": []}}, sent, {})
    assert 0 < sum(waited) <= 15
