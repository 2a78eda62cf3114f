"""Move OLX's targeted feedback and solutions to the choices and responses that they are about."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext_noop as _

from authoring.formats.text.safe_xml import XmlNode

RESPONSE = "response"
SETS = ("targetedfeedbackset", "solutionset")
_ID = "explanation-id"


def place_targeted_texts(problem: XmlNode, left_out: Counter[str]) -> None:
    """Empty each set into the response before it; count the texts without a choice."""
    response = XmlNode("")
    for node in list(problem.walk()):
        if node.name.endswith(RESPONSE):
            response = node
        elif node.name in SETS:
            place = _place_feedback if node.name == SETS[0] else _place_solutions
            place(response, node, left_out)
            node.children = []


def _place_feedback(response: XmlNode, texts: XmlNode, left_out: Counter[str]) -> None:
    used = "targeted-feedback" in response.attributes
    named: dict[str, list[XmlNode]] = {}
    for choice in response.all("choice") if used else ():
        named.setdefault(choice.get(_ID), []).append(choice)
    for text in texts.all("targetedfeedback"):
        choices = named.get(text.get(_ID), [])
        left_out[_("targeted feedback that no choice names")] += not choices
        for choice in choices:
            choice.children.append(XmlNode("choicehint", children=text.children))


def _place_solutions(response: XmlNode, texts: XmlNode, left_out: Counter[str]) -> None:
    """Keep the solution of a correct choice, which is the only one that Open edX shows."""
    choices = response.all("choice")
    right = {one.get(_ID) for one in choices if one.get("correct").lower() == "true"}
    for text in texts.all("solution"):
        kept = text.get(_ID) in right
        left_out[_("solution that belongs to no correct choice")] += not kept
        response.children += [text] if kept else []
