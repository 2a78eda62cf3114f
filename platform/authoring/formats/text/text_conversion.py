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
from authoring.formats.text.html_parser import parse_html, separate_marks, split_maths
from authoring.formats.text.safe_xml import BLOCKS, XmlNode
from courses.rendering import course_html

Pictures = Callable[[str], str]
LOCAL_LINK = _("link to another page or file of the package (its text is kept)")
FORMATTING = _("bold, list, table or link in a question (the text is kept)")
_PICTURE = re.compile(r"!\[((?:[^\]\n!]|!(?!\[))*+)\]\(([A-Za-z0-9._/-]+)\)")
_OWN = "/file-of-the-course/"
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9._/-]+")
_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)("[^>]*>)')
_PLACEHOLDER = re.compile("\ue010(\\d+)\ue011")
_TAG = re.compile(r'(<(?:"[^"]*"|[^">])*>)')
# Spaces that code needs: those that begin a line, and several in a row.
_CODE_SPACES = re.compile(r"(?m)^ +| {2,}")
_KEPT_SPACE = "\ue013"
_OUTSIDE_LINK = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
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


def plain_to_text(text: str) -> str:
    """Convert plain text to course text; lines stay, and LaTeX between the usual marks is maths."""
    lines = (" ".join(line.split()) for line in text.translate(_INVISIBLE).split("\n"))
    return "\n".join(_pieces(split_maths(line)) for line in lines).strip()


def remove_pictures(text: str, left_out: Counter[str]) -> str:
    """Replace each picture of a course text by its description."""
    left_out[_("image (its description is kept)")] += len(_PICTURE.findall(text))
    return _PICTURE.sub(r"\1", text)


def html_to_text(html: str, pictures: Pictures, left_out: Counter[str]) -> str:
    """Convert HTML to course text; `pictures` returns the address of a picture, or ""."""
    top = parse_html(html.translate(_INVISIBLE), left_out)
    left_out[FORMATTING] += any(node.name not in _FLAT for node in _outside_maths(top))
    lines = (" ".join(line.split()) for line in _text(top, pictures).split("\n"))
    text = re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
    return text.replace(_KEPT_SPACE, "\u00a0")


def html_to_reading(html: str, pictures: Pictures, left_out: Counter[str]) -> str:
    """Convert HTML to the Markdown of a reading."""
    top = parse_html(html.translate(_INVISIBLE), left_out)
    links = [link.get("href") for link in top.all("a")]
    left_out[LOCAL_LINK] += sum(bool(one) and not _OUTSIDE_LINK.match(one) for one in links)
    for picture in top.all("img"):
        picture.attributes["src"] = pictures(picture.get("src"))
    return html_to_markdown.write_document(top.children)


def text_to_html(text: str, formula: Callable[[str], str], pictures: Pictures) -> str:
    """Convert course text to HTML for other systems, with their form of formulas and pictures."""
    return _with_formulas(text, formula, lambda words: _words_html(words, pictures))


def reading_to_html(source: str, formula: Callable[[str], str], pictures: Pictures) -> str:
    """Convert the Markdown of a reading to HTML for other systems."""
    source = _PICTURE.sub(_mark_own_picture, source)
    kept: list[str] = []

    def keep(latex: str) -> str:
        kept.append(formula(latex))
        return f"\ue010{len(kept) - 1}\ue011"

    html = course_html.reading(
        course_html.replace_formulas(source.translate(_INVISIBLE), keep)
    ).strip()
    html = _IMAGE.sub(
        lambda match: match[1] + escape(pictures(match[2].removeprefix(_OWN))) + match[3],
        _separate_words(html),
    ).replace(_OWN, "")
    return _PLACEHOLDER.sub(lambda match: kept[int(match[1])], html)


def _mark_own_picture(match: re.Match[str]) -> str:
    """Write the name of a file of the course as an address of this site, which a page may show."""
    is_name = not match[2].startswith("/")
    return f"![{match[1]}]({_OWN}{match[2]})" if is_name else match[0]


def markdown_to_html(source: str) -> str:
    """Convert foreign Markdown to HTML; a lone dollar is money."""
    parts = split_maths(source.replace("\\$", "$"))
    text = "".join(
        part.replace("$", r"\$") if isinstance(part, str) else html_to_markdown.write_formula(part)
        for part in parts
    )
    return reading_to_html(text, round_brackets, no_pictures)


def round_brackets(latex: str) -> str:
    r"""Return a formula as `\(…\)`, in HTML."""
    return f"\\({escape(latex, quote=False)}\\)"


def _with_formulas(text: str, formula: Callable[[str], str], words: Callable[[str], str]) -> str:
    kept: list[str] = []

    def keep(latex: str) -> str:
        kept.append(formula(latex))
        return f"\ue010{len(kept) - 1}\ue011"

    made = words(course_html.replace_formulas(text.translate(_INVISIBLE), keep))
    return _PLACEHOLDER.sub(lambda match: kept[int(match[1])], made)


def _words_html(text: str, pictures: Pictures) -> str:
    out, at = [], 0
    for match in _PICTURE.finditer(text):
        out += [_escape(text[at : match.start()]), _image(match[1], pictures(match[2]))]
        at = match.end()
    return "".join([*out, _escape(text[at:])])


def _escape(text: str) -> str:
    html = escape(text.replace("\\$", "$"), quote=False)
    return separate_marks(html).replace("\n", "<br/>")


def _separate_words(html: str) -> str:
    """Separate the marks of formulas in the words of HTML, but not in its tags."""
    parts = enumerate(_TAG.split(html))
    return "".join(part if at % 2 else separate_marks(part) for at, part in parts)


def _image(words: str, address: str) -> str:
    return f'<img src="{escape(address)}" alt="{escape(words)}"/>' if address else escape(words)


def _outside_maths(node: XmlNode) -> list[XmlNode]:
    if node.name in ("math", "latex"):
        return [node]
    return [node, *(inner for child in node.nodes for inner in _outside_maths(child))]


def _text(node: XmlNode, pictures: Pictures) -> str:
    out = ""
    for child in node.children:
        out += _words(child) if isinstance(child, str) else _element(child, out, pictures)
    return out


def _words(text: str) -> str:
    """Escape dollars, and separate signs that would begin a picture."""
    return re.sub(r"[ \t\r\n\f]+", " ", text).replace("$", r"\$").replace("![", "! [")


def _pieces(parts: list[XmlNode | str]) -> str:
    out = ""
    for part in parts:
        out += _words(part) if isinstance(part, str) else _formula(part, out)
    return out


def _formula(node: XmlNode, before: str) -> str:
    return (" " if before.endswith("\\") else "") + html_to_markdown.write_formula(node)


def _element(node: XmlNode, before: str, pictures: Pictures) -> str:
    if node.name in ("math", "latex"):
        return _formula(node, before)
    if node.name == "br":
        return "\n"
    if node.name == "img":
        return _picture(node, pictures)
    if node.name in ("sup", "sub"):
        return _write_script(node, _text(node, pictures))
    if node.name == "pre":
        _keep_spaces(node)
    inner = _text(node, pictures)
    if node.name in ("td", "th"):
        return inner + " "
    if node.name == "li":
        return f"\n• {inner.strip()}\n"
    return f"\n{inner}\n" if node.name in BLOCKS or node.name == "tr" else inner


def _keep_spaces(node: XmlNode) -> None:
    """Make the lines and spaces of code breaks and signs that stay."""
    kept: list[XmlNode | str] = []
    for child in node.children:
        if isinstance(child, str):
            text = _CODE_SPACES.sub(lambda match: _KEPT_SPACE * len(match[0]), child.expandtabs(4))
            first, *more = text.split("\n")
            kept.append(first)
            for line in more:
                kept += [XmlNode("br"), line]
        else:
            _keep_spaces(child)
            kept.append(child)
    node.children = kept


def _write_script(node: XmlNode, inner: str) -> str:
    sign = "^" if node.name == "sup" else "_"
    return f"${{}}{sign}{{{inner}}}$" if re.fullmatch(r"[A-Za-z0-9+−-]+", inner) else inner


def _picture(node: XmlNode, pictures: Pictures) -> str:
    words = " ".join(re.sub(r"[\[\]$]", "", node.get("alt")).split())
    address = pictures(node.get("src"))
    if not _SAFE_ADDRESS.fullmatch(address):
        return _words(words)
    return f"\n![{words or 'Figure'}]({address})\n"
