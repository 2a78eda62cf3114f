"""Course text into safe HTML: maths as MathML, everything else escaped or cleaned.

A package writes LaTeX between `$…$`, where `\\$` is a dollar. What latex2mathml gives is cleaned
like any foreign HTML: it passes `\\href` and tags inside `\\text` through.

The three libraries are loaded by their first use: six megabytes that the process with the sockets,
which imports this on its way, has none for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

from courses.rendering.latex_to_text import spoken

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MATHS = re.compile(r"(?<!\\)\$((?:\\\$|\\(?!\$)|[^$\\])+)\$")
# A break beside a picture says nothing: it stands on lines of its own.
# No other picture begins in the words of one, and a run of breaks is read from its start alone:
# otherwise each `![` and each break would be searched to the end of the text.
_PICTURE = re.compile(
    r"(?:(?<![\r\n])[\r\n]++)?!\[((?:[^\]\n!]|!(?!\[))*+)\]\(([A-Za-z0-9._/-]+)\)[\r\n]*"
)
# The converter's time grows with the square of its text, and anyone may send one to a discussion.
_LONGEST = 2000
_LONGEST_TYPED = 200
# Ten short definitions, each of which uses the one before three times, make a page of megabytes.
# After a double backslash, a row's end, it is an ordinary word.
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
_VOUCHED, _UNVOUCHED = "noopener noreferrer", "noopener nofollow"
_READING_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}, "img": {"src", "alt"}}


def inline(text: str) -> str:
    """Escaped HTML of a course text, with its maths as MathML, its lines and its pictures."""
    return _with_maths(text.strip(), mathml, _rich)


def linear(text: str) -> str:
    """The same text on one plain line, for labels and titles; of a picture what it shows."""
    return " ".join(_with_maths(text, spoken, _plain).split())


def reading(source: str) -> str:
    """Safe HTML of Markdown with tables, single-dollar maths and pictures of this site."""
    html = _rendered(source, mathml)
    tags = MATHML | _READING_TAGS | {"img"}
    return _clean(_headed(html), tags, _ATTRIBUTES | _READING_ATTRIBUTES)


def remark(source: str) -> str:
    """Safe HTML of what one person typed for others: no headings and no tables, links that vouch
    for nothing; nothing of it is remembered."""
    html = _rendered(source, _typed)
    return _clean(html, MATHML | _REMARK_TAGS, _ATTRIBUTES | _REMARK_ATTRIBUTES, _UNVOUCHED)


def _rendered(source: str, maths: Callable[[str], str]) -> str:
    """Markdown into HTML that is still to be cleaned."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(maths(match[1]))
        return f"\ue000{len(kept) - 1}\ue001"

    source = source.replace("\ue000", "").replace("\ue001", "")
    html = _markdown().render(_MATHS.sub(keep, source))
    return re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match[1])], html)


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """MathML of one fragment; a fragment that cannot be read stays text."""
    found = _converted(latex)
    return escape(spoken(latex)) if found is None else found


def _typed(latex: str) -> str:
    """MathML of what somebody typed; what is too long or cannot be read stays as it was typed."""
    found = _converted(latex) if len(latex) <= _LONGEST_TYPED else None
    return escape(f"${latex}$") if found is None else found


def readable(latex: str) -> bool:
    """Whether a fragment becomes MathML."""
    return _converted(latex) is not None


def replaced(text: str, write: Callable[[str], str]) -> str:
    """The text with each formula as `write` writes it."""
    return _MATHS.sub(lambda match: write(match[1]), text)


def fragments(text: str) -> list[str]:
    """The LaTeX of a text, in order."""
    return _MATHS.findall(text)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _converted(latex: str) -> str | None:
    """MathML of one fragment; None where it is too long, defines commands or cannot be read."""
    from latex2mathml.converter import convert

    if len(latex) > _LONGEST or _DEFINES.search(latex):
        return None
    try:
        raw = convert(latex)
    except Exception:  # noqa: BLE001 - the converter promises no closed list of its errors
        return None
    return _clean(raw, MATHML, _ATTRIBUTES)


def _clean(
    html: str, tags: frozenset[str], attributes: dict[str, set[str]], rel: str = _VOUCHED
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
    """A picture stands on this site, or has no address."""
    own = value.startswith("/") and not value.startswith(("//", "/\\"))
    return value if (tag, name) != ("img", "src") or own else None


def _rich(words: str) -> str:
    html = _PICTURE.sub(_picture, escape(_dollars(words)))
    return re.sub(r"\r?\n", "<br>", html)


def _picture(match: re.Match[str]) -> str:
    """Only a picture of this site; of any other what it shows."""
    words, address = match[1], match[2]
    if not address.startswith("/") or address.startswith("//"):
        return words
    return f'<img src="{address}" alt="{words}" loading="lazy">'


def _plain(words: str) -> str:
    return _PICTURE.sub(r" \1 ", _dollars(words))


def _dollars(words: str) -> str:
    return words.replace("\\$", "$")


def _headed(html: str) -> str:
    """Column heads that name their column, and no second first-level heading on the page."""
    html = html.replace("<th>", '<th scope="col">')
    return html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")


def _with_maths(text: str, maths: Callable[[str], str], words: Callable[[str], str]) -> str:
    out: list[str] = []
    at = 0
    for match in _MATHS.finditer(text):
        out += [words(text[at : match.start()]), maths(match[1])]
        at = match.end()
    return "".join([*out, words(text[at:])])
