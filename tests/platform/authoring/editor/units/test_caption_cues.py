"""Caption cues are split, merged and shifted, and those that are hard to read are reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.editor.form_parsing import AuthorForm, with_rows, write_clock
from authoring.editor.units import caption_cues
from authoring.media import captions
from courses.answers.numerals import PLAIN
from courses.timestamps import read_seconds

ROWS = [
    {"start": "0:01", "end": "0:05", "text": "One two three four"},
    {"start": "0:05", "end": "0:06.5", "text": "five"},
]
TIMES = st.integers(0, 5_000_000).map(lambda thousandths: thousandths / 1000)


def test_split_divides_words_and_time_of_a_cue():
    first, second, _ = caption_cues.apply_act(ROWS, "split:0")
    assert (first["text"], second["text"]) == ("One two", "three four")
    assert first["start"] == "0:01"
    assert first["end"] == second["start"]
    assert second["end"] == "0:05"
    assert 1 < read_seconds(first["end"], PLAIN) < 5


def test_single_word_is_not_split_and_last_cue_not_merged():
    assert caption_cues.apply_act(ROWS, "split:1") == ROWS
    assert caption_cues.apply_act(ROWS, "merge:1") == ROWS
    assert caption_cues.apply_act(ROWS, "drop:9") == ROWS
    assert caption_cues.apply_act(ROWS, "save") is None


def test_merged_cue_spans_both_times():
    assert caption_cues.apply_act(ROWS, "merge:0") == [
        {"start": "0:01", "end": "0:06.5", "text": "One two three four five"}
    ]


def test_new_cue_begins_at_the_end_of_the_previous_one():
    assert caption_cues.apply_act(ROWS, "insert:1")[1] == {
        "start": "0:05",
        "end": "0:07",
        "text": "",
    }
    assert caption_cues.apply_act([], "insert:0") == [{"start": "0:00", "end": "0:02", "text": ""}]


def test_shifting_keeps_cues_in_the_video():
    assert [row["start"] for row in caption_cues.shift_rows(ROWS, -3)] == [
        write_clock(0),
        write_clock(2),
    ]


@pytest.mark.parametrize(
    ("cue", "words"),
    [
        ({"start": 4, "end": 8, "text": "later"}, "Overlaps"),
        ({"start": 5, "end": 6, "text": "much too much to be read"}, "Too fast"),
        ({"start": 5, "end": 30, "text": "long " * 20}, "Longer than two lines"),
        ({"start": 5, "end": 5.5, "text": "short"}, "too short a time"),
        ({"start": 95, "end": 105, "text": "late"}, "after the video"),
    ],
)
def test_cues_that_are_hard_to_read_are_reported(cue, words):
    told = caption_cues.find_problems([{"start": 1, "end": 5, "text": "fine"}, cue], 100)
    assert list(told) == [1]
    assert words in " ".join(told[1])


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"start": "", "end": "5", "text": "x"}, "cues-0-start"),
        ({"start": "5", "end": "5", "text": "x"}, "cues-0-end"),
        ({"start": "1", "end": "5", "text": " "}, "cues-0-text"),
    ],
)
def test_invalid_cue_is_reported_at_its_field(row, field):
    form = AuthorForm(with_rows({}, "cues", [row]))
    assert caption_cues.read_cues(form, [row]) == []
    assert list(form.errors) == [field]


@given(TIMES)
def test_displayed_time_is_read_back(seconds):
    assert read_seconds(write_clock(seconds), PLAIN) == pytest.approx(seconds, abs=0.0005)


@given(
    st.lists(
        st.tuples(TIMES, st.integers(1, 9000), st.text("ab <&>'\"é", min_size=1).filter(str.strip))
    )
)
def test_captions_round_trip(rows):
    wanted = [
        {"start": start, "end": round(start + lasts / 1000, 3), "text": " ".join(text.split())}
        for start, lasts, text in rows
    ]
    in_time = sorted(wanted, key=lambda cue: cue["start"])
    assert captions.read_vtt(captions.write_vtt(wanted)) == in_time


def test_subrip_is_read_like_webvtt():
    first = "1\n00:00:01,500 --> 00:00:04,000\nOne\ntwo\n"
    second = "2\n00:00:05,000 --> 00:00:06,000\nthree\n"
    assert captions.read_captions(f"{first}\n{second}".replace("\n", "\r\n")) == [
        {"start": 1.5, "end": 4.0, "text": "One two"},
        {"start": 5.0, "end": 6.0, "text": "three"},
    ]


def test_typed_words_are_read_like_words_of_a_file():
    row = {"start": "1", "end": "5", "text": "{\\an8}<i>if a < b</i> &amp; c > d"}
    found = caption_cues.read_cues(AuthorForm(with_rows({}, "cues", [row])), [row])
    assert [cue["text"] for cue in found] == ["if a < b & c > d"]


def test_file_pasted_into_a_cue_becomes_cues():
    first = "1\r\n00:00:07,50 --> 00:00:08,000\r\n<b>One</b>\r\n"
    pasted = f"{first}2\r\n00:00:09,000 --> 00:00:10,000\r\ntwo"
    rows = caption_cues.expand_pasted(
        AuthorForm({}), [ROWS[0], {"start": "", "end": "", "text": pasted}]
    )
    assert rows == [
        ROWS[0],
        {"start": "0:07.5", "end": "0:08", "text": "One"},
        {"start": "0:09", "end": "0:10", "text": "two"},
    ]


def test_times_without_words_are_skipped():
    row = {"start": "1", "end": "5", "text": "00:00:01,000 --> 00:00:02,000"}
    assert caption_cues.expand_pasted(AuthorForm({}), [row]) == [row]
    form = AuthorForm(with_rows({}, "cues", [row]))
    assert caption_cues.read_cues(form, [row]) == []
    assert list(form.errors) == ["cues-0-text"]
