"""Convert untrusted texts to course text or Markdown, and ours back to HTML.

Course text is the text of a question: words, `$maths$` (`\\$` is a dollar), lines, and pictures as
`![description](address)`. A reading is Markdown. No foreign markup remains.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats.text import html_to_markdown
from authoring.formats.text.html_parser import parted, tree, with_maths
from authoring.formats.text.safe_xml import BLOCKS, Node
from courses.rendering import course_html

Pictures = Callable[[str], str]
FORMATTING = _("bold, list, table or link in a question (the text is kept)")
_PICTURE = re.compile(r"!\[((?:[^\]\n!]|!(?!\[))*+)\]\(([A-Za-z0-9._/-]+)\)")
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9._/-]+")
_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)("[^>]*>)')
_HELD = re.compile("\ue010(\\d+)\ue011")
_TAG = re.compile(r'(<(?:"[^"]*"|[^">])*>)')
_FLAT = frozenset(
    [
        "p",
        "div",
        "span",
        "label",
        "body",
        "br",
        "img",
        "latex",
        "math",
        "section",
        "center",
        "legend",
    ]
)
_MARKS = "".join(map(chr, range(0xE000, 0xE020)))
_INVISIBLE = str.maketrans(dict.fromkeys([*_MARKS, *map(chr, range(9)), *map(chr, range(11, 32))]))


def no_pictures(_name: str) -> str:
    return ""


def literal(text: str) -> str:
    """Convert plain text to course text; lines stay, and LaTeX between the usual marks is maths."""
    lines = (" ".join(line.split()) for line in text.translate(_INVISIBLE).split("\n"))
    return "\n".join(_pieces(with_maths(line)) for line in lines).strip()


def without_pictures(text: str, left_out: Counter[str]) -> str:
    """Replace each picture of a course text by its description."""
    left_out[_("image (its description is kept)")] += len(_PICTURE.findall(text))
    return _PICTURE.sub(r"\1", text)


def of_html(html: str, pictures: Pictures, left_out: Counter[str]) -> str:
    """Convert HTML to course text; `pictures` returns the address of a picture, or ""."""
    top = tree(html.translate(_INVISIBLE), left_out)
    left_out[FORMATTING] += any(node.name not in _FLAT for node in _outside_maths(top))
    lines = (" ".join(line.split()) for line in _text(top, pictures).split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def markdown_of(html: str, pictures: Pictures, left_out: Counter[str]) -> str:
    """Convert HTML to the Markdown of a reading."""
    top = tree(html.translate(_INVISIBLE), left_out)
    for picture in top.all("img"):
        picture.attributes["src"] = pictures(picture.get("src"))
    return html_to_markdown.document(top.children)


def html_of(text: str, formula: Callable[[str], str], pictures: Pictures) -> str:
    """Convert course text to HTML for other systems, with their form of formulas and pictures."""
    return _with_formulas(text, formula, lambda words: _words_html(words, pictures))


def html_of_reading(source: str, formula: Callable[[str], str], pictures: Pictures) -> str:
    """Convert the Markdown of a reading to HTML for other systems."""
    kept: list[str] = []

    def keep(latex: str) -> str:
        kept.append(formula(latex))
        return f"\ue010{len(kept) - 1}\ue011"

    html = course_html.reading(
        course_html.replace_formulas(source.translate(_INVISIBLE), keep)
    ).strip()
    html = _IMAGE.sub(
        lambda match: match[1] + escape(pictures(match[2])) + match[3], _words_parted(html)
    )
    return _HELD.sub(lambda match: kept[int(match[1])], html)


def html_of_markdown(source: str) -> str:
    """Convert foreign Markdown to HTML; a lone dollar is money."""
    parts = with_maths(source.replace("\\$", "$"))
    text = "".join(
        part.replace("$", r"\$") if isinstance(part, str) else html_to_markdown.maths(part)
        for part in parts
    )
    return html_of_reading(text, round_brackets, no_pictures)


def round_brackets(latex: str) -> str:
    r"""Return a formula as `\(…\)`, in HTML."""
    return f"\\({escape(latex, quote=False)}\\)"


def _with_formulas(text: str, formula: Callable[[str], str], words: Callable[[str], str]) -> str:
    kept: list[str] = []

    def keep(latex: str) -> str:
        kept.append(formula(latex))
        return f"\ue010{len(kept) - 1}\ue011"

    made = words(course_html.replace_formulas(text, keep))
    return _HELD.sub(lambda match: kept[int(match[1])], made)


def _words_html(text: str, pictures: Pictures) -> str:
    out, at = [], 0
    for match in _PICTURE.finditer(text):
        out += [_escaped(text[at : match.start()]), _image(match[1], pictures(match[2]))]
        at = match.end()
    return "".join([*out, _escaped(text[at:])])


def _escaped(text: str) -> str:
    html = escape(text.replace("\\$", "$"), quote=False)
    return parted(html).replace("\n", "<br/>")


def _words_parted(html: str) -> str:
    """Separate the marks of formulas in the words of HTML, but not in its tags."""
    parts = enumerate(_TAG.split(html))
    return "".join(part if at % 2 else parted(part) for at, part in parts)


def _image(words: str, address: str) -> str:
    return f'<img src="{escape(address)}" alt="{escape(words)}"/>' if address else escape(words)


def _outside_maths(node: Node) -> list[Node]:
    if node.name in ("math", "latex"):
        return [node]
    return [node, *(inner for child in node.nodes for inner in _outside_maths(child))]


def _text(node: Node, pictures: Pictures) -> str:
    out = ""
    for child in node.children:
        out += _words(child) if isinstance(child, str) else _element(child, out, pictures)
    return out


def _words(text: str) -> str:
    """Escape dollars, and separate signs that would begin a picture."""
    return re.sub(r"[ \t\r\n\f]+", " ", text).replace("$", r"\$").replace("![", "! [")


def _pieces(parts: list[Node | str]) -> str:
    out = ""
    for part in parts:
        out += _words(part) if isinstance(part, str) else _formula(part, out)
    return out


def _formula(node: Node, before: str) -> str:
    return (" " if before.endswith("\\") else "") + html_to_markdown.maths(node)


def _element(node: Node, before: str, pictures: Pictures) -> str:
    if node.name in ("math", "latex"):
        return _formula(node, before)
    if node.name == "br":
        return "\n"
    if node.name == "img":
        return _picture(node, pictures)
    if node.name in ("sup", "sub"):
        return _raised(node, _text(node, pictures))
    inner = _text(node, pictures)
    if node.name in ("td", "th"):
        return inner + " "
    if node.name == "li":
        return f"\n• {inner.strip()}\n"
    return f"\n{inner}\n" if node.name in BLOCKS or node.name == "tr" else inner


def _raised(node: Node, inner: str) -> str:
    sign = "^" if node.name == "sup" else "_"
    return f"${{}}{sign}{{{inner}}}$" if re.fullmatch(r"[A-Za-z0-9+−-]+", inner) else inner


def _picture(node: Node, pictures: Pictures) -> str:
    words = " ".join(re.sub(r"[\[\]$]", "", node.get("alt")).split())
    address = pictures(node.get("src"))
    if not _SAFE_ADDRESS.fullmatch(address):
        return _words(words)
    return f"\n![{words or 'Figure'}]({address})\n"
