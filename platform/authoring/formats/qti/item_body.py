"""Convert the body of a QTI item to course text, with a mark for each interaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from authoring.formats.question_builder import GAP
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import VOID, XmlNode

INTERACTION = "Interaction"
_FEEDBACK = ("feedbackInline", "feedbackBlock", "modalFeedback")
_HIDDEN = (*_FEEDBACK, "rubricBlock", "prompt", "stylesheet", "templateInline", "templateBlock")

_HTML = re.compile(r"\s*<[a-z].*>\s*", re.IGNORECASE | re.DOTALL)


class ItemTexts:
    """Converts elements of one item to course text."""

    def __init__(self, pictures: Callable[[str], str], left_out: Counter[str]) -> None:
        self._pictures = pictures
        self.left_out = left_out

    def convert(self, node: XmlNode, *, shown: tuple[str, ...] = ()) -> str:
        """Return the content of an element without the feedback in it."""
        # QTI allows no text outside the elements of a body; ANGEL writes HTML there.
        is_body = node.name == "itemBody"
        html = "".join(
            child
            if is_body and isinstance(child, str) and _HTML.fullmatch(child)
            else _write_html(child, shown)
            for child in node.children
        )
        return text_conversion.html_to_text(html, self._pictures, self.left_out)

    def read_feedback(self, node: XmlNode) -> str:
        """Return the feedback inside an element."""
        return "\n".join(filter(None, (self.convert(one) for one in node.all(*_FEEDBACK))))


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


def _write_html(child: XmlNode | str, shown: tuple[str, ...]) -> str:
    if isinstance(child, str):
        return escape(child, quote=False)
    if is_interaction(child):
        return GAP
    if child.name in _HIDDEN and child.name not in shown:
        return ""
    if child.name == "gap":
        return GAP
    if child.name == "object" and child.get("type").startswith("image/"):
        return f'<img src="{escape(child.get("data"))}" alt="{escape(child.text())}">'
    inner = "".join(_write_html(one, shown) for one in child.children)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in child.attributes.items())
    if child.name in VOID:
        return f"<{child.name}{attributes}>"
    return f"<{child.name}{attributes}>{inner}</{child.name}>"
