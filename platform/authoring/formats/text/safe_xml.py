"""Parse untrusted XML into a small tree: no entities, limited depth and size.

Expat itself opens no files. Entities that could grow (internal) or read other sources (external)
are refused where they are declared. The names of HTML (`&nbsp;`) are replaced by their letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.entities import html5
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.media.captions import NOT_UTF_8
from authoring.translatable_message import TranslatableMessage, message

MAX_BYTES = 16 * 1024**2
MAX_DEPTH = 100
MAX_NODES = 300_000
HEAD = 8192
BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "pre",
        "blockquote",
        "hr",
        "center",
        "figure",
        "figcaption",
        "address",
        "fieldset",
        "legend",
        "caption",
        "body",
    ]
)
VOID = frozenset(["br", "hr", "img", "mspace", "none", "mprescripts"])
_XML_ENTITIES = ("amp", "lt", "gt", "quot", "apos")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BEFORE = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"<(?:!DOCTYPE\s+)?(?:[A-Za-z_][\w.-]*:)?([A-Za-z_-]+)")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"}
# Bytes that a text may have to be delivered in one part.
LONGEST_TEXT = 1024 * 1024


class CdataText(str):
    """The text of a CDATA section, in which many tools write HTML."""

    __slots__ = ()


@dataclass(slots=True)
class XmlNode:
    """One element: its name and attributes without their namespaces, and its children."""

    name: str
    space: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0
    children: list[XmlNode | str] = field(default_factory=list)

    def get(self, name: str, other: str = "") -> str:
        return self.attributes.get(name, other)

    @property
    def nodes(self) -> list[XmlNode]:
        """The child elements."""
        return [child for child in self.children if isinstance(child, XmlNode)]

    def walk(self) -> Iterator[XmlNode]:
        """Yield this element and all its descendants, in document order."""
        yield self
        for child in self.nodes:
            yield from child.walk()

    def all(self, *names: str) -> list[XmlNode]:
        """Return the descendants of these names."""
        return [node for node in self.walk() if node.name in names and node is not self]

    def first(self, *names: str) -> XmlNode | None:
        return next(iter(self.all(*names)), None)

    def text(self) -> str:
        """Return all text in the element, on one line."""
        return " ".join(self.raw().split())

    def raw(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw() for child in self.children)


def parse(content: bytes, file: str) -> XmlNode:
    """Return the tree of an XML file; BrokenPackage names the line of an error."""
    if len(content) > MAX_BYTES:
        raise BrokenPackage(file, "", message(_("expected at most {most} bytes"), most=MAX_BYTES))
    text = _DECLARATION.sub("", _NAMED.sub(_letter, decode(content, file)), count=1)
    tree = _Tree(file)
    try:
        tree.parser.Parse(text.strip().encode(), True)
    except expat.ExpatError as error:
        place = message(
            _("line {line}, column {column}"), line=error.lineno, column=error.offset + 1
        )
        raise BrokenPackage(
            file,
            place,
            message(_("expected XML: {problem}"), problem=expat.ErrorString(error.code)),
        ) from error
    return tree.top.nodes[0]


def root_of(path: Path) -> str:
    """Return the name of the root from the first bytes of an XML file; "" where there is none."""
    with path.open("rb") as file:
        head = file.read(HEAD).replace(b"\0", b"")
    head = _BEFORE.sub(b"", head).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    match = _ROOT.match(head)
    return match[1].decode() if match else ""


def decode(content: bytes, file: str) -> str:
    """Return the text of a file: by its byte order mark, its declared encoding, or as UTF-8."""
    declared = _DECLARED.match(content)
    name = declared[1].decode().lower() if declared else "utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif name not in _ENCODINGS:
        raise BrokenPackage(
            file, "", message(_("expected UTF-8, found the encoding {name}"), name=name)
        )
    try:
        text = content.decode("utf-8-sig" if name in ("utf-8", "utf8") else name)
    except UnicodeError as error:
        where = (
            message(_("byte {byte}"), byte=error.start)
            if isinstance(error, UnicodeDecodeError)
            else ""
        )
        raise BrokenPackage(
            file, where, message(_("expected {encoding}"), encoding=name.upper())
        ) from error
    if "\0" in text:
        raise BrokenPackage(file, "", _("expected text, found a NUL byte"))
    return text


def decode_text(content: bytes, file: str) -> str:
    """Return the text of a file that declares no encoding; BrokenPackage says how to save it."""
    try:
        return decode(content, file)
    except BrokenPackage as broken:
        if "\0" in content.decode("utf-8", "ignore"):
            raise
        raise BrokenPackage(file, broken.place, NOT_UTF_8) from broken


def inner_html(node: XmlNode) -> str:
    """Return the content of an element as HTML; the cleaner removes unknown names."""
    return "".join(
        escape(child, quote=False) if isinstance(child, str) else outer_html(child)
        for child in node.children
    )


def outer_html(node: XmlNode) -> str:
    """Return an element with its content as HTML."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    if node.name in VOID and not node.children:
        return f"<{node.name}{attributes}>"
    return f"<{node.name}{attributes}>{inner_html(node)}</{node.name}>"


def _letter(match: re.Match[str]) -> str:
    """Return the letter of a named HTML entity; the five of XML stay as they are."""
    found = html5.get(f"{match[1]};") if match[1] not in _XML_ENTITIES else None
    return escape(found) if found is not None else match[0]


class _Tree:
    """Builds the tree from expat's events."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.top = XmlNode("")
        self._open = [self.top]
        self._seen = 0
        self._kind: type[str] = str
        self.parser = parser = expat.ParserCreate("utf-8", "}")
        parser.buffer_text = True
        # In parts, a long text of HTML in CDATA would be taken for HTML and for plain text.
        parser.buffer_size = LONGEST_TEXT
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartCdataSectionHandler = lambda: self._expect(CdataText)
        parser.EndCdataSectionHandler = lambda: self._expect(str)
        parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._seen += 1
        if len(self._open) > MAX_DEPTH:
            raise self._broken(
                message(_("expected at most {most} levels of nested elements"), most=MAX_DEPTH)
            )
        if self._seen > MAX_NODES:
            raise self._broken(message(_("expected at most {most} elements"), most=MAX_NODES))
        space, _mark, local = name.rpartition("}")
        own = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        node = XmlNode(local, space, own, self.parser.CurrentLineNumber)
        self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].children.append(self._kind(text))

    def _expect(self, kind: type[str]) -> None:
        self._kind = kind

    def _entity(self, name: str, *_rest: object) -> None:
        raise self._broken(message(_("expected no custom entity, found {name!r}"), name=name[:40]))

    def _broken(self, what: TranslatableMessage) -> BrokenPackage:
        return BrokenPackage(
            self.file, message(_("line {line}"), line=self.parser.CurrentLineNumber), what
        )
