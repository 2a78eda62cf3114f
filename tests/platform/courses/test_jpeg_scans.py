"""The scans of a JPEG are counted as libjpeg decodes them, whatever the file contains beside."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from courses.jpeg_scans import MOST_SEGMENTS, JpegScans, TooManySegments, read_scans
from tests.fixtures.pictures import encode, repeat_last_scan, split_scans

COMMENT = b"\xff\xfe\x00\x08"
PROGRESSIVE = encode(kind="JPEG", progressive=True)


def test_a_baseline_jpeg_streams_and_a_progressive_one_does_not():
    assert read_scans(encode(kind="JPEG")) == JpegScans(1, streams=True)
    assert read_scans(encode("L", kind="JPEG")) == JpegScans(1, streams=True)
    assert read_scans(PROGRESSIVE) == JpegScans(10, streams=False)
    assert read_scans(repeat_last_scan(PROGRESSIVE, 70)) == JpegScans(80, streams=False)


def test_a_baseline_jpeg_with_a_scan_for_each_component_does_not_stream():
    content = split_scans((64, 64))
    with Image.open(BytesIO(content)) as opened:
        assert opened.convert("RGB").getpixel((5, 5)) == (128, 128, 128)
    assert read_scans(content) == JpegScans(3, streams=False)


def test_scans_are_no_bytes_of_other_segments_and_nothing_after_the_end_of_the_picture():
    hidden = COMMENT + b"\xff\xda" * 3
    content = PROGRESSIVE[:2] + hidden + PROGRESSIVE[2:] + b"\xff\xda" * 90
    assert read_scans(content).count == 10


@pytest.mark.parametrize("between", [b"\xff", b"\xff\x00", b"\xff\xd0", b"\xff\xff\xff", b"ab"])
def test_filling_and_restarts_between_the_segments_hide_no_scan(between):
    at = PROGRESSIVE.rindex(b"\xff\xda")
    assert read_scans(PROGRESSIVE[:at] + between + PROGRESSIVE[at:]).count == 10


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_length_that_is_too_short_hides_no_scan(length):
    at = PROGRESSIVE.rindex(b"\xff\xda")
    content = PROGRESSIVE[:at] + b"\xff\xfe\x00" + bytes([length]) + PROGRESSIVE[at:]
    with Image.open(BytesIO(content)) as opened:
        opened.load()
    assert read_scans(content).count == 10


def test_a_file_of_many_small_segments_is_refused_before_pillow_reads_them():
    with pytest.raises(TooManySegments):
        read_scans(PROGRESSIVE[:2] + b"\xff\xfe\x00\x02" * (MOST_SEGMENTS + 1) + PROGRESSIVE[2:])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"\xff\xc0\x00", b"\xff\xc0\x00\xff\xda"]
)
def test_a_file_that_breaks_off_does_not_stream(content):
    assert not read_scans(content).streams


def test_neither_bytes_of_255_nor_restarts_in_its_data_are_segments():
    written = BytesIO()
    Image.effect_noise((800, 800), 200).save(written, "JPEG", quality=100, restart_marker_blocks=1)
    content = written.getvalue()
    assert min(content.count(b"\xff\x00"), content.count(b"\xff\xd0")) > MOST_SEGMENTS
    assert read_scans(content) == JpegScans(1, streams=True)
