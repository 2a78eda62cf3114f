"""Convert the body of a QTI item to course text, with a mark for each interaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from authoring.formats.question_builder import GAP
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import VOID, Node

INTERACTION = "Interaction"
_REMARKS = ("feedbackInline", "feedbackBlock", "modalFeedback")
_UNSEEN = (*_REMARKS, "rubricBlock", "prompt", "stylesheet", "templateInline", "templateBlock")


class Texts:
    """Converts elements of one item to course text."""

    def __init__(self, pictures: Callable[[str], str], left_out: Counter[str]) -> None:
        self._pictures = pictures
        self.left_out = left_out

    def of(self, node: Node, *, seen: tuple[str, ...] = ()) -> str:
        """Return the content of an element without the feedback in it."""
        html = "".join(_html(child, seen) for child in node.children)
        return text_conversion.of_html(html, self._pictures, self.left_out)

    def remarks(self, node: Node) -> str:
        """Return the feedback inside an element."""
        return "\n".join(filter(None, (self.of(one) for one in node.all(*_REMARKS))))


def interactions(body: Node) -> list[Node]:
    """Return the interactions of the body in order; those inside another one are not included."""
    return list(_interactions(body))


def _interactions(node: Node) -> Iterator[Node]:
    for child in node.nodes:
        if is_interaction(child):
            yield child
        elif child.name not in _UNSEEN:
            yield from _interactions(child)


def is_interaction(node: Node) -> bool:
    return node.name.endswith(INTERACTION)


def _html(child: Node | str, seen: tuple[str, ...]) -> str:
    if isinstance(child, str):
        return escape(child, quote=False)
    if is_interaction(child):
        return GAP
    if child.name in _UNSEEN and child.name not in seen:
        return ""
    if child.name == "gap":
        return GAP
    if child.name == "object" and child.get("type").startswith("image/"):
        return f'<img src="{escape(child.get("data"))}" alt="{escape(child.text())}">'
    inner = "".join(_html(one, seen) for one in child.children)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in child.attributes.items())
    if child.name in VOID:
        return f"<{child.name}{attributes}>"
    return f"<{child.name}{attributes}>{inner}</{child.name}>"
