"""What is read from Moodle XML, field by field, and what is counted as left out."""

from __future__ import annotations

import base64
import shutil
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import moodle, registry
from authoring.formats.course_builder import MOVED, Package
from courses.questions import gap_marks
from tests.fixtures.question_items import item_of_spec
from tests.platform.authoring.formats.inputs import DATA, choices, content_of, questions_of

SAMPLE = DATA / "formats/moodle.xml"
PICTURE = (DATA / "formats/qti/media/sun rain.png").read_bytes()
UNCLEAR = "scoring that cannot be represented here"
PARTLY = "partly correct answer (percent); here an answer is either correct or not"
TYPED = "feedback for a correct typed answer, or for any other typed answer"
EXTRA = "additional correct choice in a single-choice question"


def read(text, tmp_path, name="bank.xml"):
    """Return the content and the left-out content of a file with this text."""
    folder = tmp_path / "package"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    package = Package(folder, "bank")
    assert registry.detect_format(package).name == "moodle"
    content, left_out = content_of(moodle, package, tmp_path)
    return content, dict(left_out)


def read_one(kind, inside, tmp_path, asked="Ask?"):
    """Return the only question of a type, or None, and the left-out content."""
    text = (
        f'<quiz><question type="{kind}"><name><text>q</text></name><questiontext format="html">'
        f"<text>{escape(asked)}</text></questiontext>{inside}</question>"
        # A package without any question is not a course.
        '<question type="truefalse"><name><text>other</text></name><questiontext><text>T?</text>'
        '</questiontext><answer fraction="100"><text>true</text></answer>'
        '<answer fraction="0"><text>false</text></answer></question></quiz>'
    )
    content, left_out = read(text, tmp_path)
    return questions_of(content).get("q"), left_out


def answer(text, fraction, more=""):
    return f'<answer fraction="{fraction}"><text>{escape(text)}</text>{more}</answer>'


@pytest.fixture
def sample(tmp_path):
    shutil.copy(SAMPLE, tmp_path)
    return read(SAMPLE.read_text(encoding="utf-8"), tmp_path)


def test_categories_become_quizzes_and_descriptions_readings(sample):
    content, _ = sample
    assert [(unit["kind"], unit["id"], unit["title"]) for unit in content["units"]] == [
        ("reading", "read-first", "Read first"),
        ("quiz", "default-for-rivers-seas-lakes", "Seas / Lakes"),
        ("quiz", "words-quiz", "Words"),
    ]
    body = content["units"][0]["body"]
    assert body.startswith("### Water\n\nLook at the **map**: ![A map](/media/")
    assert body.endswith("\n\n- one\n- two")
    assert (content["slug"], content["title"]) == ("bank", "Bank")


def test_choices_keep_texts_pictures_feedback_hints_and_tags(sample):
    rows = questions_of(sample[0])
    nile = rows["nile"]
    lines = nile["prompt"].split("\n")
    assert lines[0] == "Which river is the longest & where is $x^2$?"
    assert lines[1].startswith("![River](/media/")
    assert lines[1].endswith(".png)")
    assert nile["type"] == "single"
    assert choices(nile) == [("Nile", True), ("Amazon", False), ("Rhine < Po", False)]
    assert [one.get("feedback") for one in nile["choices"]] == ["Yes, Egypt.", "Nearly.", None]
    assert nile["explanation"] == "The Nile has 6650 km."
    assert nile["hints"] == [
        {"kind": "strategy", "text": "It ends in the Mediterranean."},
        {"kind": "worked_step", "text": "It begins with N."},
    ]
    assert nile["skills"] == ["long-rivers", "africa"]
    seas = rows["two-seas"]
    assert (seas["type"], seas["prompt"]) == ("multiple", "Which are seas?")
    assert choices(seas) == [("Baltic", True), ("North Sea", True), ("Bodensee", False)]
    salt = rows["salt"]
    assert salt["prompt"] == "The sea is salty <always>."
    assert choices(salt) == [("True", True), ("False", False)]
    assert [one["feedback"] for one in salt["choices"]] == ["Yes.", "Taste it."]


def test_typed_answers_keep_stars_numbers_and_units(sample):
    rows = questions_of(sample[0])
    capital = rows["capital"]
    assert capital["prompt"] == "Capital of France?\nThink of love."
    assert (capital["answer"], capital["accepted"]) == ("Paris", ["*Paris*"])
    assert capital["compare"] == "words"
    assert (rows["star"]["answer"], rows["star"]["compare"]) == ("*", "cased")
    speed = rows["speed"]
    assert (speed["answer"], speed["tolerance"]) == ("5.5", 0.5)
    assert speed["wrong_answers"] == [
        {"value": 55, "tolerance": 1, "feedback": "Ten times too fast."}
    ]
    assert speed["units"] == [{"name": "km", "factor": 1}, {"name": "m", "factor": 0.001}]


def test_pairs_and_orders_are_kept(sample):
    rows = questions_of(sample[0])
    assert pairs(rows["capitals"]) == [("Canada", "Ottawa"), ("Italy", "Rome & more")]
    assert [part["text"] for part in rows["capitals"]["parts"]] == ["Ottawa", "Rome & more", "Oslo"]
    assert pairs(rows["drag"]) == [("one", "uno"), ("two", "due")]
    assert [one["text"] for one in rows["order"]["choices"]] == ["Pond", "Lake", "Sea"]


def pairs(row):
    parts = {part["id"]: part["text"] for part in row["parts"]}
    return [(one["text"], parts[one["match"]]) for one in row["choices"]]


def test_texts_with_gaps_are_kept(sample):
    rows = questions_of(sample[0])
    gaps = rows["gaps"]
    assert numbered(gaps) == "The sea is [[1]] and [[2]] at [[3]] degrees, $\\frac{1}{2}$."
    colour, word, number = gaps["parts"]
    assert choices(colour) == [("blue", False), ("green", True), ("a~b", False)]
    assert (word["answer"], word["accepted"]) == ("salé", ["s}x"])
    assert (number["answer"], number["tolerance"]) == ("4", 0.1)
    lists = rows["lists"]
    assert numbered(lists) == "The [[1]] runs to the [[2]]."
    assert [choices(part) for part in lists["parts"]] == [
        [("cat", False), ("dog", True)],
        [("tree", True), ("house", False)],
    ]
    assert [choices(part) for part in rows["words"]["parts"]] == [
        [("A", True), ("B", False)],
        [("A", False), ("B", True)],
    ]


def numbered(row):
    return gap_marks.rename_gaps(row["prompt"], range(1, len(row["parts"]) + 1))


def test_all_else_is_counted(sample):
    assert sample[1] == {
        "description of a category": 1,
        "place of a description between questions (it is a reading before them)": 1,
        "bold, list, table or link in a question (the text is kept)": 7,
        "marks deducted for each further try (penalty)": 1,
        "choices in random order (here they keep the order of the file)": 3,
        "numbering of the choices": 1,
        "overall feedback for a correct or incorrect answer": 2,
        "setting of a hint": 1,
        "empty choice": 1,
        "marks deducted for a wrong answer": 1,
        PARTLY: 2,
        TYPED: 2,
        "unit that a learner may leave out (here it is required)": 1,
        "ordering of a random part of its items (here, of all)": 1,
        "feedback for a gap": 1,
        "weight of a gap": 1,
        MOVED: 1,
        "question of the type calculatedsimple": 1,
        "marker question other than markers with one zone each, which earn equal points": 1,
        "question of the type random": 1,
        "question that is hidden in Moodle": 1,
    }


@pytest.mark.parametrize(
    ("inside", "right", "counted"),
    [
        (answer("a", 100) + answer("b", 0), ["a"], {}),
        (answer("a", "99.999") + answer("b", 0), ["a"], {}),
        (answer("a", 1) + answer("b", 0), ["a"], {PARTLY: 1}),
        (answer("a", 50) + answer("b", 50), None, {UNCLEAR: 1}),
        (answer("a", 100) + answer("b", 100) + answer("c", 0), ["a"], {EXTRA: 1}),
        (answer("a", "x") + answer("b", 0), None, {UNCLEAR: 1}),
        (answer("a", 0) + answer("b", 0), None,
         {"question left out: no choice is correct": 1}),
        ("<single>false</single>" + answer("a", "33.33333") * 0 + answer("a", 50) + answer("b", 50)
         + answer("c", 0), ["a", "b"], {}),
        ("<single>0</single>" + answer("a", 100) + answer("b", -100), ["a"], {}),
        ("<single>false</single>" + answer("a", 100) + answer("b", 100) + answer("c", 0), None,
         {UNCLEAR: 1}),
        ("<single>false</single>" + answer("a", 50) + answer("b", 0), None, {UNCLEAR: 1}),
    ],
)  # fmt: skip
def test_choices_are_correct_as_in_moodle_or_counted(inside, right, counted, tmp_path):
    row, left_out = read_one("multichoice", inside, tmp_path)
    found = [text for text, correct in choices(row) if correct] if row else None
    assert (found, left_out) == (right, counted)


@pytest.mark.parametrize("kind", ["multichoiceset", "oumultiresponse"])
def test_plug_ins_mark_each_correct_choice_with_all(kind, tmp_path):
    row, left_out = read_one(kind, answer("a", 100) + answer("b", 0) + answer("c", 100), tmp_path)
    assert (row["type"], left_out) == ("multiple", {})
    assert choices(row) == [("a", True), ("b", False), ("c", True)]


@pytest.mark.parametrize(
    ("inside", "right"),
    [
        (answer("true", 100) + answer("false", 0), "True"),
        (answer("false", 100) + answer("true", 0), "False"),
        (answer("Wahr", 0) + answer("Falsch", 100), "False"),
        (answer("true", 100) + answer("false", 100), None),
        (answer("true", 0) + answer("false", 0), None),
        (answer("true", 100), None),
    ],
)
def test_true_or_false_is_correct_as_in_moodle_or_counted(inside, right, tmp_path):
    row, left_out = read_one("truefalse", inside, tmp_path)
    found = next(text for text, correct in choices(row) if correct) if row else None
    assert (found, left_out) == (right, {} if right else {UNCLEAR: 1})


@pytest.mark.parametrize(
    ("inside", "wordings", "counted"),
    [
        (answer("cat", 100) + answer("c*t", 100), ["cat", "c*t"], {}),
        (answer("dog", 0) + answer("cat", 100), ["cat"], {}),
        (answer("*", 0) + answer("cat", 100), None, {UNCLEAR: 1}),
        (answer("cats", 0) + answer("cat*", 100), None, {UNCLEAR: 1}),
        (answer("cat*", 100) + answer("cats", 0), ["cat", "cat*"], {}),
        (answer("*not*", 0) + answer("*Paris*", 100), None, {UNCLEAR: 1}),
        (answer("not*", 0) + answer("*Paris", 100), None, {UNCLEAR: 1}),
        (answer("dog*", 0) + answer("cat*", 100), ["cat", "cat*"], {}),
        (answer("*dog", 0) + answer("*cat", 100), ["cat", "*cat"], {}),
        (answer(r"5\**", 100), None, {UNCLEAR: 1}),
        ("<usecase>1</usecase>" + answer("every day", 100) + answer("everyday", 0),
         ["every day"], {}),
        ("<usecase>1</usecase>" + answer("Cat", 100), ["Cat"], {}),
        ("<usecase>1</usecase>" + answer("cat", 0) + answer("Cat", 100), ["Cat"], {}),
        ("<usecase>1</usecase>" + answer("c*", 0) + answer("cat", 100), None, {UNCLEAR: 1}),
        (answer("cat", 50), None,
         {PARTLY: 1, "question left out: a learner could not type the answer here": 1}),
    ],
)  # fmt: skip
def test_typed_answers_are_correct_as_in_moodle_or_counted(inside, wordings, counted, tmp_path):
    row, left_out = read_one("shortanswer", inside, tmp_path)
    found = [row["answer"], *row.get("accepted", ())] if row else None
    assert (found, left_out) == (wordings, counted)


def test_questions_with_very_many_parts_are_counted_in_time(tmp_path):
    many = "".join(answer(f"w{at}", at % 2 * 100) for at in range(2000))
    assert read_one("shortanswer", many, tmp_path) == (None, {UNCLEAR: 1})
    rows = "".join(f"<dragbox><text>{at}</text></dragbox>" for at in range(2000))
    row, left_out = read_one("ddwtos", rows, tmp_path, "[[1]]" * 2000)
    assert (row, left_out) == (None, {"question left out: more than 26 choices": 1})


def number(text, fraction, tolerance="0"):
    return answer(text, fraction, f"<tolerance>{tolerance}</tolerance>")


def unit(name, multiplier):
    return f"<unit><multiplier>{multiplier}</multiplier><unit_name>{name}</unit_name></unit>"


@pytest.mark.parametrize(
    ("inside", "right", "counted"),
    [
        (number("3.14", 100, "0.01"), ("3.14", 0.01, None), {}),
        (number("3,14", 100, "0,01"), ("3.14", 0.01, None), {}),
        (number("1e3", 100), ("1000", 0, None), {}),
        (number("-.5", 100, ""), ("-0.5", 0, None), {}),
        (number("3,142", 100), None, {"number that cannot be read (write 3.14, or 3,14)": 1}),
        (number("3,142", 100) + number("3.15", 100), None,
         {"number that cannot be read (write 3.14, or 3,14)": 1}),
        (number("5:1", 100), None, {"number that cannot be read (write 3.14, or 3,14)": 1}),
        (number("*", 100), None, {UNCLEAR: 1}),
        (number("*", 0) + number("5", 100), None, {UNCLEAR: 1}),
        (number("5", 50, "2") + number("5", 100), None, {UNCLEAR: 1}),
        (number("5", 100) + number("5", 50, "2"), ("5", 0, None), {}),
        (number("5", 0, "2") + number("6", 50), None, {UNCLEAR: 1}),
        (number("5", 100) + number("*", 0), ("5", 0, None), {}),
        (number("5", 100) + "<tolerancetype>1</tolerancetype>", None, {UNCLEAR: 1}),
        (number("5", 100) + f"<units>{unit('m', 2)}</units>", None, {UNCLEAR: 1}),
        (number("5", 100) + f"<showunits>3</showunits><units>{unit('m', 1)}</units>",
         ("5", 0, None), {}),
        (number("5", 100) + "<unitsleft>1</unitsleft><showunits>0</showunits>"
         f"<units>{unit('€', 1)}</units>", ("5", 0, None), {"unit before a number": 1}),
        (number("5", 100) + "<unitgradingtype>1</unitgradingtype><unitpenalty>0.5</unitpenalty>"
         f"<units>{unit('W', 1)}{unit('kW', '0.001')}</units>",
         ("5", 0, [{"name": "W", "factor": 1}, {"name": "kW", "factor": 1000}]),
         {"part of the marks for the unit": 1}),
    ],
)  # fmt: skip
def test_numbers_are_correct_as_in_moodle_or_counted(inside, right, counted, tmp_path):
    row, left_out = read_one("numerical", inside, tmp_path)
    found = (row["answer"], row["tolerance"], row.get("units")) if row else None
    assert (found, left_out) == (right, counted)


@pytest.mark.parametrize(
    ("kind", "inside", "replies", "shares"),
    [
        ("multichoice", answer("a", 100) + answer("b", "33.33333") + answer("c", 0),
         ["a", "b", "c"], ["1", "1/3", "0"]),
        ("multichoice", "<single>false</single>" + answer("a", 50) + answer("b", 50)
         + answer("c", -50), [["a"], ["a", "b"], ["a", "b", "c"], ["c"]], ["1/2", "1", "1/2", "0"]),
        ("multichoice", "<single>false</single>" + answer("a", 75) + answer("b", 25)
         + answer("c", 0), [["b"], ["a", "b", "c"]], ["1/4", "1"]),
        ("multichoiceset", answer("a", 100) + answer("b", 100) + answer("c", 0),
         [["a"], ["a", "b"]], ["0", "1"]),
        ("numerical", number("5", 100) + number("5", 40, "2") + number("9", 100),
         ["5", "6", "9", "8"], ["1", "2/5", "1", "0"]),
    ],
)  # fmt: skip
def test_partly_right_answers_earn_what_they_earn_in_moodle(
    kind, inside, replies, shares, tmp_path
):
    row, left_out = read_one(kind, inside, tmp_path)
    assert left_out == {}
    ids = {choice["text"]: choice["id"] for choice in row.get("choices", ())}
    asked = item_of_spec(row)
    given = [
        ids.get(one, one) if isinstance(one, str) else [ids[letter] for letter in one]
        for one in replies
    ]
    assert [str(asked.grade(one).share) for one in given] == shares


@pytest.mark.parametrize(
    ("grade", "points", "counted"),
    [("1.0000000", None, 0), ("2.5", 2.5, 0), ("0.3333333", 0.33, 1), ("0", None, 1)],
)
def test_points_are_those_of_the_default_grade(grade, points, counted, tmp_path):
    inside = f"<defaultgrade>{grade}</defaultgrade>" + number("5", 100)
    row, left_out = read_one("numerical", inside, tmp_path)
    assert (row.get("points"), sum(left_out.values())) == (points, counted)


@pytest.mark.parametrize(
    ("asked", "gaps", "counted"),
    [
        ("A {1:MC:=x~y} z", ["x|y"], {}),
        ("A {:SA:%100%x#yes~y} z", ["x"], {TYPED: 1}),
        ("A {1:SHORTANSWER_C:=x} z", ["x"], {}),
        ("A {1:NM:3:1#no~=5} z", ["5±0"], {"feedback for a gap": 1}),
        ("A {1:NM:%0%5:1~=5} z", None, {UNCLEAR: 1}),
        ("A {1:SA:=5 &lt; 6 &amp;#8804; 7&nbsp;x} z", ["5 < 6 ≤ 7 x"], {}),
        ("A {1:SA:=<b>x</b>} z", ["x"], {}),
        (r"A {1:SA:=2\*3} z", ["2*3"], {}),
        ("A {1:MC:=<b>x</b>~&lt;i&gt;} z", ["x|<i>"],
         {"bold, list, table or link in a question (the text is kept)": 1}),
        (r"A {1:MC:=\(\frac{1\}{2\}\)~y} z", [r"$\frac{1}{2}$|y"], {}),
        ("A {1:MULTIRESPONSE:=x~=y~z} z", None,
         {"embedded answer of a type that a gap cannot have": 1}),
        ("A {1:MC:x~y} z", None, {"embedded question without a correct answer": 1}),
        ("A {1:NOTE:x} z {1:MC:=x~y", None, {"text with gaps that has no gap": 1}),
        ("None", None, {"text with gaps that has no gap": 1}),
        ("A <svg>{1:MC:=x~y}</svg> z", None,
         {"gap inside content that is left out": 1, "<svg> in a text": 1}),
    ],
)  # fmt: skip
def test_embedded_answers_are_correct_as_in_moodle_or_counted(asked, gaps, counted, tmp_path):
    row, left_out = read_one("cloze", "", tmp_path, asked)
    assert ([gap(part) for part in row["parts"]] if row else None, left_out) == (gaps, counted)


def gap(part):
    if part["kind"] == "choice":
        sides = [[text for text, right in choices(part) if right is is_right]
                 for is_right in (True, False)]  # fmt: skip
        return "|".join(" ".join(side) for side in sides)
    if part["kind"] == "numeric":
        return f"{part['answer']}±{part['tolerance']}"
    return "/".join([part["answer"], *part.get("accepted", ())])


def test_items_to_put_in_order_have_no_feedback_here(tmp_path):
    said = "<feedback><text>Well.</text></feedback>"
    inside = "<selecttype></selecttype>" + answer("a", 1, said) + answer("b", 2)
    row, left_out = read_one("ordering", inside, tmp_path)
    assert [one["text"] for one in row["choices"]] == ["a", "b"]
    assert left_out == {"feedback for an item to put in order": 1}


def test_a_choice_that_is_missing_leaves_the_text_with_gaps_out(tmp_path):
    rows = "<selectoption><text>x</text></selectoption><selectoption><text>y</text></selectoption>"
    assert read_one("gapselect", rows, tmp_path, "A [[3]].") == (None, {UNCLEAR: 1})
    assert read_one("gapselect", rows, tmp_path, "A.") == (None, {UNCLEAR: 1})
    row, _ = read_one("gapselect", rows, tmp_path, "A [[2]] [note].")
    assert numbered(row) == "A [[1]] [note]."


def file(name, content=PICTURE, **more):
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    data = base64.b64encode(content).decode()
    return f'<file name="{name}"{attributes} encoding="base64">{data}</file>'


def with_pictures(inside, tmp_path):
    text = (
        '<quiz><question type="multichoice"><name><text>q</text></name>'
        f'<questiontext format="html">{inside}</questiontext>{answer("a", 100)}{answer("b", 0)}'
        "</question></quiz>"
    )
    content, left_out = read(text, tmp_path)
    return questions_of(content)["q"]["prompt"], left_out


@pytest.mark.parametrize(
    ("inside", "is_shown", "counted"),
    [
        ("<text>&lt;img src='@@PLUGINFILE@@/a.png'&gt;x</text>" + file("a.png"), True, {}),
        ("<text>&lt;img src='@@PLUGINFILE@@/f/a%20b.png?x=1'&gt;x</text>"
         + file("a b.png", path="/f/"), True, {}),
        ("<text>&lt;img src='data:image/png;base64," + base64.b64encode(PICTURE).decode()
         + "'&gt;x</text>", True, {}),
        ("<text>&lt;img src='@@PLUGINFILE@@/b.png'&gt;x</text>", False,
         {"image missing from the package": 1}),
        ("<text>&lt;img src='@@DATA@@/0'&gt;x</text>", False,
         {"image missing from the package": 1}),
        ("<text>&lt;img src='@@DATA@@/x'&gt;x</text>", False,
         {"image missing from the package": 1}),
        ("<text>&lt;img src='http://a.org/b.png'&gt;x</text>", False,
         {"image on another website": 1}),
        ("<text>&lt;img src='@@PLUGINFILE@@/a.png'&gt;x</text>" + file("a.png", b"no picture"),
         False, {"image that is not a GIF, PNG, JPEG or WebP": 1}),
        ("<text>&lt;img src='@@PLUGINFILE@@/..'&gt;x</text>" + file(".."), True, {}),
        ("<text>&lt;img src='@@PLUGINFILE@@/../../x.png'&gt;x</text>" + file("../../x.png"), True,
         {}),
        ("<text>x</text>" + file("song.mp3", b"ID3"), False,
         {"file of a question that is not a picture in its text": 1}),
        ("<text>x</text></questiontext><image>old/a.png</image><image_base64>"
         + base64.b64encode(PICTURE).decode() + "</image_base64><questiontext>", True, {}),
    ],
)  # fmt: skip
def test_pictures_are_taken_from_the_file(inside, is_shown, counted, tmp_path):
    prompt, left_out = with_pictures(inside, tmp_path)
    assert ("![Figure](/media/" in prompt, left_out) == (is_shown, counted)
    assert "x" in prompt.split("\n")
    outside = {path.name for path in tmp_path.iterdir()}
    assert outside == {"package"}


def test_two_texts_may_have_pictures_of_the_same_name(tmp_path):
    other = PICTURE + b"\0"
    text = (
        '<quiz><question type="multichoice"><name><text>q</text></name>'
        f"<questiontext><text>Which?</text></questiontext>"
        '<answer fraction="100" format="html"><text>&lt;img src="@@PLUGINFILE@@/a.png"&gt;</text>'
        f'{file("a.png")}</answer><answer fraction="0" format="html"><text>&lt;img src='
        f'"@@PLUGINFILE@@/a.png"&gt;</text>{file("a.png", other)}</answer></question></quiz>'
    )
    content, left_out = read(text, tmp_path)
    (one, _), (two, _) = choices(questions_of(content)["q"])
    assert one != two
    assert not left_out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<quiz><question></quiz>", "bank.xml: line 1, column"),
        ('<!DOCTYPE quiz [<!ENTITY x "y">]><quiz><question/></quiz>', "expected no custom entity"),
        (b"<quiz><question>\xff\xfe</question></quiz>", "expected UTF-8"),
        ("<quiz>" + "<p>" * 200 + "</p>" * 200 + "</quiz>", "levels of nested elements"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text, message, tmp_path):
    with pytest.raises(BrokenPackage, match=message):
        read(text, tmp_path)


def test_two_files_in_one_archive_are_refused(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "other.xml").write_text("<quiz><question/></quiz>", encoding="utf-8")
    with pytest.raises(BrokenPackage, match="expected one Moodle XML file, found 2"):
        read("<quiz><question/></quiz>", tmp_path)


PARTS = ["<", ">", "&", "]]>", "{1:MC:", "=", "~", "}", "[[1]]", "[[9]]", '"', "<text>", "</text>",
         "100", "-1", "1e999", "0", "", "\\", "@@PLUGINFILE@@/", "\x00", "é", "&#0;", "&#xE05E;",
         "NaN", "<file>", "</answer>", "%", "*"]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    at=st.integers(0, 10_000),
    cut=st.integers(0, 40),
    parts=st.lists(st.sampled_from(PARTS), max_size=3),
)
def test_a_changed_file_gives_a_course_or_a_clear_error(tmp_path_factory, at, cut, parts):
    source = SAMPLE.read_text(encoding="utf-8")
    at %= len(source)
    text = source[:at] + "".join(parts) + source[at + cut :]
    folder = tmp_path_factory.mktemp("changed")
    (folder / "bank.xml").write_text(text, encoding="utf-8")
    package = Package(folder, "bank")
    assert len(error_of(package)) < 400


def error_of(package):
    """Return the sentence that refuses a package; "" for one that is read."""
    try:
        if moodle.fits(package):
            content_of(moodle, package, package.folder / "media")
    except BrokenPackage as broken:
        return str(broken)
    return ""


def test_a_drawing_as_a_choice_shows_no_markup(tmp_path):
    drawing = '<picture tex="x"><svg height="8"><g><path d="M 1 1"/></g></svg></picture>'
    rows = "".join(
        f'<answer fraction="{worth}" format="html"><text><![CDATA[{text}]]></text></answer>'
        for worth, text in ((100, drawing), (0, "<p>B</p>"), (0, "<body>"))
    )
    row, left_out = read_one("multichoice", f"<single>true</single>{rows}", tmp_path)
    assert "<svg" not in str(row)
    assert left_out["<svg> in a text"] == 1


@pytest.mark.parametrize(
    "left",
    ["<p></p>", "<p><br></p>", "<br />", '<p dir="ltr">&nbsp;</p>', "<div><b></b></div>\n"],
)
def test_a_field_that_its_author_emptied_is_neither_feedback_nor_a_hint(left, tmp_path):
    mark = f"<text>{escape(left)}</text>"
    inside = (
        answer("Yes", 100, f"<feedback>{mark}</feedback>")
        + answer("No", 0, "<feedback><text>Think.</text></feedback>")
        + f"<generalfeedback>{mark}</generalfeedback><hint>{mark}</hint>"
    )
    row, left_out = read_one("multichoice", f"<single>true</single>{inside}", tmp_path)
    assert [choice.get("feedback") for choice in row["choices"]] == [None, "Think."]
    assert not row.keys() & {"explanation", "hints"}
    assert left_out == {}


def test_a_choice_of_nothing_but_tags_shows_them(tmp_path):
    inside = "<single>true</single>" + answer("<br>", 100) + answer("<hr>", 0)
    row, _left_out = read_one("multichoice", inside, tmp_path)
    assert [words for words, _right in choices(row)] == ["<br>", "<hr>"]


@pytest.mark.parametrize(
    ("limit", "kept", "counted"),
    [
        ("100000", 100_000, 0),
        ("", None, 0),
        ("0", None, 0),
        ("100001", None, 1),
        ("9" * 5000, None, 1),
        ("about 200", None, 1),
        ("-5", None, 1),
    ],
)
def test_a_word_limit_that_is_no_limit_here_is_counted_and_the_essay_kept(
    tmp_path, limit, kept, counted
):
    essay = (
        '<quiz><question type="essay"><name><text>q</text></name><questiontext><text>Say.</text>'
        f"</questiontext><maxwordlimit>{limit}</maxwordlimit></question></quiz>"
    )
    content, left_out = read(essay, tmp_path)
    (row,) = content["bank"]
    assert (row["type"], row.get("word_limit")) == ("essay", kept)
    assert left_out.get("word limit of an essay", 0) == counted


SIMILAR = "limit to some types of files (here, similar types are allowed too)"
OTHER_NUMBER = "number of files (here, 1 to 5)"
FILES = (
    "<responseformat>noinline</responseformat><attachments>{}</attachments>"
    "<filetypeslist>{}</filetypeslist><maxbytes>{}</maxbytes>"
)


@pytest.mark.parametrize(
    ("listed", "kinds", "most", "counted"),
    [
        ((1, "", 0), ["pdf", "picture", "text", "document"], None, {}),
        ((3, ".pdf,image/jpeg,.png,.webp", 0), ["pdf", "picture"], 3, {}),
        ((2, ".docx;.py", 0), ["text", "document"], 2, {SIMILAR: 1}),
        ((-1, ".pdf", 0), ["pdf"], 5, {"number of files without a limit (here, at most 5)": 1}),
        ((7, ".pdf", 0), ["pdf"], 5, {OTHER_NUMBER: 1}),
        ((0, ".pdf", 0), ["pdf"], None, {OTHER_NUMBER: 1}),
        (("", ".pdf", ""), ["pdf"], 5, {OTHER_NUMBER: 1}),
        (("9" * 5000, ".pdf", 0), ["pdf"], 5, {OTHER_NUMBER: 1}),
        (("²", ".pdf", 0), ["pdf"], 5, {OTHER_NUMBER: 1}),
        ((1, ".pdf .mp4", 0), ["pdf"], None, {"type of file that cannot be allowed": 1}),
        ((1, ".pdf", 2048), ["pdf"], None, {"size limit of files (here, 10 MB)": 1}),
        ((2, ".pdf", "9" * 5000), ["pdf"], 2, {"size limit of files (here, 10 MB)": 1}),
    ],
)
def test_an_essay_without_text_is_a_file_upload(listed, kinds, most, counted, tmp_path):
    content, left_out = read(quiz_of_essay(FILES.format(*listed)), tmp_path)
    (row,) = content["bank"]
    assert (row["type"], row["file_kinds"], row.get("most_files")) == ("file", kinds, most)
    assert left_out == {MOVED: 1, **counted}


@pytest.mark.parametrize(("least", "counted"), [("", 0), ("0", 0), ("1", 0), ("2", 1)])
def test_a_least_number_of_files_is_counted(least, counted, tmp_path):
    inside = f"{FILES.format(3, '.pdf', 0)}<attachmentsrequired>{least}</attachmentsrequired>"
    _content, left_out = read(quiz_of_essay(inside), tmp_path)
    assert left_out.get("least number of files", 0) == counted


def test_files_that_are_attached_to_a_text_are_counted(tmp_path):
    inside = "<responseformat>editor</responseformat><attachments>2</attachments>"
    content, left_out = read(quiz_of_essay(inside), tmp_path)
    assert [row["type"] for row in content["bank"]] == ["essay"]
    assert left_out == {MOVED: 1, "file attached to an essay": 1}


def quiz_of_essay(inside):
    """Return a file with an essay that has these settings."""
    return (
        '<quiz><question type="essay"><name><text>q</text></name><questiontext format="html">'
        f"<text>Ask?</text></questiontext>{inside}</question></quiz>"
    )
