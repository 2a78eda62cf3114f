"""Pictures that would take long to decode, or much memory, and how they are stored."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
import time
from io import BytesIO

import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from courses import picture_files
from courses.picture_files import encode_picture
from courses.refused_file import RefusedFile
from tests.fixtures.pictures import encode, repeat_last_scan, split_scans

# The largest that are decoded as large as they are; a decoder may hold 16 bytes for each pixel.
LARGEST = (4000, 4000)
MOST_MB = 280
ENCODE = """
import sys
from io import BytesIO
from django.conf import settings
from PIL import Image, ImageOps
settings.configure(USE_I18N=False)
from courses.picture_files import encode_picture
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
Image.init()
content = sys.stdin.buffer.read()
before = peak()
encode_picture(content, sys.argv[1], longest_side=3000)
print(peak() - before)
"""
PROGRESSIVE = encode(kind="JPEG", progressive=True)


def store(content, suffix=".jpg", longest_side=3000):
    return encode_picture(content, suffix, longest_side=longest_side)


def size_of(content):
    with Image.open(BytesIO(content)) as opened:
        return opened.size


def refusal(monkeypatch, content, suffix=".jpg", **options):
    """Return why a picture is refused, of which nothing was decoded."""
    decoded = []
    with monkeypatch.context() as patched:
        patched.setattr(JpegImageFile, "load", lambda *_: decoded.append("load"))
        with pytest.raises(RefusedFile) as refused:
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


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
@pytest.mark.parametrize(
    ("mode", "suffix", "options"),
    [
        ("RGBA", ".webp", {"lossless": True}),
        ("RGBA", ".png", {}),
        ("P", ".png", {}),
        ("RGB", ".jpg", {"progressive": True, "subsampling": 0}),
        ("CMYK", ".jpg", {"progressive": True}),
        ("RGB", ".jpg", {}),
    ],
)
def test_a_picture_needs_no_more_memory_than_a_web_process_has_to_spare(mode, suffix, options):
    content = encode(mode, LARGEST, picture_files.FORMATS[suffix], **options)
    ran = subprocess.run(
        [sys.executable, "-c", ENCODE, suffix], input=content, capture_output=True, check=True
    )
    assert 1 < int(ran.stdout) < MOST_MB


def test_one_picture_is_encoded_at_a_time(monkeypatch):
    at_once, most = [], []

    def decode(*_):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr(picture_files, "_decode", decode)
    threads = [threading.Thread(target=store, args=(PROGRESSIVE,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


@pytest.mark.parametrize(
    "entry",
    [
        struct.pack("<HHI4s", 0x011A, 2, 3, b"72"),  # the resolution as text
        struct.pack("<HHII", 0x0131, 5, 1, 38),  # the program as a fraction
        struct.pack("<HHI4s", 0x0132, 3, 1, b"\x06"),  # the time as a number
    ],
)
def test_a_turned_photograph_with_a_tag_of_another_type_is_stored_upright(entry):
    turned = struct.pack("<HHII", 0x0112, 3, 1, 6)
    head = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2)
    exif = head + turned + entry + bytes(4) + struct.pack("<II", 7, 2)
    assert size_of(store(encode(size=(40, 30), kind="JPEG", exif=exif))) == (30, 40)


def test_a_png_of_a_palette_without_colours_is_refused():
    content = encode("P")
    at = content.index(b"PLTE") - 4
    length = int.from_bytes(content[at : at + 4])
    with pytest.raises(RefusedFile):
        store(content[:at] + content[at + 12 + length :], ".png")


def test_a_refused_picture_lets_the_next_one_in():
    for content in (b"\xff\xd8\xff", repeat_last_scan(PROGRESSIVE, 70)):
        with pytest.raises(RefusedFile):
            store(content)
    assert size_of(store(PROGRESSIVE)) == (64, 64)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_large_picture_that_cannot_be_shrunk_as_it_is_read_may_become_a_jpeg(monkeypatch, suffix):
    content = encode("L", (4001, 4000), picture_files.FORMATS[suffix])
    assert refusal(monkeypatch, content, suffix) == (
        "The picture has more than 16 million pixels. Save it as JPEG or upload a smaller one."
    )


@pytest.mark.parametrize(
    ("sent", "longest_side", "stored"),
    [
        # A telephone of 12 and of 24 million pixels, an A4 sheet at 600 dots per inch, a panorama.
        ((4032, 3024), 3000, (3000, 2250)),
        ((5712, 4284), 3000, (2856, 2142)),
        ((4960, 7016), 3000, (2121, 3000)),
        ((16382, 3628), 3000, (3000, 664)),
        ((4032, 3024), 1920, (1920, 1440)),
        ((9000, 1), 3000, (3000, 1)),
    ],
)
def test_a_large_jpeg_is_shrunk_as_it_is_read(sent, longest_side, stored):
    content = encode("L", sent, "JPEG", (9, 9, 9))
    assert size_of(store(content, longest_side=longest_side)) == stored


@pytest.mark.parametrize(("mode", "suffix"), [("L", ".jpg"), ("P", ".png"), ("RGBA", ".webp")])
def test_a_large_picture_is_turned_upright(mode, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encode(mode, (3200, 400), picture_files.FORMATS[suffix], exif=exif)
    assert size_of(store(content, suffix)) == (375, 3000)


@pytest.mark.parametrize(("mode", "most"), [("RGBA", 1), ("RGB", 1), ("L", 1), ("P", 2)])
def test_a_png_is_not_compressed_with_the_slowest_level(mode, most):
    stored = store(encode(mode), ".png")
    # What zlib writes of its level: 3 for those above 6, 2 for 6, 1 for those below.
    assert stored[stored.index(b"IDAT") + 5] >> 6 <= most
