from __future__ import annotations

from courses import gaps


def test_a_text_is_parted_into_words_and_ids_by_turns():
    assert gaps.parted("A [[one]] and [[two-b]].") == ["A ", "one", " and ", "two-b", "."]
    assert gaps.ids("[[x]] [[ y ]] [x] [[z]]") == ["x", "z"]


def test_a_plain_line_has_a_stroke_for_each_gap():
    assert gaps.blanked("Two and [[n]] are 4.") == "Two and ____ are 4."
