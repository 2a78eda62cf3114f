"""Convert a clean HTML tree to Markdown.

`courses.rendering.course_html.reading` renders the Markdown as the same page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from authoring.formats.text.mathml_to_latex import to_latex
from authoring.formats.text.safe_xml import BLOCKS, XmlNode

_SPECIAL = re.compile(r"([`*_\[\]<>&~|])")
_LINE_START = re.compile(r"^( *)([#+=-]|\d+(?=[.)]))", re.MULTILINE)
_HEADS = {"h1": "##", "h2": "##", "h3": "###", "h4": "####", "h5": "####", "h6": "####"}
BREAK = "\\\n"
Child = XmlNode | str


def write_blocks(children: Sequence[Child]) -> list[str]:
    """Return the blocks of some content, in order."""
    found: list[str] = []
    run: list[Child] = []
    for child in [*children, None]:
        if child is not None and not (isinstance(child, XmlNode) and _is_block(child)):
            run.append(child)
            continue
        if text := write_paragraph(run):
            found.append(text)
        run = []
        if child is not None:
            found += _block(child)
    return found


def write_document(children: Sequence[Child]) -> str:
    return "\n\n".join(_separate_lists(write_blocks(children)))


def write_paragraph(children: Sequence[Child]) -> str:
    """Return inline content as one paragraph."""
    lines = [" ".join(line.split()) for line in write_inline(children).split(BREAK)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return _LINE_START.sub(_escape_start, BREAK.join(line or "\u00a0" for line in lines))


def _escape_start(match: re.Match[str]) -> str:
    sign = match[2]
    # Markdown escapes only punctuation: a digit is written as a character reference.
    return f"{match[1]}&#{ord(sign[0])};{sign[1:]}" if sign[0].isdigit() else f"{match[1]}\\{sign}"


def _separate_lists(found: list[str]) -> list[str]:
    """Put an empty character reference between two lists, which Markdown would join."""
    apart: list[str] = []
    for block in found:
        if apart and _list_sign(apart[-1]) and _list_sign(apart[-1]) == _list_sign(block):
            apart.append("&#8203;")
        apart.append(block)
    return apart


def _list_sign(block: str) -> str:
    match = re.match(r"(- |\d+\. )", block)
    return "" if match is None else match[1][-2:]


def _is_block(node: XmlNode) -> bool:
    if node.name in BLOCKS:
        return True
    return node.name in ("a", "label", "strong", "em", "b", "i") and any(
        inner.name in BLOCKS for inner in node.walk()
    )


def _block(node: XmlNode) -> list[str]:
    if node.name in _HEADS:
        text = write_paragraph(node.children).replace(BREAK, " ")
        return [f"{_HEADS[node.name]} {text}"] if text else []
    if node.name in ("ul", "ol"):
        return _list(node)
    if node.name == "table":
        return _table(node)
    if node.name == "pre":
        return _code_block(node)
    if node.name == "blockquote":
        return _indent(write_blocks(node.children), "> ")
    if node.name == "hr":
        return ["---"]
    if node.name == "dt":
        text = write_paragraph(node.children)
        return [f"**{text}**"] if text else []
    return write_blocks(node.children)


def _indent(found: list[str], first: str, later: str = "") -> list[str]:
    """Return the blocks as one, with a mark before each line."""
    if not found:
        return []
    lines = "\n\n".join(_separate_lists(found)).split("\n")
    later = later or first
    rest = [(later + line).rstrip() if later.strip() or line else "" for line in lines[1:]]
    return ["\n".join([first + lines[0], *rest])]


def _list(node: XmlNode) -> list[str]:
    start = node.get("start", "1")
    number = int(start) if start.isdecimal() and len(start) < 9 else 1
    items = []
    loose = False
    for item in node.nodes:
        found = write_blocks(item.children)
        loose = loose or any(child.name == "p" for child in item.nodes)
        mark = f"{number}. " if node.name == "ol" else "- "
        items += _indent(found or ["&#8203;"], mark, " " * len(mark))
        number += 1
    if not items:
        return []
    return [("\n\n" if loose else "\n").join(items if loose else [_tighten(one) for one in items])]


def _tighten(item: str) -> str:
    """Remove the blank line before a list that directly follows its item's text."""
    return re.sub(r"\n\n( *)(?=- |\d+\. )", r"\n\1", item)


def _table(node: XmlNode) -> list[str]:
    rows = [
        [_cell(cell) for cell in row.nodes if cell.name in ("td", "th")] for row in node.all("tr")
    ]
    rows = [row for row in rows if row]
    if not rows:
        return []
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    caption = [write_paragraph(one.children) for one in node.nodes if one.name == "caption"]
    return [*filter(None, caption), "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])]


def _cell(node: XmlNode) -> str:
    return (
        " ".join(part for part in write_blocks(node.children))
        .replace(BREAK, " ")
        .replace("\n", " ")
    )


def _code_block(node: XmlNode) -> list[str]:
    text = node.raw().strip("\n").replace("![", "! [")
    if "$" in text or "\ufffd" in text:
        lines = [escape_text(line.replace(" ", "\u00a0")) or "\u00a0" for line in text.split("\n")]
        return [BREAK.join(_LINE_START.sub(_escape_start, line) for line in lines)]
    fence = "`" * max(3, 1 + _longest_fence(text))
    return [f"{fence}\n{text}\n{fence}"] if text.strip() else []


def write_inline(children: Sequence[Child]) -> str:
    """Return inline content; `BREAK` marks a line break."""
    out = ""
    for child, after in zip(children, _next_letters(children), strict=True):
        out += escape_text(child) if isinstance(child, str) else _inline(child, out, after)
    return out


def escape_text(text: str) -> str:
    """Escape text so that Markdown finds no markup in it."""
    text = re.sub(r"[ \t\r\n\f]+", " ", text).replace("\\", "\ue013")
    text = _SPECIAL.sub(r"\\\1", text).replace("$", r"\$")
    return text.replace("\ue013", "&#92;")


def _inline(node: XmlNode, before: str, after: str) -> str:
    if node.name in ("strong", "b", "em", "i"):
        mark = "**" if node.name in ("strong", "b") else "*"
        return _emphasise(write_inline(node.children), mark, before, after)
    if node.name in ("math", "latex"):
        return write_formula(node)
    if node.name == "br":
        return BREAK
    if node.name == "code":
        return _code(node.raw())
    if node.name == "a":
        return _link(node, before)
    if node.name == "img":
        return _picture(node)
    if node.name in ("sup", "sub"):
        return _write_script(node)
    return write_inline(node.children)


def _picture(node: XmlNode) -> str:
    words = " ".join(re.sub(r"[\[\]$\\`*_<>]", "", node.get("alt")).split())
    return f"![{words}]({node.get('src')})" if node.get("src") else escape_text(words)


def write_formula(node: XmlNode) -> str:
    """Return a formula as `$…$`."""
    text = to_latex(node) if node.name == "math" else node.text()
    text = re.sub(r"(?<!\\)\$", r"\\$", text)
    return f"${text}$" if text.strip("\\") else ""


def _emphasise(text: str, mark: str, before: str, after: str) -> str:
    """Return emphasis where Markdown would recognise it, else the plain words."""
    inner = text.strip()
    if not inner or BREAK in inner:
        return text
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    opens = head or _edge(inner[0], before[-1:])
    closes = tail or _edge(inner[-1], after)
    touching = before.endswith("*") and not head
    if not opens or not closes or touching:
        return text
    return f"{head}{mark}{inner}{mark}{tail}"


def _edge(inner: str, outer: str) -> bool:
    return inner.isalnum() or not outer or not outer.isalnum()


def _next_letters(children: Sequence[Child]) -> list[str]:
    """Return the first letter after each child, or ""; one pass from the end."""
    found, letter = [], ""
    for child in reversed(children):
        found.append(letter)
        text = child if isinstance(child, str) else child.raw()
        letter = text[:1] or letter
    return found[::-1]


def _code(text: str) -> str:
    text = " ".join(text.split()).replace("![", "! [")
    if not text or "$" in text:
        return escape_text(text)
    fence = "`" * (1 + _longest_fence(text))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_fence(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _link(node: XmlNode, before: str) -> str:
    text, address = write_inline(node.children).strip(), node.get("href")
    if not re.match(r"(https?://|mailto:)", address) or not text or re.search(r"[<>\s$]", address):
        return write_inline(node.children)
    apart = "\u200b" if before.endswith("!") else ""
    return f"{apart}[{text.replace(BREAK, ' ')}](<{address}>)"


def _write_script(node: XmlNode) -> str:
    text = node.text()
    sign = "^" if node.name == "sup" else "_"
    return (
        f"${{}}{sign}{{{text}}}$"
        if re.fullmatch(r"[A-Za-z0-9+\-−]+", text)
        else write_inline(node.children)
    )
