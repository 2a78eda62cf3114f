"""No reply to an imported question earns more than its file gives, and what is lost is counted."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from authoring.errors import BrokenPackage
from authoring.formats import gift, moodle, olx, qti
from authoring.formats.attune import validation
from authoring.formats.course_builder import Package
from authoring.formats.credits import middle_and_tolerance, read_points, write_share
from authoring.formats.question_builder import write_decimal
from tests.fixtures.question_items import item_of_spec
from tests.platform.authoring.formats.qti.test_qti_inputs import (
    PARTLY,
    SCORING,
    branch,
    item,
    mapping,
)
from tests.platform.authoring.formats.qti12.items import adds, choices, equal, read_item, text, when
from tests.platform.authoring.formats.test_shares_there_and_back import make_package

MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
DEDUCTED = "marks deducted for a wrong answer"
PART = "answer that is worth a part of the points; here it is correct or not"


def read_one(reader, name, source, tmp_path):
    """Return the only question of a file, or None, and the left-out content."""
    (tmp_path / name).write_text(source, encoding="utf-8")
    content, left_out = reader.read(Package(tmp_path, "a"), None)
    rows = [row for unit in content["units"] for row in unit.get("questions", ())]
    return next(iter(rows), None), +left_out


def test_further_numbers_of_olx_have_no_tolerance(tmp_path):
    more = '<additional_answer answer="10"/><responseparam type="tolerance" default="5%"/>'
    asked = f'<numericalresponse answer="100">{more}<formulaequationinput/></numericalresponse>'
    row, left_out = read_one(olx, "a.xml", f"<problem><p>How many?</p>{asked}</problem>", tmp_path)
    shares = [item_of_spec(row).grade(one).share for one in ("100", "104", "10", "6", "14")]
    assert shares == [1, 1, 1, 0, 0]
    assert not left_out


def test_a_response_of_olx_that_is_left_out_keeps_its_part_of_the_weight(tmp_path):
    both = '<numericalresponse answer="1"><textline/></numericalresponse><formularesponse/>'
    source = f'<problem weight="4"><p>How many?</p>{both}</problem>'
    row, left_out = read_one(olx, "a.xml", source, tmp_path)
    assert row["points"] == 2
    assert left_out == {"<formularesponse>": 1}


@pytest.mark.parametrize("kind", ["multiple_answers_question", "cc.multiple_response.v0p1"])
def test_a_kind_in_which_further_choices_are_wrong_rewards_no_selection_of_all(kind, tmp_path):
    asks = choices("ABC", cardinality="Multiple")
    row, left_out = read_item(tmp_path, asks, adds(equal("a")) + adds(equal("b")), kind=kind)
    asked = item_of_spec(row)
    every = [choice["id"] for choice in row["choices"]]
    assert asked.grade(asked.correct_reply()).correct
    assert asked.grade(every).share == 0
    assert left_out == {PART: 1}


def rows_of(count, conditions, tmp_path):
    """Read a matching question of QTI 1.2 whose rows R1, R2 … are matched with a, b …"""
    asks = "".join(
        choices("ABC", name=f"R{at}").replace(
            "<render_choice>",
            f"{text(f'row {at}')}<render_choice>",
        )
        for at in range(1, count + 1)
    )
    return read_item(tmp_path, asks, conditions, kind="matching_question")


def pair(at):
    return equal("abc"[at - 1], f"R{at}")


def test_rows_that_deduct_for_a_wrong_match_earn_all_or_nothing(tmp_path):
    wrong = "".join(when(equal("c", f"R{at}"), "50", "Subtract", "") for at in (1, 2))
    row, left_out = rows_of(2, adds(pair(1)) + adds(pair(2)) + wrong, tmp_path)
    assert "partial_credit" not in row
    assert left_out == {PART: 1, DEDUCTED: 1}


def test_rows_that_earn_more_together_are_no_equal_shares(tmp_path):
    together = when(f"<and>{pair(1)}{pair(2)}{pair(3)}</and>", "100")
    alone = "".join(when(pair(at), "33.33", more=' continue="Yes"') for at in (1, 2, 3))
    row, left_out = rows_of(3, together + alone, tmp_path)
    assert "partial_credit" not in row
    assert left_out == {PART: 1}


def test_rows_that_each_add_a_share_have_equal_shares(tmp_path):
    row, left_out = rows_of(2, adds(pair(1)) + adds(pair(2)), tmp_path)
    assert row["partial_credit"]
    assert not left_out


@pytest.mark.parametrize(
    ("worth", "bounds", "partial", "counted"),
    [
        ("", 'defaultValue="-1" lowerBound="0"', False, {"partial": 1, "deducted": 1}),
        (' <mapEntry mapKey="A X2" mappedValue="-1"/>', 'defaultValue="0" lowerBound="0"', False,
         {"partial": 1, "deducted": 1}),
        ("", 'defaultValue="0"', True, {}),
    ],
)  # fmt: skip
def test_pairs_that_deduct_earn_all_or_nothing(worth, bounds, partial, counted, tmp_path):
    sides = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{name}">{name}</simpleAssociableChoice>'
            for name in names
        )
        + "</simpleMatchSet>"
        for names in (("A", "B"), ("X1", "X2"))
    )
    entries = "".join(f'<mapEntry mapKey="{key}" mappedValue="1"/>' for key in ("A X1", "B X2"))
    source = (
        '<assessmentItem identifier="i"><responseDeclaration identifier="R" baseType="directedPair"'
        ' cardinality="multiple"><correctResponse><value>A X1</value><value>B X2</value>'
        f"</correctResponse><mapping {bounds}>{entries}{worth}</mapping></responseDeclaration>"
        '<itemBody><matchInteraction responseIdentifier="R" maxAssociations="2"><prompt>Match'
        f"</prompt>{sides}</matchInteraction></itemBody>"
        f'<responseProcessing template="{MAP}"/></assessmentItem>'
    )
    row, left_out = read_one(qti, "i.xml", source, tmp_path)
    assert row["type"] == "match"
    assert row.get("partial_credit", False) is partial
    names = {"partial": PARTLY, "deducted": DEDUCTED}
    assert left_out == {names[name]: count for name, count in counted.items()}


def test_a_number_that_earns_more_than_the_answer_leaves_the_item_out(tmp_path):
    rows, left_out = item(tmp_path, "float", "5", "", mapping("5=1 7=2"), MAP)
    assert (rows, +left_out) == ([], {SCORING: 1})


def near(tolerance):
    attributes = f'toleranceMode="absolute" tolerance="{tolerance}"'
    both = '<variable identifier="R"/><correct identifier="R"/>'
    return f"<equal {attributes}>{both}</equal>"


@pytest.mark.parametrize(
    ("processing", "worth"),
    [
        (branch(near(1)) + branch(near(5), "0.5", "responseElseIf"), ""),
        ("", mapping("5=1").replace('defaultValue="0"', 'defaultValue="0.5"')),
    ],
)
def test_a_part_of_the_points_for_other_numbers_is_counted(processing, worth, tmp_path):
    (row,), left_out = item(tmp_path, "float", "5", processing, worth, "" if processing else MAP)
    asked = item_of_spec(row)
    assert [asked.grade(one).share for one in ("5", "9", "99")] == [1, 0, 0]
    assert +left_out == {PARTLY: 1}


@pytest.mark.parametrize(
    ("grading", "partial", "counted"),
    [
        ("ALL_OR_NOTHING", False, 0), ("-1", False, 0),
        ("ABSOLUTE_POSITION", True, 0), ("0", True, 0),
        ("RELATIVE_NEXT_EXCLUDE_LAST", False, 1), ("1", False, 1), ("7", False, 1),
    ],
)  # fmt: skip
def test_an_order_of_moodle_is_graded_by_position_only_where_moodle_does(
    grading, partial, counted, tmp_path
):
    rows = "".join(
        f'<answer fraction="{at}" format="plain_text"><text>{name}</text></answer>'
        for at, name in enumerate("ABCD", 1)
    )
    source = (
        '<quiz><question type="ordering"><name><text>q</text></name><questiontext><text>Order?'
        f"</text></questiontext><gradingtype>{grading}</gradingtype>{rows}</question></quiz>"
    )
    row, left_out = read_one(moodle, "a.xml", source, tmp_path)
    assert row.get("partial_credit", False) is partial
    assert sum(left_out.values()) == counted


def test_shares_of_gift_that_do_not_add_up_are_not_scaled_up(tmp_path):
    row, left_out = read_one(gift, "a.gift", "W? {~%50%A ~%20%B ~%-100%C}", tmp_path)
    assert "partial_credit" not in row
    assert not any("share" in choice for choice in row["choices"])
    assert sum(left_out.values()) == 1


@pytest.mark.parametrize("points", ["1e30", "-1", "0", "0.001", "1001", None])
def test_points_that_a_question_cannot_have_are_counted(points):
    left_out: Counter[str] = Counter()
    assert read_points(points, left_out) == {}
    assert left_out.total() == 1


def test_a_share_is_never_rounded_to_none_or_all():
    for share in (Fraction(99995, 100_000), Fraction(1, 20_000), Fraction(-99995, 100_000)):
        assert Fraction(str(write_share(share))) / 100 == share
    assert write_share(Fraction("0.3333333")) == "100/3"


def test_a_repeating_number_is_written_as_a_decimal():
    value, width = middle_and_tolerance({"value": "2/3", "tolerance": 0, "share": 50})
    assert (write_decimal(value), width) == ("0.6666666666666666", 0)


@pytest.mark.parametrize(("points", "accepted"), [(0.25, True), (2, True), (0.123457, False)])
def test_points_have_at_most_two_decimals(points, accepted):
    choices = [{"id": name, "text": name, "correct": name == "a"} for name in "ab"]
    row = {"id": "q", "type": "single", "prompt": "?", "skills": ["slope"], "choices": choices}
    package = make_package({**row, "points": points})
    if accepted:
        validation.check(package)
        return
    with pytest.raises(BrokenPackage, match="two decimals"):
        validation.check(package)
