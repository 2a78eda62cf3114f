"""The checks of a draft warn of exactly what could confuse Learners."""

from __future__ import annotations

import pytest

from authoring.editor import contrast
from authoring.editor.lint import find_warnings, gives_away

QUESTION = {
    "id": "q",
    "type": "numeric",
    "prompt": "Solve $x + 3 = 7$.",
    "answer": 4,
    "skill": "sums",
    "explanation": "So.",
}


def course(**unit):
    units = [{"id": "u", "kind": "quiz", "title": "Quiz", "skills": [], **unit}]
    skills = [{"slug": "sums", "name": "Sums", "prerequisites": []}]
    return {"title": "Course", "skills": skills, "units": units}


def due_before_open(opens, due):
    return {"questions": [QUESTION], "opens_at": opens, "due_at": due}


def kinds(package):
    return {each.kind for each in find_warnings(package)} - {"few"}


def video(**more):
    files = {"video": "x.mp4", "captions": [{"lang": "en", "label": "English", "src": "x.vtt"}]}
    return {"kind": "video", "duration": 100, "files": files, "questions": [], **more}


def test_warns_of_a_skill_with_fewer_than_six_questions():
    six = [QUESTION | {"id": f"q{number}"} for number in range(6)]
    assert find_warnings(course(questions=six)) == []
    told = find_warnings(course(questions=six[:5]))
    assert [(each.kind, each.ref) for each in told] == [("few", "sums")]
    variant = {"id": "v", "type": "numeric", "prompt": "?", "answer": 1, "relation": "easier"}
    variant |= {"explanation": "So."}
    with_variant = [six[0] | {"variants": [variant]}, *six[1:5]]
    assert find_warnings(course(questions=with_variant)) == []


@pytest.mark.parametrize(
    ("shares", "found"),
    [((0, 0), {"shares"}), ((0, -0.5), set()), ((None, 0), set()), ((None, None), set())],
)
def test_warns_where_ticking_every_choice_earns_all_points(shares, found):
    choices = [{"id": "a", "text": "Even", "correct": True, "share": 1}]
    for name, share in zip("bc", shares, strict=True):
        choice = {"id": name, "text": name, "correct": False}
        choices.append(choice if share is None else choice | {"share": share})
    asked = {
        "id": "q",
        "type": "multiple",
        "prompt": "4 is …",
        "skill": "sums",
        "explanation": "So.",
    }
    asked |= {"choices": choices, "partial_credit": True}
    assert kinds(course(questions=[asked])) == found
    assert kinds(course(questions=[asked | {"partial_credit": False}])) == set()


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        ({"questions": []}, {"empty"}),
        ({"kind": "reading", "body": " "}, {"empty"}),
        ({"kind": "reading", "body": "Some words."}, set()),
        ({"kind": "reading", "body": '<p style="color:#ccc">Faint</p>'}, {"contrast"}),
        (video(), set()),
        (video(width=720, height=1280), {"portrait"}),
        (video(width=1280, height=720), set()),
        (video(files={"captions": []}), {"empty"}),
        (video(files={"video": "x.mp4", "captions": []}), {"captions"}),
        (video(questions=[QUESTION | {"time": 5}]), {"jump"}),
        (video(questions=[QUESTION | {"time": 5, "jump_back": [1, 4]}]), set()),
        ({"questions": [QUESTION | {"explanation": ""}]}, {"explanation"}),
        (due_before_open("2027-01-01T00:30:00+01:00", "2026-12-31T23:00:00Z"), {"closed"}),
        (due_before_open("2026-12-31T23:00:00Z", "2027-01-01T00:30:00+01:00"), set()),
    ],
)
def test_finds_exactly_the_expected_warnings(unit, found):
    assert kinds(course(**unit)) == found


@pytest.mark.parametrize(
    ("text", "more", "gives"),
    [
        ("It is 4.", {}, True),
        ("Then $x = 4$.", {}, True),
        ("Take 3 away on both sides.", {}, False),
        ("Look at the 7.", {"answer": 7}, False),
        ("It is -4.", {}, False),
        ("14 is too much.", {}, False),
    ],
)
def test_warns_of_a_hint_that_contains_the_answer(text, more, gives):
    assert gives_away({"kind": "prompt", "text": text}, QUESTION | more) is gives


def test_warns_of_a_hint_that_contains_the_correct_choice():
    choices = [
        {"id": "a", "text": "Two halves", "correct": True},
        {"id": "b", "text": "Three", "correct": False},
    ]
    question = {"type": "single", "prompt": "What makes a whole?", "choices": choices}
    assert gives_away({"kind": "prompt", "text": "Think of two halves."}, question)
    assert not gives_away({"kind": "prompt", "text": "Not three."}, question)


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21), ("#777777", "white", 4.48), ("red", "red", 1)]
)
def test_contrast_follows_wcag(one, other, ratio):
    found = contrast.contrast(contrast.colour_of(one), contrast.colour_of(other))
    assert found == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("text", "faint"),
    [
        ('<b style="color: #fff; background: #000">x</b>', False),
        ('<b style="color: #777; background: #888">x</b>', True),
        ('<font color="yellow">x</font>', True),
        ("A colour: red.", False),
        ('<b style="color: inherit">x</b>', False),
    ],
)
def test_colour_is_checked_against_its_own_background(text, faint):
    assert bool(contrast.find_faint_colours(text)) is faint
