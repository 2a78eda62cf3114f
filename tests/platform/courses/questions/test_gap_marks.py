from __future__ import annotations

from courses.questions import gap_marks


def test_text_is_split_into_words_and_ids():
    assert gap_marks.split_at_gaps("A [[one]] and [[two-b]].") == [
        "A ",
        "one",
        " and ",
        "two-b",
        ".",
    ]
    assert gap_marks.find_gap_ids("[[x]] [[ y ]] [x] [[z]]") == ["x", "z"]


def test_plain_line_has_a_blank_for_each_gap():
    assert gap_marks.blank_gaps("Two and [[n]] are 4.") == "Two and ____ are 4."
