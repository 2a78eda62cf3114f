"""What ffmpeg makes of clips: H.264 for every browser, upright, and as loud as others."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.films import conversion
from authoring.media import ffmpeg, video_metadata
from emotion.semantics.ffmpeg import find_program
from tests.fixtures.phone_clips import make_clip, make_portrait_hevc


def told(_percent):
    """Ignore the progress."""


def converted(film, into, tell=told):
    into.mkdir()
    return conversion.convert(film, video_metadata.measure(film), into, tell)


def loudness(path):
    command = [find_program(), "-hide_banner", "-i", str(path), "-af", "ebur128", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, check=True).stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", report)[-1])


def test_a_turned_hevc_clip_becomes_upright_h264_in_two_sizes(tmp_path):
    film = make_portrait_hevc(tmp_path / "clip.mp4")
    assert ffmpeg.codec_of(film) == "hevc"
    best, small = converted(film, tmp_path / "into")
    assert [(each.width, each.height) for each in (best, small)] == [(720, 1280), (480, 854)]
    for each in (best, small):
        facts = video_metadata.measure(each.path)
        assert ffmpeg.codec_of(each.path) == "h264"
        assert (facts.width, facts.height) == (each.width, each.height)
        assert facts.seconds == pytest.approx(2, abs=0.15)


def test_a_player_can_begin_before_the_file_is_here(tmp_path):
    film = make_clip(tmp_path / "clip.mp4")
    content = converted(film, tmp_path / "into")[0].path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_quiet_and_a_loud_clip_become_equally_loud(tmp_path):
    found = []
    for name, volume in (("quiet", "-30dB"), ("loud", "12dB")):
        film = make_clip(tmp_path / f"{name}.mp4", "-af", f"volume={volume}", seconds=8)
        found.append(loudness(converted(film, tmp_path / name)[0].path))
    assert found == [pytest.approx(-16, abs=2)] * 2


def test_a_clip_without_sound_is_converted(tmp_path):
    film = make_clip(tmp_path / "clip.webm", "-c:v", "libvpx", sound=False)
    assert ffmpeg.codec_of(converted(film, tmp_path / "into")[0].path) == "h264"


def test_the_progress_grows_to_the_end(tmp_path):
    found = []
    film = make_clip(tmp_path / "clip.mp4", size="640x480", seconds=6)
    converted(film, tmp_path / "into", found.append)
    assert found == sorted(found)
    assert found[-1] >= 60


def test_a_progress_that_ffmpeg_takes_back_is_not_shown():
    lines = [b"out_time_us=3000000", b"speed=1x", b"out_time_us=2000000", b"out_time_us=4000000"]
    assert list(conversion._read_progress(lines)) == [3, 3, 4]


def test_a_broken_file_is_refused(tmp_path):
    whole = make_clip(tmp_path / "clip.mp4")
    facts = video_metadata.measure(whole)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(conversion.BrokenFilm):
        conversion.convert(broken, facts, tmp_path, told)


def test_too_much_cpu_time_ends_the_conversion(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "LEAST_CPU_S", 1)
    monkeypatch.setattr(conversion, "CPU_S_PER_S", 0)
    film = make_clip(tmp_path / "clip.mp4", size="1280x720", seconds=4)
    with pytest.raises(conversion.BrokenFilm):
        converted(film, tmp_path / "into")


def test_a_file_that_grows_too_large_ends_the_conversion(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "MOST_OVERHEAD", -1_300_000)
    film = make_clip(tmp_path / "clip.mp4", size="1280x720", seconds=4)
    most = conversion._most_bytes(2_500_000, 4)
    with pytest.raises(conversion.BrokenFilm):
        converted(film, tmp_path / "into")
    assert max(path.stat().st_size for path in (tmp_path / "into").iterdir()) <= most


def test_a_film_of_an_hour_may_take_what_its_sizes_may_have_in_bits():
    hour = video_metadata.VideoMetadata(3600, 1920, 1080)
    assert conversion.most_bytes(hour) == pytest.approx(8_884_000 * 3600 / 8, rel=0.06)


def test_a_playlist_that_names_another_file_is_not_followed(tmp_path):
    film = tmp_path / "list.mp4"
    film.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    with pytest.raises(conversion.BrokenFilm):
        conversion.convert(film, video_metadata.VideoMetadata(1, 320, 240), tmp_path, told)


SIDES = st.integers(2, video_metadata.MAX_SIDE)


@given(width=SIDES, height=SIDES)
def test_sizes_are_even_upright_as_the_original_and_not_larger(width, height):
    sizes = conversion.choose_sizes(width, height)
    for wide, high, _ in sizes:
        assert wide % 2 == high % 2 == 0
        assert wide <= width + 1
        assert high <= height + 1
        assert (wide <= high) or width >= height
    assert [min(size[:2]) for size in sizes] == sorted({min(size[:2]) for size in sizes})[::-1]
