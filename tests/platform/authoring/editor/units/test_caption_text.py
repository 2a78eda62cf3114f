"""Captions as text: what is wrong is said with its line, and the rest is read as from a file."""

from __future__ import annotations

import pytest

from authoring.editor.units.caption_text import CaptionTextError, read_text
from authoring.media import captions

GOOD = """WEBVTT

00:00:01.000 --> 00:00:04.000
One <b>two</b>

00:00:05.000 --> 00:00:06.500
if a &lt; b
"""


def test_a_text_in_order_is_read_as_cues():
    cues = read_text(GOOD.replace("\n", "\r\n"), 10)
    assert [(cue["start"], cue["end"], cue["text"]) for cue in cues] == [
        (1.0, 4.0, "One two"),
        (5.0, 6.5, "if a < b"),
    ]
    assert read_text(captions.write_vtt(cues), 10) == cues


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("WEBVTT", "Hello", "Line 1: begin the text with WEBVTT."),
        ("00:00:05.000 -->", "00:05:00 -->", "Line 6: write the times as 00:00:01.000"),
        ("00:00:06.500", "00:00:05.000", "Line 6: the end must be after the start."),
        ("00:00:05.000", "00:00:00.500", "Line 6: this cue starts before the one above it."),
        ("00:00:06.500", "00:00:11.500", "Line 6: the end is after the video, which lasts 0:10."),
        ("if a &lt; b\n", "\n", "Line 6: this cue has no text."),
        ("One <b>two</b>", "", "Line 3: this cue has no text."),
        ("05.000 -->", "05.000 \u2013>", "Line 6: write the times as 00:00:01.000"),
        ("05.000 --> 00:00:06.500", "09.000 -> 00:00:06.500", "Line 6: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old, new, said):
    with pytest.raises(CaptionTextError, match=r"^Line \d+: ") as caught:
        read_text(GOOD.replace(old, new), 10)
    assert str(caught.value).startswith(said)


def test_each_wrong_line_is_named_up_to_five():
    text = "WEBVTT\n" + "\nsoon --> later\nWords\n" * 9
    with pytest.raises(CaptionTextError) as caught:
        read_text(text, 10)
    assert str(caught.value).count("Line ") == 5


def test_a_video_without_a_file_has_no_length_to_keep_to():
    assert len(read_text(GOOD, 0)) == 2


def test_a_text_whose_cues_were_all_lost_is_refused():
    with pytest.raises(CaptionTextError, match="There are no cues"):
        read_text("WEBVTT\n\nOne two\n", 10)


def test_words_with_clocks_are_no_times():
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nOpen 10:30 to 11:45\n"
    assert [cue["text"] for cue in read_text(text, 10)] == ["Open 10:30 to 11:45"]


def test_a_text_without_cues_has_none():
    assert read_text("WEBVTT\n", 10) == []
