"""Render course text as safe HTML: maths as MathML, the rest escaped or cleaned.

A package writes LaTeX between `$…$`, where `\\$` is a dollar. The output of latex2mathml is cleaned
like foreign HTML, because it passes `\\href` and tags inside `\\text` through.

The three libraries are imported on first use: the process with the sockets imports this module, and
has no use for their six megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

from courses.rendering.latex_to_text import to_readable_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MATHS = re.compile(r"(?<!\\)\$((?:\\\$|\\(?!\$)|[^$\\])+)\$")
# Line breaks next to a picture are dropped: it is on lines of its own. The words of a picture
# cannot contain another one, and a run of breaks is read from its start alone. Otherwise each `![`
# and each break would be searched to the end of the text.
_PICTURE = re.compile(
    r"(?:(?<![\r\n])[\r\n]++)?!\[((?:[^\]\n!]|!(?!\[))*+)\]\(([A-Za-z0-9._/-]+)\)[\r\n]*"
)
_ATTRIBUTE = re.compile(r'(?:alt|title)="[^"]*"')
# The converter takes quadratic time, and anyone may send text to a discussion.
_LONGEST = 2000
_LONGEST_TYPED = 200
# Ten short definitions that each use the previous one three times make a page of megabytes. After a
# double backslash, which ends a row, the name is an ordinary word.
_DEFINES = re.compile(r"(?<!\\)(?:\\\\)*\\(?:def|newcommand|newenvironment)(?![A-Za-z])")
MATHML = frozenset(
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
_REMARK_TAGS = _READING_TAGS - {"h2", "h3", "h4", "hr", "table", "thead", "tbody", "tr", "th", "td"}
_REMARK_ATTRIBUTES = {"a": {"href"}}
_OWN_LINK_REL, _TYPED_LINK_REL = "noopener noreferrer", "noopener nofollow"
_READING_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}, "img": {"src", "alt"}}


def inline(text: str) -> str:
    """Render a course text as escaped HTML, with MathML, line breaks and pictures."""
    return _with_maths(text.strip(), to_mathml, _write_html)


def linear(text: str) -> str:
    """Render the same text as one plain line, for labels and titles; pictures as their words."""
    return " ".join(_with_maths(text, to_readable_line, _write_line).split())


def reading(source: str) -> str:
    """Render Markdown with tables, single-dollar maths and pictures of this site as safe HTML."""
    html = _render_markdown(source, to_mathml)
    tags = MATHML | _READING_TAGS | {"img"}
    return _clean(_fix_headings(html), tags, _ATTRIBUTES | _READING_ATTRIBUTES)


def remark(source: str) -> str:
    """Render text that one person typed for others as safe HTML.

    Headings and tables are not allowed, and links get `nofollow`. Its formulas are not cached.
    """
    html = _render_markdown(source, _typed_mathml)
    return _clean(html, MATHML | _REMARK_TAGS, _ATTRIBUTES | _REMARK_ATTRIBUTES, _TYPED_LINK_REL)


def _render_markdown(source: str, maths: Callable[[str], str]) -> str:
    """Render Markdown as HTML that must still be cleaned."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[1])
        return f"\ue000{len(kept) - 1}\ue001"

    def restore(html: str, write: Callable[[str], str]) -> str:
        return re.sub("\ue000(\\d+)\ue001", lambda match: write(kept[int(match[1])]), html)

    source = source.replace("\ue000", "").replace("\ue001", "")
    html = _markdown().render(_MATHS.sub(keep, source))
    # A description is an attribute, which cannot hold MathML.
    html = _ATTRIBUTE.sub(lambda match: restore(match[0], _write_attribute), html)
    return restore(html, maths)


def _write_attribute(latex: str) -> str:
    return escape(to_readable_line(latex))


@lru_cache(maxsize=4096)
def to_mathml(latex: str) -> str:
    """Return the MathML of one formula; a formula that cannot be read becomes text."""
    found = _convert(latex)
    return escape(to_readable_line(latex)) if found is None else found


def _typed_mathml(latex: str) -> str:
    """Return the MathML of typed LaTeX; what is too long or unreadable stays as typed."""
    found = _convert(latex) if len(latex) <= _LONGEST_TYPED else None
    return escape(f"${latex}$") if found is None else found


def is_readable_latex(latex: str) -> bool:
    """Return whether a formula can be converted to MathML."""
    return _convert(latex) is not None


def replace_formulas(text: str, write: Callable[[str], str]) -> str:
    """Return the text with each formula replaced by `write` of it."""
    return _MATHS.sub(lambda match: write(match[1]), text)


def find_formulas(text: str) -> list[str]:
    """Return the LaTeX of each formula in a text, in order."""
    return _MATHS.findall(text)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _convert(latex: str) -> str | None:
    """Return the MathML of one formula; None where it is too long, has definitions or is
    unreadable.
    """
    from latex2mathml.converter import convert

    if len(latex) > _LONGEST or _DEFINES.search(latex):
        return None
    try:
        raw = convert(latex)
    except Exception:  # noqa: BLE001 - the converter documents no closed list of its errors
        return None
    return _clean(raw, MATHML, _ATTRIBUTES)


def _clean(
    html: str, tags: frozenset[str], attributes: dict[str, set[str]], rel: str = _OWN_LINK_REL
) -> str:
    import nh3

    return nh3.clean(
        html,
        tags=set(tags),
        attributes=attributes,
        url_schemes={"https", "http", "mailto"},
        attribute_filter=_own_picture,
        link_rel=rel,
    )


def _own_picture(tag: str, name: str, value: str) -> str | None:
    """Allow picture addresses of this site only."""
    own = value.startswith("/") and not value.startswith(("//", "/\\"))
    return value if (tag, name) != ("img", "src") or own else None


def _write_html(words: str) -> str:
    html = _PICTURE.sub(_picture, escape(_unescape_dollars(words)))
    return re.sub(r"\r?\n", "<br>", html)


def _picture(match: re.Match[str]) -> str:
    """Return a picture of this site as HTML, and any other as its words."""
    words, address = match[1], match[2]
    if not address.startswith("/") or address.startswith("//"):
        return words
    return f'<img src="{address}" alt="{words}" loading="lazy">'


def _write_line(words: str) -> str:
    return _PICTURE.sub(r" \1 ", _unescape_dollars(words))


def _unescape_dollars(words: str) -> str:
    return words.replace("\\$", "$")


def _fix_headings(html: str) -> str:
    """Give column headers their scope, and lower first-level headings to the second level."""
    html = html.replace("<th>", '<th scope="col">')
    return html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")


def _with_maths(text: str, maths: Callable[[str], str], words: Callable[[str], str]) -> str:
    out: list[str] = []
    at = 0
    for match in _MATHS.finditer(text):
        out += [words(text[at : match.start()]), maths(match[1])]
        at = match.end()
    return "".join([*out, words(text[at:])])
