"""The texts of one Moodle question, each in its own format and with its own pictures."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from authoring.formats.moodle.embedded_files import PREFIX, QuestionFiles
from authoring.formats.text import moodle_text, text_conversion
from authoring.formats.text.safe_xml import XmlNode, inner_html

# Characters that mark places in a text while it is converted.
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_FORMS = {"markdown": "markdown", "plain_text": "plain", "moodle_auto_format": "moodle",
          "wiki_like": "moodle"}  # fmt: skip


def children(node: XmlNode, *names: str) -> list[XmlNode]:
    """Return the child elements of these names; deeper ones belong to other elements."""
    return [child for child in node.nodes if child.name in names]


def child(node: XmlNode, name: str) -> XmlNode:
    """Return the first child element of a name, or an empty one."""
    return next(iter(children(node, name)), XmlNode(name))


def source_of(node: XmlNode) -> str:
    """Return what the file has in an element's `<text>`; some files leave out that element."""
    texts = children(node, "text")
    text = texts[0] if texts else XmlNode("", children=[*filter(_is_words, node.children)])
    return _PRIVATE.sub("", inner_html(text) if text.nodes else text.raw()).strip()


def value_of(node: XmlNode, name: str, other: str = "") -> str:
    """Return the value of a child element on one line, or `other` where there is none."""
    found = children(node, name)
    return found[0].text() if found else other


def is_on(value: str) -> bool:
    """Return whether a setting is on, as Moodle reads it."""
    return value.strip() not in ("false", "0", "")


def _is_words(part: XmlNode | str) -> bool:
    return isinstance(part, str)


class QuestionTexts:
    """Converts the texts of one question to course text."""

    def __init__(self, question: XmlNode, files: QuestionFiles, left_out: Counter[str]) -> None:
        self.left_out, self._files = left_out, files
        self._form = _form_of(child(question, "questiontext"), "html")

    def convert(self, node: XmlNode) -> str:
        return self.convert_source(source_of(node), node)

    def convert_remark(self, node: XmlNode) -> str:
        """Convert feedback, a hint or an explanation; one of nothing but tags is none."""
        return "" if moodle_text.is_blank(source_of(node)) else self.convert(node)

    def convert_source(self, source: str, node: XmlNode) -> str:
        """Convert a text that belongs to this element."""
        own = children(node, "file")
        return moodle_text.to_course_text(
            self._files.lift_inline(source),
            self.form_of(node),
            lambda address: self._files.picture(address, own),
            self.left_out,
        )

    def convert_reading(self, node: XmlNode) -> str:
        """Convert a text to the Markdown of a reading."""
        source, form, own = source_of(node), self.form_of(node), children(node, "file")
        if form == "markdown":
            source = text_conversion.markdown_to_html(source)
        elif form != "html":
            lines = (source if form == "moodle" else escape(source, quote=False)).split("\n")
            source = "<br>".join(lines)
        return text_conversion.html_to_reading(
            self._files.lift_inline(source),
            lambda address: self._files.picture(address, own),
            self.left_out,
        )

    def form_of(self, node: XmlNode) -> str:
        return _form_of(node, self._form)


def _form_of(node: XmlNode, default: str) -> str:
    named = node.get("format").strip()
    return _FORMS.get(named, "html") if named else default


def with_old_picture(question: XmlNode) -> XmlNode:
    """Return the text of the question, with the picture that Moodle 1 wrote apart."""
    node = child(question, "questiontext")
    name, data = value_of(question, "image"), value_of(question, "image_base64")
    if not name or not data:
        return node
    name = name.replace("/", "_")
    file = XmlNode("file", attributes={"name": name}, children=[data])
    source = f'{source_of(node)} <img src="{PREFIX}{escape(name)}">'
    text = XmlNode("text", children=[source])
    others = [one for one in node.nodes if one.name != "text"]
    return XmlNode(node.name, "", node.attributes, node.line, [text, *others, file])
