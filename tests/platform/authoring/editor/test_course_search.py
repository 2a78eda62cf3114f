"""The search through a draft: what it finds, where, and what it leaves alone."""

from __future__ import annotations

from authoring.editor.course_search import MOST_MATCHES, search_draft

VARIANT = {"id": "v", "prompt": "An easier sum"}
QUESTION = {
    "id": "q",
    "prompt": "What is $x$?",
    "tags": ["end of term"],
    "choices": [{"id": "unseen", "text": "Five", "feedback": "Count again"}],
    "hints": [{"kind": "prompt", "text": "Use your fingers"}],
    "variants": [VARIANT],
}
PACKAGE = {
    "units": [
        {"id": "r", "kind": "reading", "title": "Halves", "body": f"{'long ' * 30}A ÜBUNG here."},
        {"id": "z", "kind": "quiz", "title": "Sums", "questions": [QUESTION]},
    ]
}


def find(query):
    return [(match.kind, match.ref) for match in search_draft(PACKAGE, query)]


def test_titles_texts_choices_hints_tags_and_variants_are_searched():
    assert find("halves") == [("unit", "r")]
    assert find("übung") == [("unit", "r")]
    assert find("five") == find("AGAIN") == find("fingers") == [("question", "q")]
    assert find("end of term") == [("question", "q")]
    assert find("easier") == [("question", "v")]


def test_every_word_must_occur_and_ids_are_no_words():
    assert find("five fingers") == [("question", "q")]
    assert find("five halves") == []
    assert find("unseen") == []
    assert find("  ") == []


def test_the_excerpt_is_cut_around_the_word():
    found = search_draft(PACKAGE, "übung")[0].excerpt

    assert found.startswith("… ")
    assert "A ÜBUNG here." in found
    assert len(found) < 140


def test_maths_is_readable_and_the_excerpt_does_not_repeat_the_title():
    found = search_draft(PACKAGE, "what is")[0]

    assert found.title == "What is x?"
    assert found.excerpt.startswith("Five Count again")
    assert search_draft(PACKAGE, "sums")[0].excerpt == ""


def test_a_long_list_is_cut():
    units = [{"id": str(n), "kind": "quiz", "title": "Same"} for n in range(60)]

    assert len(search_draft({"units": units}, "same")) == MOST_MATCHES
