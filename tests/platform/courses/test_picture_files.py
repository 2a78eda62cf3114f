"""Pictures that would take long to decode, or much memory, and how they are stored."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from courses.picture_files import UnreadablePicture, encode_picture
from tests.fixtures.pictures import encode, repeat_last_scan, split_scans

PROGRESSIVE = encode(kind="JPEG", progressive=True)


def store(content, suffix=".jpg", longest_side=3000):
    return encode_picture(BytesIO(content), suffix, longest_side=longest_side)


def size_of(content):
    with Image.open(BytesIO(content)) as opened:
        return opened.size


def refusal(monkeypatch, content, suffix=".jpg", **options):
    """Return why a picture is refused, of which nothing was decoded."""
    decoded = []
    with monkeypatch.context() as patched:
        patched.setattr(JpegImageFile, "load", lambda *_: decoded.append("load"))
        with pytest.raises(UnreadablePicture) as refused:
            store(content, suffix, **options)
    assert decoded == []
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [repeat_last_scan(PROGRESSIVE, 70), split_scans((64, 64), times=30)],
    ids=["progressive", "component-by-component"],
)
def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded(monkeypatch, content):
    assert refusal(monkeypatch, content).startswith("The picture is built up in more than 64 pass")


def test_a_jpeg_of_usual_scans_is_stored():
    assert size_of(store(PROGRESSIVE)) == (64, 64)
    assert size_of(store(split_scans((64, 64)))) == (64, 64)


def test_a_jpeg_of_many_segments_is_refused(monkeypatch):
    content = PROGRESSIVE[:2] + b"\xff\xfe\x00\x02" * 1001 + PROGRESSIVE[2:]
    assert refusal(monkeypatch, content).startswith("The picture could not be read")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_large_jpeg_with_a_scan_for_each_component_is_refused(monkeypatch):
    assert "million pixels" in refusal(monkeypatch, split_scans((6000, 6000)))
