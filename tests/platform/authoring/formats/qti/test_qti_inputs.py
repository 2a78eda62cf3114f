"""Small QTI items from public bug reports, and each form of scoring: correct or counted."""

from __future__ import annotations

from fractions import Fraction

import pytest

from authoring.formats import qti
from authoring.formats.course_builder import Package
from tests.fixtures.question_items import item_of_spec
from tests.platform.authoring.formats.inputs import (
    DATA,
    INPUTS,
    choices,
    read,
    read_package,
)

SCORING = "scoring that cannot be represented here"
PARTLY = "partial credit (map_response); here an answer is either correct or not"
SAME = "question left out: two choices have the same text"
PICTURE = (DATA / "formats/qti/media/sun rain.png").read_bytes()


def test_qti_accepts_what_the_item_scores(tmp_path):
    def taken(name):
        return read(f"qti/{name}.xml", tmp_path / name)

    for name, right, wrong in [
        ("abs2", ["49", "52"], ["48.9", "52.1"]),
        ("rel", ["45", "60"], ["44.9", "60.1"]),
        ("rounded", ["49.5", "50.4999999999"], ["49.4999999999", "50.5"]),
        ("range", ["48", "55"], ["47.9", "55.1"]),
    ]:
        row = taken(name)[0][name]
        assert row["shown"] == "50"
        middle, beside = Fraction(row["answer"]), Fraction(str(row["tolerance"]))
        assert all(abs(Fraction(one) - middle) <= beside for one in right), name
        assert not any(abs(Fraction(one) - middle) <= beside for one in wrong), name
    for name in ("not-a", "two-ways"):
        rows, _, left_out = taken(name)
        assert (rows, left_out) == ({}, {SCORING: 1})
    rows, _, left_out = taken("minus")
    assert choices(rows["minus"])[0] == ("choice A", True)
    assert sum(right for _, right in choices(rows["minus"])) == 1
    assert left_out == {"marks deducted for a wrong answer": 1}
    assert choices(taken("blank-inline")[0]["blank-inline"]["parts"][0]) == [
        ("green", True), ("red", False)]  # fmt: skip


def test_qti_feedback_on_a_choice_belongs_to_that_choice(tmp_path):
    source = (INPUTS / "qti/said.xml").read_text(encoding="utf-8")
    flag = source[
        source.index('<setOutcomeValue identifier="F1">') : source.index("</responseProc")
    ]
    on_b = '<match><variable identifier="R"/><baseValue baseType="identifier">B</baseValue></match>'
    is_right = '<match><variable identifier="R"/><correct identifier="R"/></match>'
    to_true = (
        '<setOutcomeValue identifier="F1"><baseValue baseType="boolean">true</baseValue>'
        "</setOutcomeValue>"
    )
    branch = f"<responseCondition><responseIf>{on_b}{to_true}</responseIf></responseCondition>"
    whole = {"overall feedback for a correct or incorrect answer": 1}
    said = "You chose B, which melts."
    for number, (text, feedback, explanation, lost) in enumerate(
        [
            (source, said, None, {}),
            (source.replace("showHide=\"show\"", "showHide=\"hide\""), None, None, whole),
            (source.replace('Feedback identifier="true"', 'Feedback identifier="false"'),
             None, None, whole),
            (source.replace(flag, f'<setOutcomeValue identifier="F1">{is_right}</setOutcomeValue>'),
             None, None, whole),
            (source.replace(flag, branch), None, None, whole),
            (source.replace(flag, to_true), None, said, {}),
        ]
    ):  # fmt: skip
        path = tmp_path / f"{number}" / "said.xml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        content, left_out = qti.read(Package(path.parent, "said"), None)
        row = content["units"][0]["questions"][0]
        assert [one.get("feedback") for one in row["choices"]] == [None, feedback, None], number
        assert (row.get("explanation"), +left_out) == (explanation, lost), number


def test_qti_gaps_next_to_a_choice_are_a_separate_question(tmp_path):
    rows, _, left_out = read("qti/mixed.xml", tmp_path)
    assert left_out == {}
    parts = rows["mixed-1"]["parts"]
    assert [part["answer"] for part in parts] == ["king", "queen"]
    king, queen = (f"[[{part['id']}]]" for part in parts)
    assert rows["mixed-1"]["prompt"] == f"The {king} rules the land and the {queen} rules the king."
    assert rows["mixed-2"]["prompt"] == "Which?"
    assert choices(rows["mixed-2"]) == [("choice A", True), ("choice B", False)]


def test_qti_picture_choices_are_kept_if_distinguishable(tmp_path):
    rows, _, left_out = read("qti/same-words.xml", tmp_path / "1", a=PICTURE, b=PICTURE + b"2")
    assert left_out == {}
    texts = [text for text, _ in choices(rows["same-words"])]
    assert [text[:16] for text in texts] == ["![flag](/media/0"] * 2
    for number, beside in enumerate([{}, {"a": PICTURE, "b": PICTURE}]):
        rows, _, left_out = read("qti/same-words.xml", tmp_path / f"x{number}", **beside)
        assert (rows, left_out[SAME]) == ({}, 1)


def based(value, kind="float"):
    return f'<baseValue baseType="{kind}">{value}</baseValue>'


def named(*names):
    return "".join(based(name, "identifier") for name in names)


def branch(test, points="1", kind="responseIf"):
    points = f'<setOutcomeValue identifier="SCORE">{based(points)}</setOutcomeValue>'
    return f"<{kind}>{test}{points}</{kind}>"


R, RIGHT = '<variable identifier="R"/>', '<correct identifier="R"/>'
MAP = '<setOutcomeValue identifier="SCORE"><mapResponse identifier="R"/></setOutcomeValue>'
ENTRY = '<p>How many? <textEntryInteraction responseIdentifier="R"/></p>'
CHOICE = "".join(f'<simpleChoice identifier="{x}">choice {x}</simpleChoice>' for x in "ABCD")
CHOICE = f'<choiceInteraction responseIdentifier="R" maxChoices="0">{CHOICE}</choiceInteraction>'


def item(tmp_path, kind, right, processing, mapping="", template=""):
    """Return the questions of an item with one response, and the left-out content."""
    base, _, cardinality = kind.partition(" ")
    values = "".join(f"<value>{value}</value>" for value in right.split())
    if processing.startswith("<responseIf"):
        processing = f"<responseCondition>{processing}</responseCondition>"
    (tmp_path / "i.xml").write_text(
        f'<assessmentItem identifier="i"><responseDeclaration identifier="R" baseType="{base}" '
        f'cardinality="{cardinality or "single"}"><correctResponse>{values}</correctResponse>'
        f"{mapping}</responseDeclaration><itemBody><p>Which?</p>"
        f"{CHOICE if base == 'identifier' else ENTRY}</itemBody>"
        f'<responseProcessing template="{template}">{processing}</responseProcessing>'
        "</assessmentItem>",
        encoding="utf-8",
    )
    rows, _, left_out = read_package("qti", Package(tmp_path, "a"), tmp_path)
    return list(rows.values()), left_out


def equal(kind, more):
    return branch(f"<{kind} {more}>{R}{RIGHT}</{kind}>")


@pytest.mark.parametrize(
    ("right", "processing", "held", "beyond"),
    [
        ("", branch(f"<and><gt>{R}{based(48)}</gt><lt>{R}{based(55)}</lt></and>"),
         "48.000001 54.999999", "48 55"),
        ("", branch(f"<and><lte>{based(48)}{R}</lte><gte>{based(55)}{R}</gte></and>"),
         "48 55", "47.999999 55.000001"),
        ("50", equal("equal", 'toleranceMode="absolute" tolerance="1" includeLowerBound="false"'),
         "49.000001 51", "49 51.000001"),
        ("50", equal("equal", 'toleranceMode="exact"'), "50", "49.999999 50.000001"),
        ("-50", equal("equalRounded", 'roundingMode="decimalPlaces" figures="0"'),
         "-49.5 -50.499999", "-49.499999 -50.5"),
        ("0", equal("equalRounded", 'roundingMode="decimalPlaces" figures="1"'),
         "-0.049999 0.049999", "-0.05 0.05"),
        ("10", equal("equalRounded", 'figures="2"'), "9.95 10.499999", "9.949999 10.5"),
        ("99.7", equal("equalRounded", 'figures="2"'), "99.5 104.999999", "99.499999 105"),
        ("0.012345", equal("equalRounded", 'figures="3"'), "0.01225", "0.01235"),
    ],
)  # fmt: skip
def test_qti_accepts_numbers_up_to_each_bound(right, processing, held, beyond, tmp_path):
    (row,), left_out = item(tmp_path, "float", right, processing)
    assert left_out == {}
    middle, beside = Fraction(row["answer"]), Fraction(str(row["tolerance"]))
    assert all(abs(Fraction(one) - middle) <= beside for one in held.split())
    assert not any(abs(Fraction(one) - middle) <= beside for one in beyond.split())


BOTH = f"<match>{R}{RIGHT}</match>"
BOUNDED = (
    '<mapping upperBound="1" lowerBound="0" defaultValue="-1"><mapEntry mapKey="A" '
    'mappedValue="1"/><mapEntry mapKey="B" mappedValue="1"/></mapping>'
)


@pytest.mark.parametrize(
    ("kind", "right", "processing", "wanted", "counted"),
    [
        ("identifier", "A", branch(BOTH, "5"), "A", {}),
        ("identifier", "A", branch(BOTH) + branch(f"<match>{R}{named('B')}</match>", "0.5",
         "responseElseIf"), "A", {}),
        ("identifier", "", branch(f"<match>{R}{named('B')}</match>", "0.5") + branch(
         f"<match>{named('A')}{R}</match>", "1", "responseElseIf"), "A", {}),
        ("identifier", "A", branch(f"<not><isNull>{R}</isNull></not>"), "", {SCORING: 1}),
        ("identifier", "A", branch(BOTH, "0") + branch("", "1", "responseElse"), "",
         {SCORING: 1}),
        ("identifier", "", branch(f"<member>{R}<multiple>{named('A', 'B')}</multiple></member>"),
         "", {SCORING: 1}),
        ("identifier", "A B", branch(BOTH), "", {SCORING: 1}),
        ("identifier", "A", branch(f'<customOperator class="x">{R}</customOperator>'), "",
         {SCORING: 1}),
        ("identifier multiple", "A B", branch(BOTH), "A B", {}),
        ("identifier multiple", "A B", branch(f"<contains>{R}{RIGHT}</contains>"), "",
         {SCORING: 1}),
        ("identifier multiple", "A B", branch(f"<member>{named('A')}{R}</member>"), "",
         {SCORING: 1}),
        ("identifier multiple", "A B", MAP, "", {SCORING: 1}),
        ("float", "", branch(f"<or><lt>{R}{based(48)}</lt><gt>{R}{based(55)}</gt></or>"), "",
         {"input without a correct answer": 1}),
        ("float", "", branch(f"<not><and><gte>{R}{based(48)}</gte><lte>{R}{based(55)}</lte></and>"
         "</not>"), "", {SCORING: 1}),
        ("string", "king", branch(f'<stringMatch substring="true">{R}{RIGHT}</stringMatch>'), "",
         {SCORING: 1}),
        ("string", "king", branch(f"<or>{BOTH}<match>{R}{based('queen', 'string')}</match></or>"),
         "king queen", {}),
        ("string", "king", branch(f"<not>{BOTH}</not>"), "", {SCORING: 1}),
    ],
)  # fmt: skip
def test_qti_keeps_items_with_the_same_full_marks(
    kind, right, processing, wanted, counted, tmp_path
):
    rows, left_out = item(tmp_path, kind, right, processing, BOUNDED if processing == MAP else "")
    assert left_out == counted
    assert [_right(row) for row in rows] == ([wanted] if wanted else [])


def _right(row):
    if row["type"] in ("text", "numeric"):
        return " ".join([row["answer"], *row.get("accepted", ())])
    return " ".join(text[-1] for text, right in choices(row) if right)


def mapping(worth, more=""):
    """Return a mapping from "A=1 B=2"."""
    entries = "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{value}"/>'
        for key, value in (entry.split("=") for entry in worth.split())
    )
    return f'<mapping defaultValue="0" {more}>{entries}</mapping>'


@pytest.mark.parametrize(
    "place", ["http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}",
              "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("template", "kind", "right", "worth", "more", "wanted", "counted"),
    [
        ("map_response", "identifier", "A", "A=1 B=1", "", "", {SCORING: 1}),
        ("map_response", "identifier", "A", "A=1 B=2", "", "", {SCORING: 1}),
        ("map_response", "identifier", "A", "A=1 B=0", "", "A", {}),
        ("map_response", "identifier multiple", "A B C", "A=1 B=1 C=1", 'upperBound="2"', "",
         {SCORING: 1}),
        ("map_response", "identifier multiple", "A B", "A=1 B=1", "", "A B", {}),
        ("map_response", "identifier multiple", "A B", "A=1 B=1 C=-1 D=-1", "", "A B", {}),
        ("map_response", "string", "York", "York=1 Boston=1", "", "York Boston", {}),
        ("map_response", "float", "4", "4=1 5=1", "", "4", {}),
        ("map_response", "float", "4", "4=1", "", "4", {}),
        ("match_correct", "string", "York", "York=1 Boston=1", "", "York", {}),
        ("match_correct", "identifier", "A", "A=1 B=1", "", "A", {}),
        ("match_correct", "identifier", "A B", "A=1 B=1", "", "", {SCORING: 1}),
        ("match_correct", "identifier multiple", "A B", "A=1 B=1", "", "A B", {}),
        ("match_correct", "float", "4", "4=1 5=1", "", "4", {}),
    ],
)  # fmt: skip
def test_qti_checks_answers_against_a_standard_template(
    place, template, kind, right, worth, more, wanted, counted, tmp_path
):
    rows, left_out = item(tmp_path, kind, right, "", mapping(worth, more), place.format(template))
    assert +left_out == counted
    assert [_right(row) for row in rows] == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("kind", "right", "worth", "more", "replies", "shares"),
    [
        ("identifier", "A", "A=4 B=1 C=0", "", ["A", "B", "C"], ["1", "1/4", "0"]),
        ("identifier multiple", "A B", "A=1 B=1 C=-1", 'lowerBound="0"',
         [["A"], ["A", "B"], ["A", "C"], ["A", "B", "C"]], ["1/2", "1", "0", "1/2"]),
        ("identifier multiple", "A B", "A=3 B=1", "",
         [["A"], ["B"], ["A", "B", "C"]], ["3/4", "1/4", "1"]),
        ("float", "4", "4=2 5=1 6=2", "", ["4", "5", "6", "7"], ["1", "1/2", "1", "0"]),
    ],
)  # fmt: skip
def test_a_mapping_gives_its_shares(kind, right, worth, more, replies, shares, tmp_path):
    template = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
    (row,), left_out = item(tmp_path, kind, right, "", mapping(worth, more), template)
    assert +left_out == {}
    ids = {choice["text"][-1]: choice["id"] for choice in row.get("choices", ())}
    asked = item_of_spec(row)
    given = [
        ids.get(one, one) if isinstance(one, str) else [ids[letter] for letter in one]
        for one in replies
    ]
    assert [str(asked.grade(one).share) for one in given] == shares
