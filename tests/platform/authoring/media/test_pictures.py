"""A picture from an Author's device: what is stored, what of it is removed, what is refused."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngInfo

from authoring.media import pictures
from authoring.media.images import link_images
from authoring.media.uploads import MB
from courses.refused_file import RefusedFile
from courses.rendering import course_html
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.pictures import swap_red_and_blue

pytestmark = pytest.mark.django_db
SECRET = "Taken by Mia at home"


@pytest.fixture
def course(media):
    return factories.make_course("fractions")


def draw(mode="RGB", size=(40, 20), kind="PNG", **options):
    """Return a picture that is red, with a blue corner at the top left."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 4, size[1] // 2))
    written = BytesIO()
    image.convert(mode).save(written, kind, **options)
    return written.getvalue()


def shelve(course, content, name="Photo 1.jpg"):
    stored = pictures.shelve_picture(course, SimpleUploadedFile(name, content))
    return folder_of(course) / stored


def camera_facts():
    """Return what a camera writes: turned on its side, with a place and an author."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = SECRET
    exif.get_ifd(0x8825)[29] = "2026:11:20"
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_time_and_author_are_removed_and_the_picture_is_upright(course, kind):
    sent = draw(kind=kind, exif=camera_facts())
    assert SECRET.encode() in sent

    path = shelve(course, sent)

    stored = path.read_bytes()
    assert SECRET.encode() not in stored
    with Image.open(path) as image:
        assert (image.format, image.size) == (kind, (20, 40))
        assert dict(image.getexif()) == {}
        red, _, blue = image.convert("RGB").getpixel((17, 2))
        assert blue > red
    assert [each.name for each in folder_of(course).iterdir()] == [path.name]


def test_comments_and_the_colour_profile_are_removed(course):
    info = PngInfo()
    info.add_text("Author", SECRET)
    for sent in (
        draw(pnginfo=info, icc_profile=swap_red_and_blue()),
        draw(kind="JPEG", comment=SECRET, icc_profile=swap_red_and_blue()),
    ):
        path = shelve(course, sent)
        assert SECRET.encode() not in path.read_bytes()
        with Image.open(path) as image:
            assert "icc_profile" not in image.info
            red, _, blue = image.getpixel((35, 15))
            assert blue > 200 > red


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGBA"),
    ],
)
@pytest.mark.parametrize("size", [(40, 20), (4000, 1000)])
def test_every_kind_of_colours_is_read_and_large_pictures_become_smaller(course, kind, mode, size):
    path = shelve(course, draw(mode, size, kind))

    with Image.open(path) as image:
        assert image.size == ((1920, 480) if size[0] > 1920 else size)
        red, _, blue, alpha = image.convert("RGBA").getpixel((image.width - 3, 3))
        assert alpha == 255
        assert mode == "1" or red > 50
        assert mode in ("1", "L", "LA") or blue < 30


def test_transparency_stays(course):
    written = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(written, "PNG")

    with Image.open(shelve(course, written.getvalue())) as image:
        assert image.getpixel((0, 0))[3] == 0


def test_its_name_is_made_of_the_files_name_and_its_content(course):
    one, other = shelve(course, draw()), shelve(course, draw(size=(41, 20)))

    assert one.name.startswith("photo-1-")
    assert one.suffix == ".png"
    assert one.name != other.name
    assert shelve(course, draw()) == one


def make_animation():
    written = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Select a PNG"),
        (b"GIF89a" + bytes(30), "not a PNG"),
        (b"<svg onload='alert(1)'></svg>", "not a PNG"),
        (draw()[:60], "could not be read"),
        (b"\x89PNG" + bytes(100), "could not be read"),
        (draw("1", (6000, 6000)), "more than 16 million pixels. Save it as JPEG"),
        (make_animation(), "animated"),
        (bytes(10 * MB + 1), "larger than 10 MB"),
    ],
    ids=["empty", "gif", "svg", "cut", "head-alone", "bomb", "animated", "large"],
)
def test_a_file_that_is_no_still_picture_is_refused_and_nothing_stored(course, content, reason):
    with pytest.raises(RefusedFile, match=reason):
        shelve(course, content)
    assert not folder_of(course).exists() or not any(folder_of(course).iterdir())


def test_a_description_without_words_makes_no_picture():
    assert pictures.write_markdown("a.png", " [] ") == ""
    assert pictures.write_markdown("a.png", "A [half] of $x^2$") == "![A half of x^2](a.png)"


@given(st.text(max_size=400))
def test_any_description_becomes_one_picture_of_this_course(description):
    course = factories.Course(code="0b7e0d7e-0000-4000-8000-000000000000")
    written = pictures.write_markdown("line-abc.png", description)
    linked = link_images(written, course.code)

    for html in (course_html.reading(linked), course_html.inline(linked)):
        assert html.count("<img") == (1 if written else 0)
        assert not written or f'src="/media/{course.code}/line-abc.png"' in html


def test_a_telephones_second_picture_is_left_out(course):
    second = Image.new("RGB", (8, 4), "green")
    sent = draw(kind="MPO", save_all=True, append_images=[second])

    with Image.open(shelve(course, sent)) as stored:
        assert (stored.format, stored.size, getattr(stored, "n_frames", 1)) == ("JPEG", (40, 20), 1)


def test_a_broken_exif_chunk_is_refused_and_stops_nothing(course):
    whole = draw(exif=camera_facts())
    at = whole.index(b"eXIf") + 4
    size = int.from_bytes(whole[at - 8 : at - 4])
    short = b"eXIf" + b"MM\0*"
    chunk = (4).to_bytes(4) + short + zlib.crc32(short).to_bytes(4)
    broken = whole[: at - 8] + chunk + whole[at + size + 4 :]

    with pytest.raises(RefusedFile, match="could not be read"):
        shelve(course, broken, "photo.png")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("size", "progressive", "most"), [((12_000, 12_000), False, 120), ((6000, 6000), True, 16)]
)
def test_a_jpeg_of_too_many_pixels_is_refused_before_it_is_decoded(
    course, monkeypatch, size, progressive, most
):
    written = BytesIO()
    Image.new("L", size).save(written, "JPEG", progressive=progressive)
    decoded = []
    monkeypatch.setattr(JpegImageFile, "draft", lambda *_: decoded.append("draft"))
    monkeypatch.setattr(JpegImageFile, "load", lambda *_: decoded.append("load"))
    with pytest.raises(RefusedFile, match=f"more than {most} million pixels"):
        shelve(course, written.getvalue())
    assert decoded == []


def test_a_picture_of_a_large_camera_is_made_smaller(course):
    written = BytesIO()
    Image.new("L", (8000, 6000)).save(written, "JPEG")
    with Image.open(shelve(course, written.getvalue())) as stored:
        assert stored.size == (1920, 1440)
