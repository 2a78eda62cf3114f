"""Convert a text in one of Moodle's text formats to course text."""

from __future__ import annotations

import re
from collections import Counter

from authoring.formats.text import text_conversion
from authoring.formats.text.html_parser import DROPPED_TAGS, MATHS
from authoring.formats.text.safe_xml import VOID

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(#\d+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_MARKING_UP = frozenset(
    ["a", "b", "big", "blockquote", "br", "center", "code", "div", "em", "font", "h1",
     "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "math", "ol", "p", "pre", "q",
     "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "th",
     "thead", "tr", "tt", "u", "ul"]
)  # fmt: skip
_MEDIA = re.compile(
    r"<img|</svg|<(?:audio|video|source|iframe|object|embed)\s[^<>]*\b(?:src|data)\s*=",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*)?/?)>")
_DROPPED = frozenset(DROPPED_TAGS)
# What the editors of Moodle leave in a field that an author has emptied.
_BLANK = re.compile(
    r"(?:</?(?:p|br|div|span|b|strong|i|em|u|font)\b[^<>]*>|&nbsp;|&#160;|\s)*", re.IGNORECASE
)


def is_blank(text: str) -> bool:
    """Return whether a text has no words, only tags that an editor left."""
    return _BLANK.fullmatch(text) is not None


def to_course_text(
    text: str, form: str, pictures: text_conversion.Pictures, left_out: Counter[str]
) -> str:
    """Convert a text; `form` is `html`, `markdown`, `plain` or, for any other, Moodle's own."""
    text = text.strip()
    if form == "markdown":
        text, form = text_conversion.markdown_to_html(text), "html"
    if form == "plain" or (form != "html" and not _MARKUP.search(text)):
        return text_conversion.plain_to_text(text)
    html = text if form == "html" else _keep_markup(text).replace("\n", "<br>")
    made = text_conversion.html_to_text(html, pictures, left_out)
    # A text of nothing but tags shows them, as they may be its words; media have no words.
    return made if made or _MEDIA.search(html) else text_conversion.plain_to_text(text)


def _keep_markup(text: str) -> str:
    """Keep only tags that mark something up; other tags, such as a lone `<body>`, are words."""
    tags = [(match[1], match[2].lower()) for match in _TAG.finditer(text)]
    opened, closed = (Counter(name for sign, name in tags if sign == mark) for mark in ("", "/"))

    def keep_tag(match: re.Match[str]) -> str:
        name = match[2].lower()
        void = name in VOID
        marks = name in _MARKING_UP or name in _DROPPED or name in MATHS or name == "text"
        whole = void or opened[name] == closed[name]
        return match[0] if marks and whole else match[0].replace("<", "&lt;")

    return _TAG.sub(keep_tag, text)
