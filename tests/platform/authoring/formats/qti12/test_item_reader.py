"""Each kind of question that Canvas, Blackboard, Respondus and others write in QTI 1.2."""

from __future__ import annotations

from fractions import Fraction

import pytest

from authoring.formats import qti12
from authoring.formats.course_builder import MOVED, Package
from courses.questions import gap_marks
from tests.fixtures.question_items import item_of_spec
from tests.platform.authoring.formats.inputs import choices as choices_of
from tests.platform.authoring.formats.inputs import content_of
from tests.platform.authoring.formats.qti12.items import (
    adds,
    choices,
    equal,
    feedback,
    item,
    label,
    quiz_file,
    read_item,
    read_items,
    text,
    typed,
    when,
)

OVERALL = "overall feedback for a correct or incorrect answer"
SCORING = "scoring that cannot be represented here"


def right(row):
    return [words for words, correct in choices_of(row) if correct]


def accepts(row, number):
    return item_of_spec(row).is_correct(number)


def test_canvas_choice_has_its_feedback_and_explanation(tmp_path):
    row, left_out = read_item(
        tmp_path,
        choices(("Mercury", "Venus", "Mars")),
        when("<other/>", "", more=' continue="Yes"', shows="general_fb")
        + when(equal("b"), "", more=' continue="Yes"', shows="b_fb")
        + when(equal("a"), shows="correct_fb")
        + when("<other/>", "", shows="general_incorrect_fb"),
        kind="multiple_choice_question",
        prompt="<p>Which planet is <b>nearest</b> to the sun?</p>",
        after=feedback(
            general_fb="It needs <i>88</i> days.",
            b_fb="The second.",
            correct_fb="Yes.",
            general_incorrect_fb="No.",
        ),
    )
    assert row == {
        "id": "i",
        "type": "single",
        "prompt": "Which planet is nearest to the sun?",
        "choices": [
            {"id": row["choices"][0]["id"], "text": "Mercury", "correct": True, "feedback": "Yes."},
            {
                "id": row["choices"][1]["id"],
                "text": "Venus",
                "correct": False,
                "feedback": "The second.\nNo.",
            },
            {"id": row["choices"][2]["id"], "text": "Mars", "correct": False, "feedback": "No."},
        ],
        "skills": ["quiz"],
        "explanation": "It needs 88 days.",
    }
    assert left_out == {"bold, list, table or link in a question (the text is kept)": 2}


def test_canvas_several_answers_are_an_exact_set(tmp_path):
    condition = f"<and>{equal('a')}<not>{equal('b')}</not>{equal('c')}<not>{equal('d')}</not></and>"
    row, left_out = read_item(
        tmp_path, choices(cardinality="Multiple"), when(condition), kind="multiple_answers_question"
    )
    assert (row["type"], right(row), left_out) == ("multiple", ["A", "C"], {})


@pytest.mark.parametrize("kind", ["multiple_answers_question", "cc.multiple_response.v0p1"])
def test_further_choice_is_wrong_where_the_kind_says_so(kind, tmp_path):
    condition = f"<and>{equal('a')}{equal('c')}</and>"
    row, left_out = read_item(tmp_path, choices(cardinality="Multiple"), when(condition), kind=kind)
    assert (right(row), left_out) == (["A", "C"], {})
    assert read_item(tmp_path, choices(cardinality="Multiple"), when(condition)) == (
        None, {SCORING: 1})  # fmt: skip


def test_canvas_short_answers_are_alternatives(tmp_path):
    row, left_out = read_item(
        tmp_path,
        typed(),
        when(equal("Hà Nội") + equal("Ha Noi")),
        kind="short_answer_question",
    )
    assert (row["type"], row["answer"], row["accepted"], row["compare"]) == (
        "text", "Hà Nội", ["Ha Noi"], "words")  # fmt: skip
    assert left_out == {}


def test_part_of_a_text_is_accepted_anywhere(tmp_path):
    contains = '<varsubstring respident="R">king</varsubstring>'
    row, _ = read_item(tmp_path, typed(), when(contains))
    assert (row["answer"], row["accepted"]) == ("king", ["*king*"])
    contains = '<varsubset respident="R" setmatch="Contains">king</varsubset>'
    assert read_item(tmp_path, typed(), when(contains))[0]["accepted"] == ["*king*"]
    pattern = '<varsubset respident="R" setmatch="Matches">ki.*</varsubset>'
    assert read_item(tmp_path, typed(), when(pattern)) == (
        None, {"answer given as a regular expression": 1})  # fmt: skip


@pytest.mark.parametrize("written", ["Z[uü]rich", "(king|queen)", "k.*g", r"\bking", "kings?$"])
def test_a_part_of_a_text_that_is_written_as_a_pattern_is_left_out(tmp_path, written):
    contains = f'<varsubstring respident="R">{written}</varsubstring>'
    assert read_item(tmp_path, typed(), when(contains)) == (
        None, {"answer given as a regular expression": 1})  # fmt: skip


@pytest.mark.parametrize("written", ["f(x)", "a[1]", "5 $", "(a) king", "and so on...", "x^2"])
def test_a_part_of_a_text_with_the_signs_of_a_formula_is_no_pattern(tmp_path, written):
    contains = f'<varsubstring respident="R">{written}</varsubstring>'
    row, left_out = read_item(tmp_path, typed(), when(contains))
    assert (row["answer"], left_out) == (written, {})


def test_capitals_that_matter_here_too(tmp_path):
    row, left_out = read_item(tmp_path, typed(), when(equal("NaCl", more=' case="Yes"')))
    assert row["answer"] == "NaCl"
    assert left_out == {}
    assert row["compare"] == "cased"


def bounds(low, high, low_sign="vargte", high_sign="varlte"):
    return (
        f'<{low_sign} respident="R">{low}</{low_sign}><{high_sign} respident="R">{high}'
        f"</{high_sign}>"
    )


@pytest.mark.parametrize(
    ("condition", "shown", "inside", "outside"),
    [
        (
            f"<or>{equal('4.0')}<and>{bounds('3.5', '4.5')}</and></or>",
            "4",
            "3.5 4.5",
            "3.4999 4.5001",
        ),
        (bounds("9", "11"), "10", "9 11", "8.9999 11.0001"),
        (
            f"<or>{equal('13.4')}<and>{bounds('13.395', '13.405', 'vargt')}</and></or>",
            "13.4",
            "13.3951 13.405",
            "13.395 13.4051",
        ),
        (equal("-2.50"), "-2.5", "-2.5", "-2.49 -2.51"),
        # Blackboard writes the number to show next to the range.
        (bounds("9.0", "11.0") + equal("9.5", more=' case="No"'), "9.5", "9 11", "8.99 11.01"),
    ],
)
def test_numbers_are_accepted_up_to_each_bound(condition, shown, inside, outside, tmp_path):
    row, left_out = read_item(
        tmp_path, typed(kind="Decimal"), when(condition), kind="numerical_question"
    )
    assert (row["type"], row.get("shown", row["answer"]), left_out) == ("numeric", shown, {})
    assert all(accepts(row, number) for number in inside.split())
    assert not any(accepts(row, number) for number in outside.split())


def test_several_ranges_earn_their_points(tmp_path):
    conditions = when(bounds("1", "2")) + when(bounds("5", "6"))
    row, left_out = read_item(tmp_path, typed(kind="Decimal"), conditions)
    assert left_out == {}
    assert [accepts(row, number) for number in ("1.5", "3", "5", "6", "6.1")] == [
        True, False, True, True, False]  # fmt: skip


def test_a_wider_range_of_fewer_points_is_partly_right(tmp_path):
    conditions = when(equal("5"), "100", "Set") + when(bounds("4", "6"), "50", "Set")
    row, left_out = read_item(tmp_path, typed(kind="Decimal"), conditions)
    assert (row["answer"], left_out) == ("5", {})
    assert row["other_answers"] == [{"value": "5", "tolerance": 1, "share": 50}]
    assert [item_of_spec(row).grade(one).share for one in ("5", "4.5", "7")] == [
        1, Fraction(1, 2), 0]  # fmt: skip


def matching(*rows, rights=("Vietnam", "France", "Germany")):
    labels = "".join(label(f"m{at}", words) for at, words in enumerate(rights))
    return "".join(
        f'<response_lid ident="response_{at}">{text(left, "text/plain")}<render_choice>{labels}'
        "</render_choice></response_lid>"
        for at, left in enumerate(rows)
    )


def test_canvas_matching_has_its_distractor(tmp_path):
    row, left_out = read_item(
        tmp_path,
        matching("Hanoi", "Paris"),
        adds(equal("m0", "response_0")) + adds(equal("m1", "response_1")),
        kind="matching_question",
        prompt="Capitals",
    )
    parts = {part["id"]: part["text"] for part in row["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in row["choices"]] == [
        ("Hanoi", "Vietnam"), ("Paris", "France")]  # fmt: skip
    assert (row["type"], row["prompt"], list(parts.values())) == (
        "match", "Capitals", ["Vietnam", "France", "Germany"])  # fmt: skip
    assert left_out == {}


def test_blackboard_matching_without_marks_does_not_tell_everyone_that_they_are_wrong(tmp_path):
    row, left_out = read_item(
        tmp_path,
        matching("Hanoi", "Paris"),
        when(equal("m0", "response_0"), "", more="", shows="correct")
        + when(equal("m1", "response_1"), "", more="", shows="correct")
        + when("<other/>", "0", more=' title="incorrect"', shows="incorrect"),
        after=feedback(correct="Right.", incorrect="Wrong."),
    )
    parts = {part["id"]: part["text"] for part in row["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in row["choices"]] == [
        ("Hanoi", "Vietnam"), ("Paris", "France")]  # fmt: skip
    assert ("explanation" in row, left_out) == (False, {OVERALL: 2})


def brightspace(kind, asks, conditions, ident="i"):
    row = f"<fieldlabel>qmd_questiontype</fieldlabel><fieldentry>{kind}</fieldentry>"
    metadata = f"<qtimetadata><qti_metadatafield>{row}</qti_metadatafield></qtimetadata>"
    return item(asks, conditions, ident=ident).replace(
        "<presentation>", f"<itemmetadata>{metadata}</itemmetadata><presentation>"
    )


def test_brightspace_compares_a_typed_answer_by_its_label(tmp_path):
    """Its short answer is read; several answers in any order, or a computed one, are counted."""
    one = when(equal("Ada", "answer1", ' case="no"'), more="")
    any_order = when(equal("Ada", "answer1"), "50", more="") + when(
        equal("Bob", "answer1"), "50", more=""
    )
    rows, left_out = read_items(
        tmp_path,
        brightspace("Short Answer", typed("Q_STR"), one),
        brightspace("Multi-Short Answer", typed("Q_STR"), any_order, "j"),
        brightspace("Arithmetic", typed("Q_STR", "Decimal"), when("<other/>", more=""), "k"),
    )
    assert {name: (row["type"], row["answer"]) for name, row in rows.items()} == {
        "i": ("text", "Ada")
    }
    assert left_out == {
        "question of the type multi-short answer": 1,
        "question of the type arithmetic": 1,
    }


def blank(name, *options):
    labels = "".join(label(ident, words) for ident, words in options)
    return (
        f'<response_lid ident="response_{name}"><material><mattext>{name}</mattext></material>'
        f"<render_choice>{labels}</render_choice></response_lid>"
    )


def test_canvas_blanks_accept_each_listed_text(tmp_path):
    row, left_out = read_item(
        tmp_path,
        blank("two", ("3", "Paris")) + blank("one", ("1", "Hà Nội"), ("2", "Ha Noi")),
        adds(equal("1", "response_one")) + adds(equal("3", "response_two")),
        kind="fill_in_multiple_blanks_question",
        prompt="<p>Vietnam: [one], France: [two].</p>",
    )
    assert gap_marks.rename_gaps(row["prompt"], "12") == "Vietnam: [[1]], France: [[2]]."
    assert [(part["answer"], part.get("accepted")) for part in row["parts"]] == [
        ("Hà Nội", ["Ha Noi"]), ("Paris", None)]  # fmt: skip
    assert left_out == {}


def test_canvas_dropdowns_have_one_correct_option(tmp_path):
    row, left_out = read_item(
        tmp_path,
        blank("a", ("1", "is"), ("2", "are")) + blank("b", ("3", "green"), ("4", "red")),
        adds(equal("1", "response_a")) + adds(equal("4", "response_b")),
        kind="multiple_dropdowns_question",
        prompt="The rose [a] [b]",
    )
    assert [choices_of(part) for part in row["parts"]] == [
        [("is", True), ("are", False)], [("green", False), ("red", True)]]  # fmt: skip
    assert left_out == {}


def test_fields_between_words_become_gaps(tmp_path):
    asks = typed("x") + text("and blood is") + typed("y") + text(".")
    row, left_out = read_item(
        tmp_path,
        asks,
        adds(equal("green", "x")) + adds(equal("red", "y")),
        prompt="Grass is",
    )
    assert gap_marks.rename_gaps(row["prompt"], "12") == "Grass is [[1]] and blood is [[2]]."
    assert [part["answer"] for part in row["parts"]] == ["green", "red"]
    assert left_out == {}


def test_order_is_the_order_of_the_condition(tmp_path):
    condition = f"<and>{equal('b')}{equal('c')}{equal('a')}{equal('d')}</and>"
    row, left_out = read_item(tmp_path, choices(cardinality="Ordered"), when(condition))
    assert (row["type"], [one["text"] for one in row["choices"]]) == ("order", list("BCAD"))
    assert left_out == {}


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("essay" * 1000, f"question of the type {'essay' * 8}"),
        ("calculated_question", "question of the type calculated_question"),
        ("text_only_question", "description (a text without a question)"),
    ],
)
def test_other_kinds_are_counted_by_their_names(kind, counted, tmp_path):
    assert read_item(tmp_path, typed(), when("<other/>", ""), kind=kind) == (None, {counted: 1})


@pytest.mark.parametrize("kind", ["essay_question", "Essay", "cc.essay.v0p1"])
def test_an_essay_is_read_without_a_key_into_the_bank(kind, tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    text_for_all = when("<other/>", "", shows="general_fb")
    essay = item(typed(), text_for_all, kind=kind, after=feedback(general_fb="A sample."))
    (folder / "quiz.xml").write_text(quiz_file(essay), encoding="utf-8")
    content, left_out = content_of(qti12, Package(folder, "quiz"), tmp_path)
    (row,) = content["bank"]
    assert (row["type"], row["explanation"]) == ("essay", "A sample.")
    assert left_out == {MOVED: 1}


@pytest.mark.parametrize("kind", ["file_upload_question", "File Upload"])
def test_a_file_upload_is_read_into_the_bank_and_takes_every_kind(kind, tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    upload = item("", "", kind=kind)
    (folder / "quiz.xml").write_text(quiz_file(upload), encoding="utf-8")
    content, left_out = content_of(qti12, Package(folder, "quiz"), tmp_path)
    (row,) = content["bank"]
    assert (row["type"], row["prompt"]) == ("file", "Which?")
    assert row["file_kinds"] == ["pdf", "picture", "text", "document"]
    assert left_out == {MOVED: 1}


def test_item_without_a_correct_answer_is_left_out(tmp_path):
    for conditions in ("", when(equal("a"), "0"), when(equal("unknown"))):
        assert read_item(tmp_path, choices(), conditions) == (
            None, {"item that does not give the correct answer": 1})  # fmt: skip
    asks = '<response_xy ident="R"><render_hotspot/></response_xy>'
    assert read_item(tmp_path, asks, when(equal("1,2"))) == (
        None, {"question of the type response_xy": 1})  # fmt: skip


def test_words_around_the_options_are_kept(tmp_path):
    asks = choices().replace("<render_choice>", f"<render_choice>{text('First to last')}")
    row, _ = read_item(tmp_path, asks, when(equal("a")))
    assert row["prompt"] == "Which?\nFirst to last"
    asks = typed().replace("<response_label", f"{text('Now is the')}<response_label")
    assert read_item(tmp_path, asks, when(equal("winter"))) == (
        None, {"question of the type render_fib": 1})  # fmt: skip


def test_respondus_names_its_outcome_and_partial_credit(tmp_path):
    conditions = when(equal("a"), "100", "Add") + when(equal("b"), "50", "Add")
    source = item(choices(), conditions).replace('varname="SCORE"', 'varname="que_score"')
    rows, left_out = read_items(tmp_path, source)
    assert right(rows["i"]) == ["A"]
    assert [row.get("share") for row in rows["i"]["choices"][:2]] == [None, 50]
    assert left_out == {}


def test_brightspace_counts_correct_and_incorrect_choices(tmp_path):
    conditions = "".join(
        f'<respcondition continue="yes"><conditionvar>{equal(name)}</conditionvar>'
        f'<setvar varname="D2L_{"Correct" if name in "ac" else "Incorrect"}" action="Add">1'
        "</setvar>"
        "</respcondition>"
        for name in "abcd"
    )
    last = '<respcondition><setvar varname="que_score" action="Set">D2L_Correct</setvar>'
    last += "</respcondition>"
    rows, left_out = read_items(tmp_path, item(choices(cardinality="Multiple"), conditions + last))
    assert right(rows["i"]) == ["A", "C"]
    assert rows["i"]["partial_credit"] is True
    assert not any("share" in row for row in rows["i"]["choices"])
    assert left_out == {}


def test_text_is_html_only_where_it_says_so(tmp_path):
    asks = (
        '<response_lid ident="R"><render_choice>'
        + label("a", "Inside the <head>")
        + label("b", "<b>bold</b> x<sup>2</sup>", "text/html")
        + '<response_label ident="c"><material><mattext>&lt;p&gt;one&lt;/p&gt;</mattext></material>'
        "</response_label>"
        + '<response_label ident="d"><material><mattext texttype="text/html"><p>nodes</p></mattext>'
        "</material></response_label></render_choice></response_lid>"
    )
    row, _ = read_item(tmp_path, asks, when(equal("a")))
    assert [words for words, _right in choices_of(row)] == [
        "Inside the <head>", "bold x${}^{2}$", "one", "nodes"]  # fmt: skip


def test_canvas_equation_is_a_formula(tmp_path):
    prompt = (
        '<p>Solve <img class="equation_image" src="/equation_images/x%255E2" alt="LaTeX: x^2=4" '
        'data-equation-content="x^2=4"> and <img src="/equation_images/%255Cfrac%257B1%257D%257B2'
        '%257D"></p>'
    )
    row, left_out = read_item(tmp_path, choices(), when(equal("a")), prompt=prompt)
    assert (row["prompt"], left_out) == ("Solve $x^2=4$ and $\\frac{1}{2}$", {})


def test_points_are_read(tmp_path):
    source = item(choices(), when(equal("a")), kind="multiple_choice_question")
    found = []
    for points in ("1.0", "2.5", "5000"):
        field = (
            f"<qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>{points}"
            "</fieldentry></qtimetadatafield></qtimetadata>"
        )
        rows, left_out = read_items(tmp_path, source.replace("</qtimetadata>", field))
        found.append((rows["i"].get("points"), sum(left_out.values())))
    assert found == [(None, 0), (2.5, 0), (None, 1)]


def test_feedback_for_a_typed_answer_is_counted(tmp_path):
    row, left_out = read_item(
        tmp_path,
        typed(),
        when("<other/>", "", more=' continue="Yes"', shows="all")
        + when(equal("x"), shows="right")
        + when("<other/>", "", shows="wrong"),
        after=feedback(all="See page 3.", right="Yes.", wrong="No.", empty=""),
    )
    assert row["explanation"] == "See page 3."
    assert left_out == {OVERALL: 2}


def new_blank(name, kind, *options):
    labels = "".join(
        f'<response_label ident="{ident}" scoring_algorithm="{how}" answer_type="{kind}">'
        f"{text(words, 'text/plain')}</response_label>"
        for ident, words, how in options
    )
    return (
        f'<response_lid ident="response_{name}"><material><mattext>{name}</mattext></material>'
        f"<render_choice>{labels}</render_choice></response_lid>"
    )


def read_new_blanks(tmp_path, *blanks):
    """Read blanks a, b … of Canvas's New Quizzes; the first option of each is correct."""
    names = "abcd"[: len(blanks)]
    asks = "".join(new_blank(name, *blank) for name, blank in zip(names, blanks, strict=True))
    scored = "".join(
        adds(equal(blank[1][0], f"response_{name}"), f"{100 / len(blanks):.2f}")
        for name, blank in zip(names, blanks, strict=True)
    )
    prompt = "Roses " + " ".join(f"[{name}]" for name in names)
    kind = "fill_in_multiple_blanks_question"
    return read_item(tmp_path, asks, scored, kind=kind, prompt=prompt)


def test_new_quizzes_blank_is_a_list_or_typed(tmp_path):
    row, left_out = read_new_blanks(
        tmp_path,
        ("dropdown", ("1", "are", "Equivalence"), ("2", "is", "Equivalence")),
        ("wordbank", ("3", "red", "TextEquivalence"), ("4", "blue", "TextEquivalence")),
        ("openEntry", ("5", "king", "TextContainsAnswer")),
        ("openEntry", ("6", "rose", "TextCloseEnough"), ("7", "lily", "TextInChoices")),
    )
    assert [choices_of(part) for part in row["parts"][:2]] == [
        [("are", True), ("is", False)], [("red", True), ("blue", False)]]  # fmt: skip
    assert [(part["answer"], part["accepted"]) for part in row["parts"][2:]] == [
        ("king", ["*king*"]), ("rose", ["lily"])]  # fmt: skip
    assert left_out == {"typing errors that a blank accepts": 1}
    assert read_new_blanks(tmp_path, ("openEntry", ("1", "^a$", "TextRegex"))) == (
        None, {"answer given as a regular expression": 1})  # fmt: skip


def test_text_before_several_questions_comes_before_each(tmp_path):
    passage = item("", "", ident="text", kind="text_only_question", prompt="Long ago")
    one = item(choices(), when(equal("a")), kind="multiple_choice_question").replace(
        "</qtimetadata>",
        "<qtimetadatafield><fieldlabel>parent_stimulus_item_ident</fieldlabel><fieldentry>text"
        "</fieldentry></qtimetadatafield></qtimetadata>",
    )
    rows, left_out = read_items(tmp_path, passage, one)
    assert (rows["i"]["prompt"], left_out) == ("Long ago\nWhich?", {})


def test_rows_of_a_matching_question_may_offer_different_options(tmp_path):
    first, second = matching("one", rights=("eins",)), matching("x", "two", rights=("eins", "zwei"))
    second = second[second.index("</response_lid>") + len("</response_lid>") :]
    row, _ = read_item(
        tmp_path,
        first + second,
        adds(equal("m0", "response_0")) + adds(equal("m1", "response_1")),
        kind="matching_question",
    )
    parts = {part["id"]: part["text"] for part in row["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in row["choices"]] == [
        ("one", "eins"), ("two", "zwei")]  # fmt: skip


def test_unused_rows_of_a_matching_question_are_dropped(tmp_path):
    rights = ("Vietnam", "France", "", "Germany")
    keys = enumerate(("m0", "m1", "m2", "m2"))
    scored = [adds(equal(key, f"response_{at}"), 25) for at, key in keys]
    rows = matching("Hanoi", "Paris", "", "", rights=rights)
    row, left_out = read_item(tmp_path, rows, "".join(scored), kind="matching_question")
    parts = {part["id"]: part["text"] for part in row["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in row["choices"]] == [
        ("Hanoi", "Vietnam"), ("Paris", "France")]  # fmt: skip
    assert (list(parts.values()), left_out) == (["Vietnam", "France", "Germany"], {})


def test_rows_that_look_the_same_are_left_out(tmp_path):
    scored = adds(equal("m0", "response_0")) + adds(equal("m1", "response_1"))
    assert read_item(tmp_path, matching("one", "one"), scored) == (
        None, {"question left out: two choices have the same text": 1})  # fmt: skip


def test_options_with_one_name_are_left_out(tmp_path):
    asks = choices("AB").replace('ident="b"', 'ident="a"')
    assert read_item(tmp_path, asks, when(equal("a"))) == (None, {SCORING: 1})
    asks = choices("AB", name="x") + choices("CD", name="x")
    assert read_item(tmp_path, asks, when(equal("a", "x"))) == (None, {SCORING: 1})


def test_repeated_name_of_a_blank_is_left_out(tmp_path):
    row, left_out = read_item(
        tmp_path,
        blank("1", ("1", "x")),
        adds(equal("1", "response_1")),
        kind="fill_in_multiple_blanks_question",
        prompt="See [1] and [1]",
    )
    assert (row, left_out) == (None, {"gap inside content that is left out": 1})


def test_largest_matching_question_is_read(tmp_path):
    rows = [f"row {number}" for number in range(26)]
    scored = "".join(adds(equal(f"m{number}", f"response_{number}")) for number in range(26))
    asks = matching(*rows, rights=[f"right {number}" for number in range(26)])
    row, left_out = read_item(tmp_path, asks, scored, kind="matching_question", most="2000")
    assert (len(row["choices"]), left_out) == (26, {})


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("&lt;p&gt;What does <code>print</code> do?&lt;/p&gt;", "What does print do?"),
        ("<p>The tag &lt;p&gt; is <b>not</b> closed</p>", "The tag <p> is not closed"),
        ("Is &lt;p&gt; <b>closed</b> by &lt;/p&gt;", "Is <p> closed by </p>"),
    ],
)
def test_escaped_tags_around_real_ones_are_tags(prompt, shown, tmp_path):
    asked = f'<material><mattext texttype="text/html">{prompt}</mattext></material>'
    options = choices(("Writes", "Reads"))
    row, _ = read_item(tmp_path, asked + options, when(equal("a")), prompt="")
    assert row["prompt"] == shown


def test_one_not_of_brightspace_excludes_each_of_its_choices(tmp_path):
    """Other programs write a `not` for each choice."""
    labels = "".join(label(f"Q_1_A{at}", word) for at, word in enumerate("ABCD", 1))
    asks = (
        '<response_lid ident="R" rcardinality="Multiple"><render_choice>'
        f"{labels}</render_choice></response_lid>"
    )
    wanted = equal("Q_1_A2") + equal("Q_1_A4")
    unwanted = f"<not>{equal('Q_1_A1')}{equal('Q_1_A3')}</not>"
    row, left_out = read_item(
        tmp_path,
        asks,
        when(wanted + unwanted, "1", "Add", ' continue="yes"'),
        after=feedback(Q_1_IF1="Odd.", Q_1_IF4="Even."),
    )
    assert right(row) == ["B", "D"]
    assert [choice.get("feedback") for choice in row["choices"]] == ["Odd.", None, None, "Even."]
    assert "explanation" not in row
    assert left_out == {}


def test_two_bounds_in_one_not_are_a_range(tmp_path):
    bounds = '<vargte respident="R">2</vargte><varlte respident="R">4</varlte>'
    row, _left_out = read_item(
        tmp_path,
        typed(kind="Decimal"),
        when(f"<not>{bounds}</not>", "0", shows="wrong") + when(bounds),
    )
    assert [accepts(row, number) for number in ("1", "2", "4", "5")] == [False, True, True, False]


OTHER = "<altmaterial><mattext>n</mattext></altmaterial>"


@pytest.mark.parametrize(
    ("inside", "prompt", "name"),
    [
        ('<material_ref linkrefid="m"/>', "Ask?", "material_ref"),
        ('<material><mattext uri="passage.html"/></material>', "Ask?", "mattext"),
        ('<material><mattext uri=""/></material>', "Ask?", None),
        ("<material><mat_extension><x>1</x></mat_extension></material>", "Ask?", "mat_extension"),
        (
            f"<material><mattext>m</mattext>{OTHER}</material>",
            "Ask? m",
            None,
        ),
        (
            f'<material><matvideo uri="v"/>{OTHER}</material>',
            "Ask? n",
            "matvideo",
        ),
    ],
)
def test_material_that_has_no_text_here_is_counted(inside, prompt, name, tmp_path):
    row, left_out = read_item(tmp_path, inside + choices("AB"), when(equal("a")), prompt="Ask?")
    assert row["prompt"] == prompt
    assert dict(left_out) == ({f"<{name}> in a text": 1} if name else {})


@pytest.mark.parametrize("name", ["objectives", "rubric"])
def test_objectives_and_a_rubric_of_an_item_are_counted(name, tmp_path):
    after = f"<{name}>{text('Add well.')}</{name}>"
    _row, left_out = read_item(tmp_path, choices("AB"), when(equal("a")), after=after)
    assert dict(left_out) == {f"<{name}> in a text": 1}
