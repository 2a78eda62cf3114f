"""What is read from H5P, field by field, and what is counted as left out."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import h5p, registry
from authoring.formats.course_builder import Package
from courses.questions import gap_marks
from tests.platform.authoring.formats.inputs import DATA, choices, content_of, questions_of

SAMPLE = DATA / "formats/h5p"
PICTURE = DATA / "formats/qti/media/sun rain.png"
OVERALL = "overall feedback for a correct or incorrect answer"


def read(kind, params, tmp_path, **manifest):
    """Return the content and the left-out content of a package of this main type."""
    folder = tmp_path / "package"
    (folder / "content/images").mkdir(parents=True)
    shutil.copy(PICTURE, folder / "content/images/sun.png")
    head = {"title": "Sea water", "language": "de", "mainLibrary": kind} | manifest
    (folder / "h5p.json").write_text(json.dumps(head), encoding="utf-8")
    (folder / "content/content.json").write_text(json.dumps(params), encoding="utf-8")
    package = Package(folder, "sea")
    assert registry.detect_format(package).name == "h5p"
    content, left_out = content_of(h5p, package, tmp_path)
    return content, dict(left_out)


def read_one(kind, params, tmp_path):
    content, left_out = read(kind, params, tmp_path)
    rows = list(questions_of(content).values())
    return (rows[0] if rows else None), left_out


def choice(text, *, correct=False, **remarks):
    return {"text": f"<div>{text}</div>\n", "correct": correct, "tipsAndFeedback": remarks}


def numbered(row):
    return gap_marks.rename_gaps(row["prompt"], range(1, len(row["parts"]) + 1))


def test_a_multiple_choice_keeps_picture_feedback_and_title(tmp_path):
    content, left_out = read(
        "H5P.MultiChoice",
        {
            "media": {"type": {"library": "H5P.Image 1.1", "params": {
                "file": {"path": "images/sun.png#tmp", "mime": "image/png"}, "alt": "The sun"}}},
            "question": "<p>Which is <strong>hot</strong> &amp; \\(x^2\\)?</p>\n",
            "answers": [
                choice("The sun", correct=True, chosenFeedback="<p>Yes.</p>", tip=""),
                choice("The moon", tip="<p>Cold.</p>", notChosenFeedback="<p>Good.</p>"),
            ],
            "overallFeedback": [{"from": 0, "to": 100, "feedback": "Well done"}],
            "behaviour": {"type": "auto", "randomAnswers": True},
        },
        tmp_path,
    )  # fmt: skip
    assert (content["slug"], content["title"], content["language"]) == (
        "sea-water", "Sea water", "de")  # fmt: skip
    (unit,) = content["units"]
    assert (unit["kind"], unit["title"]) == ("quiz", "Sea water")
    (row,) = unit["questions"]
    picture, words = row["prompt"].split("\n")
    assert picture.startswith("![The sun](/media/")
    assert picture.endswith(".png)")
    assert words == "Which is hot & $x^2$?"
    assert (row["type"], choices(row)) == ("single", [("The sun", True), ("The moon", False)])
    assert [one.get("feedback") for one in row["choices"]] == ["Yes.", None]
    assert left_out == {
        "bold, list, table or link in a question (the text is kept)": 1,
        "tip of a choice": 1,
        "feedback for a choice that was not selected": 1,
        "choices in random order (here they keep the order of the file)": 1,
        OVERALL: 1,
    }


@pytest.mark.parametrize(
    ("kind", "rights", "found"),
    [
        ("auto", [True, False, False], ("single", [0])),
        ("auto", [True, True, False], ("multiple", [0, 1])),
        ("multi", [True, False, False], ("multiple", [0])),
        ("single", [False, True, True], ("single", [1])),
        (None, [False, True, False], ("single", [1])),
        ("auto", [False, False, False], None),
    ],
)
def test_the_kind_of_a_multiple_choice_is_that_of_h5p(kind, rights, found, tmp_path):
    answers = [choice(f"c{at}", correct=right) for at, right in enumerate(rights)]
    params = {"question": "W?", "answers": answers, "behaviour": {"type": kind}}
    row, left_out = read_one("H5P.MultiChoice", params, tmp_path)
    made = row and (row["type"], [int(text[1]) for text, right in choices(row) if right])
    assert made == found
    extra = {"additional correct choice in a single-choice question": 1}
    none = {"question left out: no choice is correct": 1}
    assert left_out == (none if found is None else extra if kind == "single" else {})


def test_true_or_false_says_what_is_correct(tmp_path):
    params = {"question": "<p>Salt?</p>", "correct": "false",
              "behaviour": {"feedbackOnCorrect": "Yes.", "feedbackOnWrong": "No."}}  # fmt: skip
    row, left_out = read_one("H5P.TrueFalse", params, tmp_path)
    assert choices(row) == [("True", False), ("False", True)]
    assert [one["feedback"] for one in row["choices"]] == ["No.", "Yes."]
    assert not left_out


def test_true_or_false_without_an_answer_is_counted(tmp_path):
    row, left_out = read_one("H5P.TrueFalse", {"question": "Salt?"}, tmp_path)
    assert (row, left_out) == (None, {"item that does not give the correct answer": 1})


def test_gaps_are_typed_with_all_their_wordings(tmp_path):
    params = {
        "text": "<p>Fill in.</p>\n",
        "questions": [
            "<p>*Oslo/Christiania :It is cold* is in *<em>Norway</em>*.</p>\n",
            "<p>2 ** 3 &gt; *5 &amp; more*</p>",
        ],
        "behaviour": {"caseSensitive": False, "acceptSpellingErrors": True},
    }
    row, left_out = read_one("H5P.Blanks", params, tmp_path)
    assert numbered(row) == "Fill in.\n[[1]] is in [[2]].\n2 * 3 > [[3]]"
    assert [(part["answer"], part.get("accepted"), part["compare"]) for part in row["parts"]] == [
        ("Oslo", ["Christiania"], "words"),
        ("Norway", None, "words"),
        ("5 & more", None, "words"),
    ]
    assert left_out == {"tip of a gap": 1, "typing errors that a blank accepts": 1}


def test_capitals_that_matter_in_h5p_matter_here(tmp_path):
    row, left_out = read_one("H5P.Blanks", {"questions": ["a *B* c"]}, tmp_path)
    assert (row["parts"][0]["compare"], left_out) == ("cased", {})
    assert row["parts"][0]["answer"] == "B"


@pytest.mark.parametrize("questions", [["a b"], [], None, ["*", "a * b"], [7, {"a": 1}]])
def test_a_text_without_gaps_is_counted(questions, tmp_path):
    row, left_out = read_one("H5P.Blanks", {"questions": questions}, tmp_path)
    assert (row, left_out) == (None, {"text with gaps that has no gap": 1})


def test_words_to_drag_are_offered_in_each_gap(tmp_path):
    params = {
        "taskDescription": "<p>Drag.</p>",
        "textField": "The sky is *blue:Look up\\+Yes\\-No*.\nGrass is *green*, ** and 5*5::00*5.",
        "distractors": "*red* *blue*",
    }
    row, left_out = read_one("H5P.DragText", params, tmp_path)
    assert numbered(row) == "Drag.\nThe sky is [[1]].\nGrass is [[2]], * and 5[[3]]5."
    offered = [text for text, _ in choices(row["parts"][0])]
    assert sorted(offered) == ["5:00", "blue", "green", "red"]
    assert [[text for text, right in choices(part) if right] for part in row["parts"]] == [
        ["blue"], ["green"], ["5:00"]]  # fmt: skip
    assert all([text for text, _ in choices(part)] == offered for part in row["parts"])
    assert left_out == {"tip of a gap": 1, "feedback for a gap": 1}


def part(library, **params):
    return {"library": library, "params": params, "subContentId": f"id-{library[4:8]}"}


QUESTION = part("H5P.MultiChoice 1.16", question="W?", answers=[choice("a", correct=True),
                                                                choice("b")])  # fmt: skip


def test_a_question_set_is_a_quiz(tmp_path):
    params = {
        "introPage": {"showIntroPage": True, "introduction": "<p>Hello</p>"},
        "questions": [QUESTION, part("H5P.Blanks 1.12", questions=["a *b*"],
                                     behaviour={"caseSensitive": False}),
                      part("H5P.MarkTheWords 1.9"), part("H5P.Essay 1.2"), None, 7],
        "passPercentage": 50, "poolSize": 2,
        "endGame": {"overallFeedback": [{"feedback": "Done"}, {"feedback": ""}]},
    }  # fmt: skip
    content, left_out = read("H5P.QuestionSet", params, tmp_path)
    rows = questions_of(content)
    assert {name: row["type"] for name, row in rows.items()} == {
        "id-Mult": "single", "id-Blan": "cloze"}  # fmt: skip
    assert left_out == {
        "introduction of a set of questions": 1,
        "random choice or order of the questions of a set": 1,
        "share of a set that must be correct to pass": 1,
        OVERALL: 1,
        "H5P content of the type MarkTheWords": 1,
        "H5P content of the type Essay": 1,
        "H5P content of the type ?": 2,
    }


def test_the_questions_of_a_video_are_in_the_order_of_their_times(tmp_path):
    later = part("H5P.SingleChoiceSet 1.11",
                 choices=[{"question": "Later?", "answers": ["yes", "no", "maybe"]}])  # fmt: skip
    interactions = [
        {"action": later, "duration": {"from": 20.5, "to": 25}},
        {"action": QUESTION, "duration": {"from": 3, "to": 5}},
        {"action": part("H5P.Text 1.1", text="Look"), "duration": {"from": 1, "to": 2}},
    ]
    summary = part("H5P.Summary 1.10", summaries=[{"summary": ["a", "b"]}])
    video = {
        "video": {"files": [{"path": "videos/a.mp4"}]},
        "assets": {"interactions": interactions},
        "summary": {"task": summary},
    }
    content, left_out = read("H5P.InteractiveVideo", {"interactiveVideo": video}, tmp_path)
    rows = list(questions_of(content).values())
    assert [row["prompt"] for row in rows] == ["W?", "Later?"]
    assert [text for text, right in choices(rows[1]) if right] == ["yes"]
    assert left_out == {
        "video of H5P (its questions become a quiz)": 1,
        "position of a question in a video (it is put in a quiz after the video)": 2,
        "H5P content of the type Text": 1,
        "H5P content of the type Summary": 1,
    }


def test_another_type_is_counted(tmp_path):
    content, left_out = read("H5P.Timeline", {"a": 1}, tmp_path)
    assert (content["units"], left_out) == ([], {"H5P content of the type Timeline": 1})


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("images/none.png", {"image missing from the package": 1}),
        ("https://a.org/a.png", {"image on another website": 1}),
        ("../../../../etc/passwd", {"image missing from the package": 1}),
        ("content.json", {"image that is not a GIF, PNG, JPEG or WebP": 1}),
    ],
)
def test_a_picture_that_is_not_in_the_package_is_counted(path, counted, tmp_path):
    media = {"type": {"library": "H5P.Image 1.1", "params": {"file": {"path": path}}}}
    params = {"media": media, "question": "W?", "answers": [choice("a", correct=True), choice("b")]}
    row, left_out = read_one("H5P.MultiChoice", params, tmp_path)
    assert (row["prompt"], left_out) == ("W?", counted)


@pytest.mark.parametrize("content", ["", "[", '{"a": NaN}', '"\\ud800"', "\xff"])
def test_broken_content_is_refused(content, tmp_path):
    folder = tmp_path / "package"
    (folder / "content").mkdir(parents=True)
    (folder / "h5p.json").write_text("{}", encoding="utf-8")
    (folder / "content/content.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(BrokenPackage, match=r"content/content\.json"):
        content_of(h5p, Package(folder, "sea"), tmp_path)


SOURCE = (SAMPLE / "content/content.json").read_text(encoding="utf-8")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["*a*", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    yield path
    rows = dict(enumerate(value)) if isinstance(value, list) else value
    for key, inner in rows.items() if isinstance(rows, dict) else ():
        yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: replaced(value[path[0]], path[1:], new)}
    return [replaced(one, path[1:], new) if at == path[0] else one for at, one in enumerate(value)]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), new=JSON)
def test_changed_content_gives_a_course_or_a_clear_error(tmp_path_factory, data, new):
    whole = json.loads(SOURCE)
    changed = replaced(whole, data.draw(st.sampled_from(list(places(whole)))), new)
    folder = tmp_path_factory.mktemp("changed")
    (folder / "content").mkdir()
    kind = data.draw(st.sampled_from(["H5P.QuestionSet", "H5P.Blanks", "H5P.InteractiveVideo"]))
    (folder / "h5p.json").write_text(json.dumps({"mainLibrary": kind}), encoding="utf-8")
    (folder / "content/content.json").write_text(json.dumps(changed), encoding="utf-8")
    assert len(error_of(folder)) < 400


def error_of(folder):
    """Return the sentence that refuses a package; "" for one that is read."""
    try:
        content_of(h5p, Package(folder, "sea"), folder / "media")
    except BrokenPackage as broken:
        return str(broken)
    return ""


def test_questions_of_a_presentation_a_column_and_a_book_are_read(tmp_path):
    def asks(words):
        return part("H5P.TrueFalse 1.0", question=words, correct="true")

    def column(*parts):
        return part("H5P.Column 1.0", content=[{"content": one} for one in parts])

    first = column(part("H5P.AdvancedText 1.0", text="Hello"), asks("In a column"))
    elements = [{"action": asks("On a slide"), "solution": "<p>Think.</p>"}, {"action": first}]
    slides = [{"elements": [*elements, {"goToSlide": 2}]}, {}]
    shown = part("H5P.CoursePresentation 1.0", presentation={"slides": slides})
    questions = part("H5P.QuestionSet 1.0", questions=[asks("In a set")])
    params = {"showCoverPage": True, "chapters": [first, column(shown, questions)]}
    content, left_out = read("H5P.InteractiveBook", params, tmp_path)
    rows = [row["prompt"] for unit in content["units"] for row in unit["questions"]]
    assert rows == ["In a column", "On a slide", "In a column", "In a set"]
    assert left_out == {
        "H5P content of the type AdvancedText": 2,
        "H5P content of the type BookCover": 1,
        "comment on an element of a slide": 1,
    }


@pytest.mark.parametrize("params", [{}, {"presentation": []}, {"presentation": {"slides": [1]}}])
def test_a_presentation_without_slides_has_no_questions(params, tmp_path):
    assert read_one("H5P.CoursePresentation", params, tmp_path) == (None, {})


def test_the_description_of_a_picture_is_written_once_as_html(tmp_path):
    image = part("H5P.Image 1.0", file={"path": "images/sun.png"}, alt="Sun &amp; sea &lt;hot&gt;")
    params = {"media": {"type": image}, "question": "Hot?", "correct": "true"}
    row, _left_out = read_one("H5P.TrueFalse", params, tmp_path)
    assert row["prompt"].startswith("![Sun & sea <hot>](")
