"""Course text into safe HTML: maths as MathML, everything else escaped or cleaned.

A package writes LaTeX between `$…$` (ours) or `$$…$$` (OATutor). What latex2mathml gives is
cleaned like any foreign HTML: it passes `\\href` and tags inside `\\text` through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

import nh3
from latex2mathml.converter import convert
from markdown_it import MarkdownIt

from courses.latex import spoken

SINGLE = "$"
DOUBLE = "$$"
_MATHS = {
    SINGLE: re.compile(r"\$([^$]+)\$"),
    DOUBLE: re.compile(r"\$\$(.+?)\$\$", re.DOTALL),
}
_TAGS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msup",
        "msub",
        "msubsup",
        "mover",
        "munder",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "menclose",
        "mpadded",
        "mphantom",
        "mstyle",
    ]
)
_ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "separator"},
    "mi": {"mathvariant"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign"},
    "mtd": {"columnalign"},
    "mspace": {"width"},
}
_READING_TAGS = frozenset(
    [
        "p",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "hr",
        "br",
        "a",
    ]
)
_READING_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}}
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def inline(text: str, dollars: str = SINGLE) -> str:
    """Escaped HTML of one line of course text, with its maths as MathML."""
    return _with_maths(text, dollars, mathml, escape)


def linear(text: str, dollars: str = SINGLE) -> str:
    """The same text on one plain line, for labels and titles."""
    return _with_maths(text, dollars, spoken, str)


def reading(source: str) -> str:
    """Safe HTML of Markdown with tables and single-dollar maths."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(mathml(match[1]))
        return f"\ue000{len(kept) - 1}\ue001"

    source = source.replace("\ue000", "").replace("\ue001", "")
    html = _markdown.render(_MATHS[SINGLE].sub(keep, source))
    html = re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match[1])], html)
    return _clean(_headed(html), _TAGS | _READING_TAGS, _ATTRIBUTES | _READING_ATTRIBUTES)


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """MathML of one fragment; a fragment that cannot be read stays text."""
    found = _converted(latex)
    return escape(spoken(latex)) if found is None else found


def readable(latex: str) -> bool:
    """Whether a fragment becomes MathML."""
    return _converted(latex) is not None


def fragments(text: str, dollars: str = SINGLE) -> list[str]:
    """The LaTeX of a text, in order."""
    return _MATHS[dollars].findall(text)


def _converted(latex: str) -> str | None:
    try:
        raw = convert(latex)
    except Exception:  # noqa: BLE001 - the converter promises no closed list of its errors
        return None
    return _clean(raw, _TAGS, _ATTRIBUTES)


def _clean(html: str, tags: frozenset[str], attributes: dict[str, set[str]]) -> str:
    return nh3.clean(
        html,
        tags=set(tags),
        attributes=attributes,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
    )


def _headed(html: str) -> str:
    """Column heads that name their column, and no second first-level heading on the page."""
    html = html.replace("<th>", '<th scope="col">')
    return html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")


def _with_maths(
    text: str, dollars: str, maths: Callable[[str], str], words: Callable[[str], str]
) -> str:
    out: list[str] = []
    at = 0
    for match in _MATHS[dollars].finditer(text):
        out += [words(text[at : match.start()]), maths(match[1])]
        at = match.end()
    return "".join([*out, words(text[at:])])
