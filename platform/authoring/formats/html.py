"""HTML of strangers as a clean tree of text, lists, tables, links, pictures and maths."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from authoring.formats import lost
from authoring.formats.markup import BLOCKS, MAX_DEPTH, VOID, Node
from courses.maths import MATHML

MATHS = MATHML | {"semantics", "annotation", "mlabeledtr", "mfenced"}
_INSIDE = frozenset(
    ["thead", "tbody", "tfoot", "tr", "th", "td", "strong", "b", "em", "i", "code", "br", "a",
     "img", "sup", "sub", "label"]
)  # fmt: skip
_TAGS = MATHS | (BLOCKS - {"body"}) | _INSIDE
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "annotation": {"encoding"},
    "mfenced": {"open", "close", "separators"},
    "ol": {"start"},
}
LOST = [
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
_LOST = re.compile(rf"<({'|'.join(LOST)})\b", re.IGNORECASE)
_MATHS_IN_TEXT = re.compile(
    r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$([^$]+?)\$\$"
    r"|\[mathjaxinline\](.+?)\[/mathjaxinline\]|\[mathjax\](.+?)\[/mathjax\]",
    re.DOTALL,
)
# Two signs that together begin or end a formula are words when the second stands in a `<span>`:
# MathJax, which the pages of others use, tells authors to write a dollar so.
_SECOND = re.compile(r"(?<=\$)\$|(?<=\\)[()\[\]]|(?<=\[)/?mathjax")
_PARTED = re.compile(r"<span>([$()\[\]]|/?mathjax)</span>", re.IGNORECASE)
_BETWEEN = "\ue012"


def tree(html: str, left_out: Counter[str]) -> Node:
    """The body as a tree; LaTeX between the usual marks becomes a `latex` element."""
    for match in _LOST.finditer(html):
        left_out[lost.IN_A_TEXT.format(name=match[1].lower())] += 1
    html = _PARTED.sub(rf"{_BETWEEN}\1", _MATHS_IN_TEXT.sub(_less_than, html))
    # Only who brings a course in needs it: 2 MB of a process of pages.
    import nh3

    builder = _Builder()
    builder.feed(nh3.clean(html, tags=set(_TAGS), attributes=_ATTRIBUTES, link_rel=None))
    builder.close()
    return builder.top


def _less_than(match: re.Match[str]) -> str:
    """A lone `<` of a formula begins no tag."""
    return match[0] if ">" in match[0] else match[0].replace("<", "&lt;")


class _Builder(HTMLParser):
    """What nh3 gives is balanced; what lies too deep is laid flat."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Node("body")
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, attributes={name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID and len(self._open) < MAX_DEPTH:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].name == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        literal = any(node.name in ("code", "pre", "math") for node in self._open)
        self._open[-1].children += [_joined(data)] if literal else with_maths(data)


def parted(html: str) -> str:
    """Words as HTML in which no reader of LaTeX sees a formula."""
    return _SECOND.sub(r"<span>\g<0></span>", html)


def with_maths(text: str) -> list[Node | str]:
    """A text parted at its LaTeX."""
    found: list[Node | str] = []
    at = 0
    for match in _MATHS_IN_TEXT.finditer(text):
        latex = next(group for group in match.groups() if group is not None).strip()
        found += [_joined(text[at : match.start()]), Node("latex", children=[_joined(latex)])]
        at = match.end()
    return [part for part in [*found, _joined(text[at:])] if part != ""]


def _joined(text: str) -> str:
    return text.replace(_BETWEEN, "")
