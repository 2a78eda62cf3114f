"""Convert the body of a QTI item to course text, with a mark for each interaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats.question_builder import GAP
from authoring.formats.text import text_conversion
from authoring.formats.text.markup import has_markup
from authoring.formats.text.safe_xml import VOID, CdataText, XmlNode

INTERACTION = "Interaction"
OVERALL = _("overall feedback for a correct or incorrect answer")
_FEEDBACK = ("feedbackInline", "feedbackBlock", "modalFeedback")
# CoreSpring shows its own elements of these only to teachers; they name the correct answer.
FOR_TEACHERS = (
    "rubricBlock",
    "teacherInstructions",
    "choiceRationales",
    "inlineChoiceRationales",
)
_HIDDEN = (
    *_FEEDBACK,
    *FOR_TEACHERS,
    "prompt",
    "stylesheet",
    "templateInline",
    "templateBlock",
)

_HTML = re.compile(r"\s*<[a-z].*>\s*", re.IGNORECASE | re.DOTALL)
_CODE = ("pre", "code")


class ItemTexts:
    """Converts elements of one item to course text."""

    def __init__(self, pictures: Callable[[str], str], left_out: Counter[str]) -> None:
        self._pictures = pictures
        self.left_out = left_out

    def convert(self, node: XmlNode, *, shown: tuple[str, ...] = ()) -> str:
        """Return the content of an element without the feedback in it."""
        html = _write_children(node, shown)
        return text_conversion.html_to_text(html, self._pictures, self.left_out)

    def read_feedback(self, node: XmlNode) -> str:
        """Return the feedback on an element that is chosen; other feedback in it is counted."""
        found = node.all(*_FEEDBACK)
        shown = [one for one in found if one.get("showHide") != "hide"]
        self.left_out[OVERALL] += len(found) - len(shown)
        return "\n".join(filter(None, map(self.convert, shown)))


def find_interactions(body: XmlNode) -> list[XmlNode]:
    """Return the interactions of the body in order; those inside another one are not included."""
    return list(_walk_interactions(body))


def _walk_interactions(node: XmlNode) -> Iterator[XmlNode]:
    for child in node.nodes:
        if is_interaction(child):
            yield child
        elif child.name not in _HIDDEN:
            yield from _walk_interactions(child)


def is_interaction(node: XmlNode) -> bool:
    return node.name.endswith(INTERACTION)


def _write_children(node: XmlNode, shown: tuple[str, ...]) -> str:
    return "".join(
        _write_text(child, node) if isinstance(child, str) else _write_html(child, shown)
        for child in node.children
    )


def _write_text(text: str, parent: XmlNode) -> str:
    """Return a text as HTML. ANGEL and others write HTML in CDATA, or directly in a body.

    QTI allows no text outside the elements of a body.
    """
    in_cdata = isinstance(text, CdataText) and parent.name not in _CODE and has_markup(text)
    in_body = parent.name == "itemBody" and _HTML.fullmatch(text)
    return text if in_cdata or in_body else escape(text, quote=False)


def _write_html(child: XmlNode, shown: tuple[str, ...]) -> str:
    if is_interaction(child):
        return GAP
    if child.name in _HIDDEN and child.name not in shown:
        return ""
    if child.name == "gap":
        return GAP
    if child.name == "object" and child.get("type").startswith("image/"):
        return f'<img src="{escape(child.get("data"))}" alt="{escape(child.text())}">'
    inner = _write_children(child, shown)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in child.attributes.items())
    if child.name in VOID:
        return f"<{child.name}{attributes}>"
    name = "div" if child.name == "prompt" else child.name
    return f"<{name}{attributes}>{inner}</{name}>"
