"""GIFT and OLX as other programs and their users write them: read correctly or counted."""

from __future__ import annotations

from html import escape

import pytest

from authoring.formats import olx, registry
from authoring.formats.course_builder import Package
from tests.platform.authoring.formats.inputs import choices, read_package

PARTLY = "partly correct answer (percent); here an answer is either correct or not"
REMARK = "feedback for a correct typed answer, or for any other typed answer"
UNREAD = "number that cannot be read (write 3.14, or 3,14)"
SEVERAL = "partial credit for a question with several correct choices"
FORMULA = "number that has to be calculated (a formula or a variable)"
TYPED = "feedback for a correct typed answer, or for a combination of choices"


def read_answers(kind, name, text, tmp_path):
    """Return a short form of each question's correct answer, and the left-out content."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    package = Package(tmp_path, "a")
    assert registry.detect_format(package).name == kind
    rows, _, left_out = read_package(kind, package, tmp_path)
    return [right_in(row) for row in rows.values()], left_out


def right_in(row):
    """Write choices as `right|wrong`, a number as `middle±tolerance`, a text as its wordings."""
    kind = row.get("kind", row.get("type"))
    if kind == "cloze":
        return " ".join(right_in(part) for part in row["parts"])
    if kind == "numeric":
        return f"{row['answer']}±{row['tolerance']}"
    if kind == "text":
        return "/".join([row["answer"], *row.get("accepted", ())])
    if kind == "match":
        parts = {part["id"]: part["text"] for part in row["parts"]}
        return " ".join(f"{one['text']}>{parts[one['match']]}" for one in row["choices"])
    sides = [[text for text, correct in choices(row) if correct is side] for side in (True, False)]
    return "|".join(" ".join(side) for side in sides)


@pytest.mark.parametrize(
    ("text", "rights", "counted"),
    [
        (r"::q\:1:: 2 \= 2 \{x\} \~ \# ? {=a\=b ~c\~d#no \# way}", ["a=b|c~d"], {}),
        (r"C\\dir? {=a\\b ~c}", [r"a\b|c"], {}),
        ("// c\n::q:: What? {\n// inside\n=a\n~b//c\n}", ["a|b//c"], {}),
        ("See http://a.org/x? {=a ~b}", ["a|b"], {}),
        ("$CATEGORY: a/b\n\nW? {T}\n\n$CATEGORY: c\n\nV? {F#x#y}",
         ["True|False", "False|True"], {}),
        ("W? {~%33.33333%a ~%33,33333%b ~%33.33333%c ~%-50%d}", ["a b c|d"], {}),
        ("W? {~%30%a ~%40%b ~c}", ["a b|c"], {SEVERAL: 1}),
        ("W? {=%100%a ~%50%b ~c}", ["a|b c"], {}),
        ("W? {=%100%cat =%50%dog}", ["cat"], {PARTLY: 1}),
        ("W? {=cat =Cat*}", ["cat/Cat*"], {}),
        ("W? {#1..5}", ["3±2"], {}),
        ("W? {#-3,5:0,1}", ["-3.5±0.1"], {}),
        ("W? {#1.6e-19:1e-21}", ["0.00000000000000000016±1e-21"], {}),
        ("W? {#5:10%}", [], {UNREAD: 1}),
        ("W? {#}", [], {UNREAD: 1}),
        ("M {=a -> 1 =b -> 2 = -> 3}", ["a>1 b>2"], {}),
        ("W? {TRUE#f1#f2####general}", ["True|False"], {}),
        ("A {1:MCV:=yes~no} B {2:SHORTANSWER:%100%cat#good~%50%dog} C {:NUMERICAL:=5:1}",
         ["yes|no cat 5±1"], {PARTLY: 1, REMARK: 1}),
        ("A {1:mc:=x~y} z", ["x|y"], {}),
        ("A {1:MULTIRESPONSE:=yes~=no~c}", [],
         {"embedded answer of a type that a gap cannot have": 1}),
        (r"A {1:SA:=a\}b}", ["a}b"], {}),
        ("A {=a -> b =c -> d} z.", [], {"gap that is neither a text field nor a list": 1}),
        ("W? {=a ~a ~b}", [], {"question left out: two choices have the same text": 1}),
        ("W? {=a =b ~c}", ["a|c"], {"additional correct choice in a single-choice question": 1}),
        ("W? {=a -> b}", [], {"question left out: fewer than two choices": 1}),
        ("W? {\r\n=a\r\n\r\n~b\r\n}\r\n\r\nX? {T}\r\n", ["a|b", "True|False"], {}),
        (r"W? {=\(\frac{1}{2}\) ~b}", [r"$\frac{1}{2}$|b"], {}),
    ],
)  # fmt: skip
def test_gift_is_read_as_moodle_reads_it_or_counted(text, rights, counted, tmp_path):
    assert read_answers("gift", "a.gift", text, tmp_path) == (rights, counted)


def number(answer, tolerance=""):
    more = f'<responseparam type="tolerance" default="{tolerance}"/>' if tolerance else ""
    return f'<numericalresponse answer="{answer}">{more}<formulaequationinput/></numericalresponse>'


def string(answer, more="", how="ci"):
    return f'<stringresponse answer="{answer}" type="{how}">{more}<textline/></stringresponse>'


def group(*rows, kind="multiplechoiceresponse"):
    inner = "".join(f'<choice correct="{correct}">{text}</choice>' for text, correct in rows)
    return f"<{kind}><choicegroup>{inner}</choicegroup></{kind}>"


def option(options, right):
    options = escape(options)
    return f'<optionresponse><optioninput options="{options}" correct="{right}"/></optionresponse>'


@pytest.mark.parametrize(
    ("problem", "rights", "counted"),
    [
        (string("Foo", '<additional_answer answer="Bar"/>'), ["Foo/Bar"], {}),
        (string("a_or_b"), ["a/b"], {}),
        (string("a", "<additional_answer>b</additional_answer>"), ["a/b"], {}),
        (string("^a.*", how="ci regexp"), [], {"answer given as a regular expression": 1}),
        (string(""), [], {"input without a correct answer": 1}),
        (number("1.5E-3"), ["0.0015±0"], {}),
        (number("1/3"), ["1/3±0"], {}),
        (number("[1,5]"), ["3±2"], {}),
        (number("(1,5)"), ["3±1.99999999999998"], {}),
        (number("[1,5)"), ["2.99999999999998±1.99999999999998"], {}),
        (number("[5,1]"), [], {FORMULA: 1}),
        (number("sqrt(2)"), [], {FORMULA: 1}),
        (number("$x"), [], {FORMULA: 1}),
        (number("1e400"), [], {FORMULA: 1}),
        (number("1,000"), [], {FORMULA: 1}),
        (number("100", "5 %"), ["100±5"], {}),
        (number("100", "1e-3"), ["100±0.001"], {}),
        (number("100", "$t"), ["100±0"],
         {"tolerance that has to be calculated (the exact number is required)": 1}),
        (f"<p>One?</p>{number(1)}<p>Two?</p>{number(2)}", ["1±0", "2±0"], {}),
        (group(("a", "True"), ("b", "FALSE")), ["a|b"], {}),
        (group(("a", "true"), ("b", "true"), ("c", "false")), ["a|c"],
         {"additional correct choice in a single-choice question": 1}),
        (group(("a", "true"), ("b", "true"), ("c", "no"), kind="choiceresponse"), ["a b|c"], {}),
        (group(("a", "false"), ("b", "false")), [], {"question left out: no choice is correct": 1}),
        (option(r"('red','it\'s','a, b')", "it's"), ["it's|red a, b"], {}),
        (option("('red','blue')", "green"), [], {"question left out: no choice is correct": 1}),
        ("<formularesponse answer='x^2'/>", [], {"<formularesponse>": 1}),
        ("<imageresponse/><customresponse/>", [], {"<imageresponse>": 1, "<customresponse>": 1}),
    ],
)  # fmt: skip
def test_olx_problems_are_read_as_open_edx_grades_them_or_counted(
    problem, rights, counted, tmp_path
):
    problem = f"<problem><p>Ask?</p>{problem}</problem>"
    assert read_answers("olx", "a.xml", problem, tmp_path) == (rights, counted)


def test_olx_hint_for_a_typed_answer_is_no_part_of_the_question(tmp_path):
    hint = '<regexphint answer=".*land">It does not end in LAND.</regexphint>'
    problem = f"<problem weight='null'><p>Where is Paris?</p>{string('France', hint)}</problem>"
    (tmp_path / "a.xml").write_text(problem)
    rows, _, left_out = read_package("olx", Package(tmp_path, "a"), tmp_path)
    assert [row["prompt"] for row in rows.values()] == ["Where is Paris?"]
    assert left_out == {TYPED: 1}


def test_olx_dropdowns_of_one_response_become_gaps_of_one_text(tmp_path):
    first = "<optioninput options=\"('blue','red')\" correct=\"blue\"/>"
    second = (
        '<optioninput><option correct="False">blue<optionhint>No.</optionhint></option>'
        '<option correct="True">green</option></optioninput>'
    )
    sentence = f"<p>The sky is {first} and grass is {second}.</p>"
    (tmp_path / "a.xml").write_text(
        f"<problem><optionresponse>{sentence}</optionresponse></problem>"
    )
    rows, _, left_out = read_package("olx", Package(tmp_path, "a"), tmp_path)
    (row,) = rows.values()
    names = [f"[[{part['id']}]]" for part in row["parts"]]
    assert row["prompt"] == "The sky is {} and grass is {}.".format(*names)
    shown = [[(one["text"], one["correct"]) for one in part["choices"]] for part in row["parts"]]
    assert shown == [[("blue", True), ("red", False)], [("blue", False), ("green", True)]]
    assert left_out == {"feedback for a gap": 1}


def test_olx_dropdowns_without_words_are_asked_under_the_title_of_their_problem(tmp_path):
    one = "<optioninput options=\"('yes','no')\" correct=\"no\"/>"
    problem = f'<problem display_name="Two"><optionresponse>{one}{one}</optionresponse></problem>'
    (tmp_path / "a.xml").write_text(problem)
    rows, _, left_out = read_package("olx", Package(tmp_path, "a"), tmp_path)
    assert [row["prompt"].split("\n")[0] for row in rows.values()] == ["Two"]
    assert [len(row["parts"]) for row in rows.values()] == [2]
    assert not left_out


YES_NO = "<optioninput options=\"('yes','no')\" correct=\"no\"/>"


@pytest.mark.parametrize(
    ("content", "counted"),
    [
        (f"<p>Is it {YES_NO}?</p><solution>{YES_NO}</solution>", "dropdown outside its text"),
        (f"<p>Is it {YES_NO}?</p><choicehint>{YES_NO}</choicehint>", "dropdown outside its text"),
        (f"{YES_NO}<p>Is it <optioninput/>?</p>", "left out: a gap with fewer than two choices"),
        ("<p>Is it?</p>", "left out: no choice is correct"),
        (f"<optionresponse>{YES_NO}</optionresponse>", "question inside another question"),
    ],
)
def test_olx_dropdowns_that_make_no_question_are_counted(content, counted, tmp_path):
    text = f"<problem><p>Ask?</p><optionresponse>{content}</optionresponse></problem>"
    (tmp_path / "a.xml").write_text(text)
    rows, _, left_out = read_package("olx", Package(tmp_path, "a"), tmp_path)
    assert not rows
    assert [(reason.endswith(counted), count) for reason, count in left_out.items()] == [(True, 1)]


@pytest.mark.parametrize(
    ("rows", "right", "counted"),
    [
        ("= 5 +- 1\nor= 6", "5±1", {}),
        ("= [1,5]", "3±2", {}),
        ("= Paris {{Yes.}}\nnot= London {{No.}}\nor= paris, fr", "Paris/paris, fr", {TYPED: 2}),
        ("|= ^a.*", None, {"answer given as a regular expression": 1}),
        ("(!x) a\n(@) b\n( ) c", "a|b c", {}),
        ("[x] a\n[x] b\n[ ] c", "a b|c", {}),
        ("[[a, (b), c]]", "b|a c", {}),
    ],
)
def test_open_edx_markdown_is_read_as_its_editor_reads_it(rows, right, counted, tmp_path):
    short = escape(f">>Ask?<<\n\n{rows}\n").replace("\n", "&#10;")
    (tmp_path / "b").mkdir()
    found = read_answers("olx", "a.xml", f'<problem markdown="{short}"/>', tmp_path / "b")
    assert found == ([right] if right else [], counted)


def targeted(rights, *texts, more=' targeted-feedback=""'):
    """Return a question whose choices have the ids x, y, z, and a set of texts by id."""
    inner = "".join(
        f'<choice correct="{right}" explanation-id="{name}">{name}</choice>'
        for name, right in zip("xyz", rights, strict=False)
    )
    feedback = "".join(
        f'<targetedfeedback explanation-id="{name}"><p>{text}</p></targetedfeedback>'
        for name, text in texts
    )
    return (
        f"<multiplechoiceresponse{more}><choicegroup>{inner}</choicegroup>"
        f"</multiplechoiceresponse><targetedfeedbackset>{feedback}</targetedfeedbackset>"
    )


def solutions(*texts):
    rows = "".join(
        f'<solution explanation-id="{name}"><p>{text}</p></solution>' for name, text in texts
    )
    return f"<solutionset>{rows}</solutionset>"


def read_problem(inside, tmp_path):
    (tmp_path / "a.xml").write_text(f"<problem><p>Ask?</p>{inside}</problem>")
    content, left_out = olx.read(Package(tmp_path, "a"), None)
    return [row for unit in content["units"] for row in unit["questions"]], +left_out


def test_targeted_feedback_is_that_of_its_choice(tmp_path):
    inside = (
        targeted(["false", "true"], ("x", "Less."), ("y", "Yes."), ("q", "Lost."))
        + solutions(("x", "Not this."), ("y", "So it is."))
        + "<p>Two?</p>"
        + targeted(["true", "false"], ("x", "Other."))
        + solutions(("x", "Thus."))
    )
    (one, two), left_out = read_problem(inside, tmp_path)
    assert [row["prompt"] for row in (one, two)] == ["Ask?", "Two?"]
    feedback = [[choice.get("feedback") for choice in row["choices"]] for row in (one, two)]
    assert feedback == [["Less.", "Yes."], ["Other.", None]]
    assert [row["explanation"] for row in (one, two)] == ["So it is.", "Thus."]
    assert left_out == {
        "targeted feedback that no choice names": 1,
        "solution that belongs to no correct choice": 1,
    }


def test_targeted_feedback_that_open_edx_does_not_show_is_counted(tmp_path):
    (row,), left_out = read_problem(targeted(["true", "false"], ("x", "Yes."), more=""), tmp_path)
    assert not any("feedback" in choice for choice in row["choices"])
    assert left_out == {"targeted feedback that no choice names": 1}


def test_a_solution_inside_a_response_is_of_its_question_alone(tmp_path):
    inner = "<solution><p>First.</p></solution>"
    one = group(("a", "true"), ("b", "false")).replace("</multi", f"{inner}</multi")
    two = group(("a", "false"), ("b", "true"))
    rows, _ = read_problem(f"{one}<p>More?</p>{two}<solution><p>Both.</p></solution>", tmp_path)
    assert [row["explanation"] for row in rows] == ["First.\nBoth.", "Both."]


@pytest.mark.parametrize(
    ("parts", "explained"),
    [
        ("? s1 ? s2", ["S1.", "S2."]),
        ("? ? s1 ? s2", ["S1.", "S1.", "S2."]),
        ("s1 ? s2 ? s3", ["S1.\nS2.", "S1.\nS3."]),
        ("? s1 s2 ? s3", ["S1.\nS2.", "S3."]),
        ("? s1 ?", ["S1.", None]),
        ("? ? s1", ["S1.", "S1."]),
        ("s1 ? ?", ["S1.", "S1."]),
    ],
)
def test_a_solution_is_of_the_responses_since_the_one_before(parts, explained, tmp_path):
    """As Open edX shows it, at its place; so no question shows the solution of another."""
    asked = group(("a", "true"), ("b", "false"))
    text = "".join(
        f"<p>Which?</p>{asked}" if part == "?" else f"<solution><p>{part.upper()}.</p></solution>"
        for part in parts.split()
    )
    rows, left_out = read_problem(text, tmp_path)
    assert ([row.get("explanation") for row in rows], left_out) == (explained, {})


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        (
            "<p>Light: about ? km/s, or ? minutes.</p>",
            ["Light: about ____ km/s, or … minutes.", "Light: about … km/s, or ____ minutes."],
        ),
        (
            "1 + 1 is ? and 2 + 2 is ?",
            ["1 + 1 is ____ and 2 + 2 is …", "1 + 1 is … and 2 + 2 is ____"],
        ),
        (
            "<p>So:</p><p>It is ?.</p><p>Or ? here.</p><p>End.</p>",
            ["So:\nIt is", "Or ____ here.\nEnd."],
        ),
        ("<p>Both: ? ?</p>", ["Both:", "r"]),
    ],
)
def test_a_line_with_several_inputs_is_the_text_of_each(text, prompts, tmp_path):
    asked = '<numericalresponse answer="2"><formulaequationinput/></numericalresponse>'
    problem = f'<problem display_name="r">{text.replace("?", asked)}</problem>'
    (tmp_path / "problem.xml").write_text(problem, encoding="utf-8")
    rows, _, left_out = read_package("olx", Package(tmp_path, "a"), tmp_path)
    assert ([row["prompt"] for row in rows.values()], left_out) == (prompts, {})


@pytest.mark.parametrize("element", ["textline", "formulaequationinput"])
def test_a_unit_behind_an_input_is_kept(element, tmp_path):
    text = f'<numericalresponse answer="5"><{element} trailing_text="US$"/></numericalresponse>'
    (row,), left_out = read_problem(text, tmp_path)
    assert (row["prompt"], left_out) == ("Ask?\n____ US\\$", {})


def test_a_response_inside_a_solution_is_counted_and_moves_no_text(tmp_path):
    """As in an old course at MIT, where it follows the text of the solution."""
    inner = '<stringresponse answer="None"><textline/></stringresponse>'
    first, second = group(("a", "true"), ("b", "false")), group(("c", "true"), ("d", "false"))
    text = f"<p>One?</p>{first}<solution><p>S.</p>{inner}</solution><p>Two?</p>{second}"
    rows, left_out = read_problem(text, tmp_path)
    assert [(row["prompt"], row["choices"][0]["text"]) for row in rows] == [
        ("Ask?\nOne?", "a"),
        ("Two?", "c"),
    ]
    assert [row.get("explanation") for row in rows] == ["S.", None]
    assert left_out == {"question inside a solution or a hint": 1}


def test_partial_credit_of_open_edx_is_read_or_counted_in_words(tmp_path):
    asked = group(("a", "true"), ("b", "false")).replace(
        "<multiplechoiceresponse", '<multiplechoiceresponse partial_credit="points"'
    )
    rows, left_out = read_problem(asked.replace('"false"', '"partial"'), tmp_path)
    assert [row.get("share") for row in rows[0]["choices"]] == [None, 50]
    assert left_out == {}
    _, left_out = read_problem(asked.replace('"points"', '"EDC"'), tmp_path)
    assert left_out == {"partial credit (here an answer is either correct or not)": 1}


@pytest.mark.parametrize("gap", ["It ____ {T}.", "It __{T}", "____ {T} so."])
def test_a_line_to_write_on_before_the_braces_is_no_formula(gap, tmp_path):
    (tmp_path / "a.gift").write_text(f"::Q1:: {gap}\n", encoding="utf-8")
    rows, _, left_out = read_package("gift", Package(tmp_path, "a"), tmp_path)
    assert (len(rows), left_out) == (1, {})


@pytest.mark.parametrize("before", ["", "    ", "\t"])
def test_an_indented_title_begins_a_gift_question(before, tmp_path):
    text = f"{before}::Q1:: One {{=A ~B}}\n{before}::Q2:: Two {{=C ~D}}\n"
    assert read_answers("gift", "a.gift", text, tmp_path) == (["A|B", "C|D"], {})


@pytest.mark.parametrize(
    ("answers", "counted"),
    [
        ("=1822:0 =%50%18a2:2", {UNREAD: 1}),
        ("=1822:0 ~*", {}),
        ("1821..1823 ~1700", {"answer after ~ in a question for a number": 1}),
        ("1821..1823 ~#Later.", {REMARK: 1}),
    ],
)
def test_a_number_of_gift_that_is_not_read_is_counted(answers, counted, tmp_path):
    (right,), left_out = read_answers("gift", "a.gift", f"Year? {{#{answers}}}", tmp_path)
    assert right.startswith("1822±")
    assert left_out == counted
