"""Write small QTI 1.2 items, as several systems write them."""

from __future__ import annotations

from html import escape

from authoring.formats import qti12
from authoring.formats.course_builder import Package
from tests.platform.authoring.formats.inputs import content_of, questions_of

SPACE = 'xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"'


def text(words, kind="text/html"):
    return f'<material><mattext texttype="{kind}">{escape(words)}</mattext></material>'


def label(name, words, kind="text/plain"):
    return f'<response_label ident="{name}">{text(words, kind)}</response_label>'


def choices(words="ABCD", *, name="R", cardinality="Single"):
    """Return a response with one option for each word; their identifiers are a, b, c …"""
    labels = "".join(label(ident, word) for ident, word in zip("abcdefgh", words, strict=False))
    return (
        f'<response_lid ident="{name}" rcardinality="{cardinality}"><render_choice>{labels}'
        "</render_choice></response_lid>"
    )


def typed(name="R", kind="String"):
    return (
        f'<response_str ident="{name}" rcardinality="Single"><render_fib fibtype="{kind}">'
        '<response_label ident="answer1"/></render_fib></response_str>'
    )


def equal(value, name="R", more=""):
    return f'<varequal respident="{name}"{more}>{escape(value)}</varequal>'


def when(condition, marks="100", action="Set", more=' continue="No"', shows=""):
    """Return a condition that gives marks and displays feedback."""
    sets = f'<setvar varname="SCORE" action="{action}">{marks}</setvar>' if marks else ""
    links = "".join(
        f'<displayfeedback feedbacktype="Response" linkrefid="{name}"/>' for name in shows.split()
    )
    variables = f"<conditionvar>{condition}</conditionvar>"
    return f"<respcondition{more}>{variables}{sets}{links}</respcondition>"


def adds(condition, marks="50"):
    """Return a condition as Canvas writes it for one of several responses."""
    return when(condition, marks, "Add", "")


def feedback(**texts):
    return "".join(
        f'<itemfeedback ident="{name}"><flow_mat>{text(words)}</flow_mat></itemfeedback>'
        for name, words in texts.items()
    )


def fields(**values):
    rows = "".join(
        f"<qtimetadatafield><fieldlabel>{name}</fieldlabel><fieldentry>{value}</fieldentry>"
        "</qtimetadatafield>"
        for name, value in values.items()
    )
    return f"<qtimetadata>{rows}</qtimetadata>"


def item(asks, conditions, *, kind="", ident="i", after="", prompt="Which?", most="100"):
    """Return an item in which `asks` follows the question text."""
    metadata = f"<itemmetadata>{fields(question_type=kind)}</itemmetadata>" if kind else ""
    outcomes = f'<decvar varname="SCORE" vartype="Decimal" minvalue="0" maxvalue="{most}"/>'
    return (
        f'<item ident="{ident}" title="Question">{metadata}<presentation>{text(prompt)}{asks}'
        f"</presentation><resprocessing><outcomes>{outcomes}</outcomes>{conditions}"
        f"</resprocessing>{after}</item>"
    )


def quiz_file(*items, ident="quiz", title="Quiz", before=""):
    return (
        f'<questestinterop {SPACE}><assessment ident="{ident}" title="{title}">{before}'
        f'<section ident="root_section">{"".join(items)}</section></assessment></questestinterop>'
    )


def read_items(tmp_path, *items):
    """Return the questions of these items by their ids, and the left-out content."""
    folder = tmp_path / "package"
    folder.mkdir(exist_ok=True)
    (folder / "quiz.xml").write_text(quiz_file(*items), encoding="utf-8")
    content, left_out = content_of(qti12, Package(folder, "quiz"), tmp_path)
    return questions_of(content), left_out


def read_item(tmp_path, *parts, **more):
    """Return the question of one item, or None, and the left-out content."""
    rows, left_out = read_items(tmp_path, item(*parts, **more))
    return next(iter(rows.values()), None), left_out
