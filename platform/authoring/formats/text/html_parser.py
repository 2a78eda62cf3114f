"""Parse untrusted HTML into a clean tree of text, lists, tables, links, pictures and maths."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from authoring.formats import unsupported_messages
from authoring.formats.text.delimiters import Enclosed, find_enclosed, replace_enclosed
from authoring.formats.text.safe_xml import BLOCKS, MAX_DEPTH, VOID, XmlNode
from courses.rendering.course_html import MATHML

MATHS = MATHML | {"semantics", "annotation", "mlabeledtr", "mfenced"}
_INSIDE = frozenset(
    ["thead", "tbody", "tfoot", "tr", "th", "td", "strong", "b", "em", "i", "code", "br", "a",
     "img", "sup", "sub", "label", "rt", "rp"]
)  # fmt: skip
_TAGS = MATHS | (BLOCKS - {"body"}) | _INSIDE
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "annotation": {"encoding"},
    "mfenced": {"open", "close", "separators"},
    "ol": {"start"},
}
DROPPED_TAGS = [
    "iframe",
    "object",
    "embed",
    "audio",
    "video",
    "canvas",
    "svg",
    "form",
    "input",
    "select",
    "textarea",
    "button",
    "script",
    "style",
    "applet",
]
# The cleaner treats an element that only SVG has as an attack, and would drop its words.
_OF_SVG = frozenset(
    ["animate", "animatemotion", "animatetransform", "circle", "clippath", "defs", "desc",
     "discard", "ellipse", "feblend", "filter", "foreignobject", "g", "glyph", "hatch",
     "hatchpath", "line", "lineargradient", "marker", "mask", "mesh", "metadata", "mpath",
     "path", "pattern", "polygon", "polyline", "radialgradient", "rect", "set",
     "solidcolor", "stop", "switch", "symbol", "text", "textpath", "tspan", "unknown",
     "use", "view"]
)  # fmt: skip
_NOT_READ = {"script", "style", "svg", "title"}
_DRAWING = re.compile(r"(<svg\b|</svg\s*>)", re.IGNORECASE)
_NAME = re.compile(r"<(/?)([A-Za-z]+)(?=[\s/>])")
_LOST = re.compile(rf"<({'|'.join(DROPPED_TAGS)})\b", re.IGNORECASE)
_RUBY_BRACKET = re.compile(r"<rp>[^<]*</rp>")
_MATHS_IN_TEXT = {
    r"\(": r"\)",
    r"\[": r"\]",
    "$$": "$$",
    "[mathjaxinline]": "[/mathjaxinline]",
    "[mathjax]": "[/mathjax]",
}
# A pair of signs that begins or ends a formula is plain text when the second one is in a `<span>`.
# MathJax documents this way to write a literal dollar.
_SECOND = re.compile(r"(?<=\$)\$|(?<=\\)[()\[\]]|(?<=\[)/?mathjax")
_SEPARATED = re.compile(r"<span>([$()\[\]]|/?mathjax)</span>", re.IGNORECASE)
_SEPARATOR = "\ue012"


def parse_html(html: str, left_out: Counter[str]) -> XmlNode:
    """Return the body as a tree; LaTeX between the usual marks becomes a `latex` element."""
    for match in _LOST.finditer(html):
        left_out[unsupported_messages.IN_A_TEXT.format(name=match[1].lower())] += 1
    html = _NAME.sub(_replace_svg_tag, _without_drawings(html))
    html = _SEPARATED.sub(rf"{_SEPARATOR}\1", _escape_formulas(html))
    # Imported here, because only imports of courses need these 2 MB in a web process.
    import nh3

    builder = _Builder()
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=_NOT_READ,
        attributes=_ATTRIBUTES,
        link_rel=None,
    )
    builder.feed(_bracket_readings(clean))
    builder.close()
    return builder.top


def _bracket_readings(clean: str) -> str:
    """Put the reading of a word (`<ruby>`) in brackets after it, as a browser without ruby does."""
    return _RUBY_BRACKET.sub("", clean).replace("<rt>", "(").replace("</rt>", ")")


def _without_drawings(html: str) -> str:
    """Remove the content of `<svg>` elements, whose labels are not words of the text."""
    kept, depth = [], 0
    for part in _DRAWING.split(html):
        if part.lower() == "<svg":
            depth += 1
        elif depth and part[:5].lower() == "</svg":
            depth -= 1
        elif not depth:
            kept.append(part)
    return "".join(kept)


def _replace_svg_tag(match: re.Match[str]) -> str:
    return f"<{match[1]}span" if match[2].lower() in _OF_SVG else match[0]


def _escape_formulas(html: str) -> str:
    """Escape each lone `<` in a formula, where it begins no tag."""

    def escaped(found: Enclosed) -> str:
        whole = html[found.start : found.end]
        return whole if ">" in whole else whole.replace("<", "&lt;")

    return replace_enclosed(html, _MATHS_IN_TEXT, escaped)


class _Builder(HTMLParser):
    """Builds the tree from the balanced output of nh3; elements that are too deep are flattened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = XmlNode("body")
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = XmlNode(tag, attributes={name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID and len(self._open) < MAX_DEPTH:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].name == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        literal = any(node.name in ("code", "pre", "math") for node in self._open)
        self._open[-1].children += [_remove_separators(data)] if literal else split_maths(data)


def separate_marks(html: str) -> str:
    """Return the HTML with spans that keep LaTeX readers from seeing a formula."""
    return _SECOND.sub(r"<span>\g<0></span>", html)


def split_maths(text: str) -> list[XmlNode | str]:
    """Split a text at its LaTeX."""
    found: list[XmlNode | str] = []
    at = 0
    for formula in find_enclosed(text, _MATHS_IN_TEXT):
        latex = XmlNode("latex", children=[_remove_separators(formula.inner.strip())])
        found += [_remove_separators(text[at : formula.start]), latex]
        at = formula.end
    return [part for part in [*found, _remove_separators(text[at:])] if part != ""]


def _remove_separators(text: str) -> str:
    return text.replace(_SEPARATOR, "")
