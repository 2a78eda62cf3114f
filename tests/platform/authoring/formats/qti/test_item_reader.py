"""What of a QTI item a learner sees after an answer."""

from __future__ import annotations

import pytest

from authoring.formats import qti
from authoring.formats.course_builder import Package

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="q">
<responseDeclaration identifier="R" cardinality="single" baseType="identifier"><correctResponse>
<value>a</value></correctResponse></responseDeclaration>{declared}<itemBody>
<choiceInteraction responseIdentifier="R"><prompt>Ask?</prompt>
<simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>
</choiceInteraction></itemBody><responseProcessing{processing}
<modalFeedback outcomeIdentifier="F" identifier="shown" showHide="{how}">Because.</modalFeedback>
</assessmentItem>"""
TEMPLATE = ' template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
SETS = """><setOutcomeValue identifier="F"><baseValue baseType="identifier">shown</baseValue>
</setOutcomeValue></responseProcessing>"""
DECLARED = """<outcomeDeclaration identifier="F" cardinality="single" baseType="identifier">
<defaultValue><value>{}</value></defaultValue></outcomeDeclaration>"""
NEVER = {"feedback that the file never shows": 1}


@pytest.mark.parametrize(
    ("declared", "processing", "how", "explanation", "counted"),
    [
        ("", TEMPLATE, "show", None, NEVER),
        (DECLARED.format("other"), TEMPLATE, "show", None, NEVER),
        (DECLARED.format("shown"), TEMPLATE, "show", "Because.", {}),
        ("", SETS, "show", "Because.", {}),
        ("", SETS.replace("shown", "other"), "show", None, NEVER),
        ("", TEMPLATE, "hide", "Because.", {}),
    ],
)
def test_feedback_that_is_never_shown_is_no_explanation(
    declared, processing, how, explanation, counted, tmp_path
):
    text = ITEM.format(declared=declared, processing=processing, how=how)
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert (row.get("explanation"), +left_out) == (explanation, counted)


@pytest.mark.parametrize(
    ("body", "prompt"),
    [
        ("<![CDATA[<div>2 &lt; 3?</div>]]>", "2 < 3?\nAsk?"),
        ("2 &lt; 3 &gt; 2?", "2 < 3 > 2? \nAsk?"),
        ("<p>&lt;br&gt;</p>", "<br>\nAsk?"),
        ("<div><![CDATA[Which is <b>right</b>?<br>]]></div>", "Which is right?\nAsk?"),
        ("<p><![CDATA[2 < 3 > 2?]]></p>", "2 < 3 > 2?\nAsk?"),
        ("<code><![CDATA[<b>x</b>]]></code>", "<b>x</b> \nAsk?"),
        ("<prompt>Read this.</prompt>", "Read this.\nAsk?"),
    ],
)
def test_html_directly_in_a_body_shows_no_tags(body, prompt, tmp_path):
    text = ITEM.format(declared="", processing=TEMPLATE, how="show")
    (tmp_path / "q.xml").write_text(text.replace("<itemBody>", "<itemBody>" + body))
    content, _left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert row["prompt"] == prompt


@pytest.mark.parametrize(
    "feedback", ["<![CDATA[<p>A is <b>right</b>.</p>]]>", "<p>A is <b>right</b>.</p>"]
)
def test_feedback_in_cdata_shows_no_tags(feedback, tmp_path):
    text = ITEM.format(declared="", processing=SETS, how="show").replace("Because.", feedback)
    (tmp_path / "q.xml").write_text(text)
    content, _left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert row["explanation"] == "A is right."


INLINE = """<feedbackInline outcomeIdentifier="R" identifier="a"
showHide="show">Yes.</feedbackInline>"""


@pytest.mark.parametrize(
    ("place", "counted"),
    [("A</simpleChoice>", {}), ("</choiceInteraction>", 1), ("</itemBody>", 1)],
)
def test_feedback_outside_a_choice_is_counted(place, counted, tmp_path):
    """Before, feedback in a line was left out without being counted, unless a choice had it."""
    text = ITEM.format(declared="", processing=SETS, how="show").replace("Because.", "")
    around = f"<p>{INLINE}</p>" if place == "</itemBody>" else INLINE
    (tmp_path / "q.xml").write_text(text.replace(place, around + place))
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    named = "overall feedback for a correct or incorrect answer"
    assert dict(+left_out) == ({named: counted} if counted else {})
    assert row["choices"][0].get("feedback") == (None if counted else "Yes.")


@pytest.mark.parametrize("name", ["rubricBlock", "choiceRationales", "teacherInstructions"])
def test_what_is_written_for_teachers_is_not_shown_and_counted(name, tmp_path):
    """CoreSpring writes beside a question why each choice is right or wrong."""
    note = f'<{name}><rationale identifier="a">Correct answer</rationale></{name}>'
    text = ITEM.format(declared="", processing=SETS, how="show").replace("Because.", "")
    (tmp_path / "q.xml").write_text(text.replace("</itemBody>", f"{note}</itemBody>"))
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert (row["prompt"], dict(+left_out)) == ("Ask?", {name: 1})


COPY = '<setOutcomeValue identifier="F">{}</setOutcomeValue>'
COPIED = COPY.format('<variable identifier="R"/>')
SEVERAL = COPY.format('<multiple><variable identifier="R"/></multiple>')
ON_A = '<match><variable identifier="R"/><baseValue baseType="identifier">a</baseValue></match>'
SAYS = COPY.format('<baseValue baseType="identifier">s</baseValue>')
WHEN_A = f"<responseCondition><responseIf>{ON_A}{SAYS}</responseIf>"
SOME = f"{WHEN_A}</responseCondition>"
EACH = f"{WHEN_A}<responseElse>{SAYS}</responseElse></responseCondition>"
OTHERWISE = COPY.format('<baseValue baseType="identifier">t</baseValue>')
OTHER = f"<responseCondition><responseIf>{ON_A}{OTHERWISE}</responseIf></responseCondition>"
# A condition in the last branch decides once more.
IN_BOTH = f"{WHEN_A}<responseElse>{OTHER}{SOME}</responseElse></responseCondition>"
OVERWRITTEN = EACH.replace(SAYS, SAYS + OTHERWISE, 1)
SCORE, ONE = '<variable identifier="SCORE"/>', '<baseValue baseType="float">1</baseValue>'
ON_S = '<feedbackBlock outcomeIdentifier="F" identifier="s" showHide="show">'
ON_SCORE = '<feedbackBlock outcomeIdentifier="SCORE" identifier="1" showHide="show">'
OVERALL = {"overall feedback for a correct or incorrect answer": 1}


@pytest.mark.parametrize(
    ("sets", "feedback", "of_choice", "explanation", "counted"),
    [
        (COPIED, '<modalFeedback outcomeIdentifier="F" identifier="a" showHide="show">', 1, 0, {}),
        (SEVERAL, '<modalFeedback outcomeIdentifier="F" identifier="a" showHide="show">', 1, 0, {}),
        (COPIED, '<modalFeedback outcomeIdentifier="F" identifier="z" showHide="show">', 0, 0, 1),
        (COPIED, '<modalFeedback outcomeIdentifier="F" identifier="a" showHide="hide">', 0, 0, 1),
        (COPIED, '<feedbackBlock outcomeIdentifier="F" identifier="a" showHide="show">', 1, 0, {}),
        ("", '<feedbackBlock outcomeIdentifier="R" identifier="a" showHide="show">', 1, 0, {}),
        (SOME, '<feedbackBlock outcomeIdentifier="F" identifier="s" showHide="show">', 0, 0, 1),
        (EACH, '<feedbackBlock outcomeIdentifier="F" identifier="s" showHide="show">', 0, 1, {}),
        (IN_BOTH, ON_S, 0, 0, 1),
        (OVERWRITTEN, ON_S, 0, 0, 1),
        (f"{SAYS}{OTHER}", ON_S, 0, 0, 1),
        (f'<lookupOutcomeValue identifier="F">{SCORE}</lookupOutcomeValue>', ON_S, 0, 0, 1),
        (f'<setOutcomeValue identifier="SCORE">{ONE}</setOutcomeValue>', ON_SCORE, 0, 0, 1),
    ],
)
def test_feedback_is_shown_where_the_file_shows_it(
    sets, feedback, of_choice, explanation, counted, tmp_path
):
    """Before, what is said to those who did not choose a choice was shown to everyone."""
    text = ITEM.format(declared="", processing=f">{sets}</responseProcessing>", how="show")
    text, _modal = text.split("<modalFeedback")
    block = f"{feedback}So it is.</{feedback[1:14]}>"
    is_modal = "modal" in feedback
    text = text if is_modal else text.replace("</itemBody>", f"{block}</itemBody>")
    (tmp_path / "q.xml").write_text(f"{text}{block if is_modal else ''}</assessmentItem>")
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert row["choices"][0].get("feedback") == ("So it is." if of_choice else None)
    assert row.get("explanation") == ("So it is." if explanation else None)
    assert dict(+left_out) == (OVERALL if counted else {})


def test_a_long_text_in_cdata_shows_no_tags_and_no_entities(tmp_path):
    lines = "\n".join(["<p>Read.</p>", *["left &amp; wrong,"] * 2000])
    text = ITEM.format(declared="", processing=TEMPLATE, how="show")
    text = text.replace("Ask?", f"<div><![CDATA[{lines} right &amp; true?]]></div>")
    (tmp_path / "q.xml").write_text(text)
    content, _left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert row["prompt"].count("left & wrong,") == 2000
    assert "&amp;" not in row["prompt"]


@pytest.mark.parametrize("outcome", ["SCORE", "FEEDBACK"])
def test_feedback_on_the_score_of_a_template_is_not_shown_to_everyone(outcome, tmp_path):
    template = ' template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
    text = ITEM.format(declared="", processing=template, how="show")
    text = text.replace(
        'outcomeIdentifier="F" identifier="shown"', f'outcomeIdentifier="{outcome}" identifier="1"'
    )
    assert f'outcomeIdentifier="{outcome}"' in text
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert (row.get("explanation"), dict(+left_out)) == (None, OVERALL)


@pytest.mark.parametrize(
    ("inside", "feedback", "counted"),
    [
        ('<feedbackInline outcomeIdentifier="R" identifier="a" showHide="hide">No.', None, OVERALL),
        ('<feedbackInline outcomeIdentifier="R" identifier="a">Yes.', "Yes.\nSo it is.", {}),
    ],
)
def test_feedback_in_a_choice_hides_no_other(inside, feedback, counted, tmp_path):
    text = ITEM.format(declared="", processing=f">{COPIED}</responseProcessing>", how="show")
    text = text.replace("A</simpleChoice>", f"A{inside}</feedbackInline></simpleChoice>")
    text = text.replace("Because.", "So it is.").replace('identifier="shown"', 'identifier="a"')
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert row["choices"][0].get("feedback") == (feedback or "So it is.")
    assert dict(+left_out) == counted


@pytest.mark.parametrize("name", ["printedVariable", "include", "templateBlock"])
def test_what_only_a_player_of_qti_can_fill_is_counted(name, tmp_path):
    text = ITEM.format(declared="", processing=SETS, how="show").replace("Because.", "")
    (tmp_path / "q.xml").write_text(text.replace("Ask?", f'Ask<{name} identifier="SCORE"/>?'))
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    assert (row["prompt"], dict(+left_out)) == ("Ask?", {name: 1})
