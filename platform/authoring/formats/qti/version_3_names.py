"""QTI 3.0 spells the names of QTI 2 otherwise: `qti-simple-choice` is `simpleChoice`.

Files are renamed when they are read and when they are written; all else knows QTI 2 alone.
"""

from __future__ import annotations

import re

from authoring.formats.text.safe_xml import XmlNode

_PREFIX = "qti-"
_TEMPLATE_2 = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
_TEMPLATE_3 = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
_LETTER = re.compile(r"-([a-z0-9])")
_CAPITAL = re.compile(r"[A-Z]")
_TAG = re.compile(r"<(/?)([A-Za-z]+)((?:\s+[\w:-]+=\"[^\"]*\")*+)(/?)>")
_FEEDBACK = re.compile(r"<modalFeedback\b[^<>]*>")
_ATTRIBUTE = re.compile(r"(\s+)([\w:-]+)(=\"[^\"]*\")")
# The elements that our writer writes; all others are HTML and MathML.
_WRITTEN = frozenset(
    ["assessmentItem", "assessmentItemRef", "assessmentSection", "assessmentTest", "and",
     "baseValue", "choiceInteraction", "contentBody", "correct", "correctResponse", "equal",
     "extendedTextInteraction", "feedbackInline", "hotspotChoice", "hotspotInteraction",
     "inlineChoice", "inlineChoiceInteraction", "itemBody", "mapEntry",
     "mapResponse", "mapping", "match", "matchInteraction", "modalFeedback",
     "orderInteraction", "outcomeDeclaration", "outcomeProcessing", "responseCondition",
     "responseDeclaration", "responseElse", "responseIf", "responseProcessing", "setOutcomeValue",
     "simpleAssociableChoice", "simpleChoice", "simpleMatchSet", "sum", "testPart",
     "testVariables", "textEntryInteraction", "uploadInteraction", "value", "variable", "weight"]
)  # fmt: skip


def to_version_2(top: XmlNode) -> XmlNode:
    """Rename the elements of a QTI 3.0 file, and their attributes, as QTI 2 has them."""
    for node in top.walk():
        if node.name.startswith(_PREFIX):
            node.name = _to_camel(node.name.removeprefix(_PREFIX))
            node.attributes = {_to_camel(name): text for name, text in node.attributes.items()}
    return top


def to_version_3(xml: str) -> str:
    """Rename the elements of a file that our writer wrote, and their attributes."""

    def rename(match: re.Match[str]) -> str:
        slash, name, attributes, end = match.groups()
        if name not in _WRITTEN:
            return match[0]
        renamed = _ATTRIBUTE.sub(lambda one: one[1] + _to_kebab(one[2]) + one[3], attributes)
        return f"<{slash}{_PREFIX}{_to_kebab(name)}{renamed}{end}>"

    xml = xml.replace(f'template="{_TEMPLATE_2}', f'template="{_TEMPLATE_3}')
    # In QTI 3.0, what a modal feedback says is in an element of its own.
    xml = _FEEDBACK.sub(r"\g<0><contentBody><div>", xml)
    xml = xml.replace("</modalFeedback>", "</div></contentBody></modalFeedback>")
    return _TAG.sub(rename, xml)


def _to_camel(name: str) -> str:
    return _LETTER.sub(lambda match: match[1].upper(), name)


def _to_kebab(name: str) -> str:
    return _CAPITAL.sub(lambda match: f"-{match[0].lower()}", name)
