"""Convert the pages of a cartridge to readings: HTML, discussions, assignments and links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats.package_files import read_content
from authoring.formats.qti12.material import write_equations
from authoring.formats.text import text_conversion
from authoring.formats.text.html_to_markdown import escape_text
from authoring.formats.text.safe_xml import XmlNode, decode, inner_html

GUESSED_ENCODING = _("page that is not in UTF-8, read as Windows-1252 (check letters such as é)")
_TITLE = re.compile(r"<title[^<>]*>([^<]*)</title\s*>", re.IGNORECASE)
_FRAME = re.compile(
    r"<iframe\b[^<>]*?\bsrc\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')[^<>]*>(?:\s*+</iframe\s*>)?",
    re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^\s<>$]+")


class PageReader:
    """Converts pages to Markdown."""

    def __init__(self, picture: Callable[[str, str], str], left_out: Counter[str]) -> None:
        self._picture, self._left_out = picture, left_out

    def read_file(self, path: Path, place: str) -> tuple[str, str]:
        """Return the title of an HTML file, "" without one, and its Markdown."""
        html = self._decode(read_content(path, place), place)
        match = _TITLE.search(html)
        title = " ".join(unescape(match[1]).split()) if match else ""
        return title, self.convert(html, place)

    def convert(self, html: str, place: str) -> str:
        """Return HTML as Markdown; `place` is its file, from which addresses start."""
        folder = place.rpartition("/")[0]
        return text_conversion.html_to_reading(
            _FRAME.sub(_write_frame, write_equations(html)),
            lambda address: self._picture(address, folder),
            self._left_out,
        )

    def read_text(self, node: XmlNode, place: str) -> str:
        """Return the `<text>` of a discussion or assignment as Markdown."""
        text = node.first("text")
        if text is None:
            return ""
        html = inner_html(text) if text.nodes else text.raw()
        if text.get("texttype").lower() == "text/plain":
            html = escape(html, quote=False).replace("\n", "<br>")
        return self.convert(html, place)

    def _decode(self, content: bytes, place: str) -> str:
        try:
            return decode(content, place)
        except BrokenPackage:
            if b"\0" in content:
                raise
            self._left_out[GUESSED_ENCODING] += 1
            return content.decode("windows-1252", "replace")


def write_link(address: str, title: str) -> str:
    """Return the Markdown of a page with one link; "" for an address outside of the web."""
    address = address.strip().replace(" ", "%20")
    if not _WEB.fullmatch(address):
        return ""
    return f"[{escape_text(' '.join(title.split()) or address)}](<{address}>)"


def _write_frame(match: re.Match[str]) -> str:
    """Keep a frame, which is counted, and write its address after it as a link."""
    address = unescape(match[1] or match[2])
    address = f"https:{address}" if address.startswith("//") else address
    if not _WEB.fullmatch(address):
        return match[0]
    link = escape(address)
    return f'{match[0]}<p><a href="{link}">{link}</a></p>'
