from __future__ import annotations

from courses.questions import cloze


def test_a_text_is_parted_into_words_and_ids_by_turns():
    assert cloze.split_at_gaps("A [[one]] and [[two-b]].") == ["A ", "one", " and ", "two-b", "."]
    assert cloze.find_gap_ids("[[x]] [[ y ]] [x] [[z]]") == ["x", "z"]


def test_a_plain_line_has_a_stroke_for_each_gap():
    assert cloze.blank_gaps("Two and [[n]] are 4.") == "Two and ____ are 4."
