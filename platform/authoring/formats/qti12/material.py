"""Convert the material of a QTI 1.2 item to course text: HTML, plain text and images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import unquote

from authoring.formats import unsupported_messages
from authoring.formats.qti12.responses import RESPONSES
from authoring.formats.question_builder import GAP
from authoring.formats.text import text_conversion
from authoring.formats.text.markup import has_markup
from authoring.formats.text.safe_xml import XmlNode, inner_html

# Parts of Blackboard's presentation that hold the answers.
ANSWER_BLOCKS = ("RESPONSE_BLOCK", "RIGHT_MATCH_BLOCK")
_TEXTS = ("mattext", "matemtext", "mat_formattedtext")
_NOT_HELD = ("mataudio", "matvideo", "matapplet", "matapplication", "matref", "material_ref")
_BLOCKS = ("flow", "flow_mat", "flow_label")
_ESCAPED_ELEMENT = re.compile(r"<(p|div|span|h[1-6]|ul|ol)(?:\s[^<>]*)?>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b(?:\"[^\"<]*\"|'[^'<]*'|[^'\"<>])*+>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")


class ItemMaterial:
    """Converts elements of one item to course text."""

    def __init__(self, pictures: Callable[[str], str], left_out: Counter[str]) -> None:
        self._pictures = pictures
        self.left_out = left_out
        # Each element is converted once, so that nothing is counted twice.
        self._converted: dict[int, tuple[XmlNode, str]] = {}

    def convert(self, node: XmlNode) -> str:
        """Return the text of an element without its responses."""
        text = self.convert_with_gaps(node).replace(GAP, "")
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return "\n".join(line for line in lines if line)

    def convert_with_gaps(self, node: XmlNode) -> str:
        """Return the text of an element, with `GAP` for each response."""
        return self._convert(node, [*node.nodes])

    def convert_own(self, response: XmlNode) -> str:
        """Return the text around the options of a response."""
        shown = [node for node in response.nodes if node.name.startswith("render_")]
        own = [node for node in response.nodes if node not in shown]
        around = [one for top in shown for one in top.nodes if one.name == "material"]
        return self._convert(response, own + around)

    def _convert(self, node: XmlNode, children: list[XmlNode]) -> str:
        if id(node) not in self._converted:
            html = " ".join(map(self._write_html, children))
            text = text_conversion.html_to_text(html, self._pictures, self.left_out)
            self._converted[id(node)] = node, text
        return self._converted[id(node)][1]

    def _write_html(self, node: XmlNode) -> str:
        if node.name in RESPONSES:
            return f" {GAP} "
        if node.name in _TEXTS:
            is_elsewhere = bool(node.get("uri").strip()) and not node.raw().strip()
            return self._leave_out(node) if is_elsewhere else _text_html(node)
        if node.name == "matimage":
            return self._image(node)
        if node.name == "matbreak":
            return "<br>"
        is_unknown = node.name == "mat_extension" and bool(node.nodes) and not node.all(*_TEXTS)
        if node.name in _NOT_HELD or is_unknown:
            return self._leave_out(node)
        if node.name.startswith("render_") or node.get("class") in ANSWER_BLOCKS:
            return ""
        others = [one for one in node.nodes if one.name == "altmaterial"]
        inner = " ".join(self._write_html(one) for one in node.nodes if one not in others)
        if not inner.strip():
            # It replaces what cannot be shown.
            inner = " ".join(map(self._write_html, others))
        is_block = node.name in _BLOCKS and node.get("class", "Block") == "Block"
        return f"<div>{inner}</div>" if is_block else inner

    def _leave_out(self, node: XmlNode) -> str:
        self.left_out[unsupported_messages.IN_A_TEXT.format(name=node.name)] += 1
        return ""

    def _image(self, node: XmlNode) -> str:
        if not node.get("uri"):
            return self._leave_out(node)
        return f'<img src="{escape(node.get("uri"))}" alt="{escape(node.get("label"))}">'


def _text_html(node: XmlNode) -> str:
    """Return a text as HTML, whatever its type."""
    kind = (node.get("texttype") or node.get("type")).lower()
    if node.nodes:
        escaped = "html" in kind and _is_in_escaped_element(node)
        return write_equations(_write_children(node) if escaped else inner_html(node))
    text = node.raw()
    if "html" in kind or (kind in ("", "smart_text") and has_markup(text)):
        return write_equations(text)
    return escape(text.strip(), quote=False).replace("\n", "<br>")


def _is_in_escaped_element(node: XmlNode) -> bool:
    """Return whether escaped tags stand around all that a text has, real tags included."""
    own = "".join(child for child in node.children if isinstance(child, str)).strip()
    begins = _ESCAPED_ELEMENT.match(own)
    return begins is not None and own.endswith(f"</{begins[1]}>")


def _write_children(node: XmlNode) -> str:
    """Write the escaped tags of a text as tags, like its real ones."""
    return "".join(
        child if isinstance(child, str) else inner_html(XmlNode("", children=[child]))
        for child in node.children
    )


def write_equations(html: str) -> str:
    """Replace Canvas's images of equations by their LaTeX."""
    return _IMAGE.sub(_write_equation, html)


def _write_equation(match: re.Match[str]) -> str:
    found = {name: unescape(one or other) for name, one, other in _ATTRIBUTE.findall(match[0])}
    _path, sign, last = found.get("src", "").partition("/equation_images/")
    if not sign and "equation_image" not in found.get("class", ""):
        return match[0]
    named = found.get("data-equation-content") or found.get("alt", "").removeprefix("LaTeX:")
    # The address holds the LaTeX, encoded twice.
    latex = named.strip() or unquote(unquote(last.partition("?")[0]))
    return f"\\({escape(latex, quote=False)}\\)" if latex else match[0]
