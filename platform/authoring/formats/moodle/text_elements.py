"""Write the text elements of Moodle XML: HTML, with the pictures that it shows as base64."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from urllib.parse import quote

from authoring.formats.moodle.embedded_files import PREFIX
from authoring.formats.package_images import file_of_course
from authoring.formats.text import text_conversion
from courses.media.media_store import LocalCopies

WriteHtml = Callable[[text_conversion.Pictures], str]


class TextElements:
    """Writes elements that hold a text; `media` has the files of the course."""

    def __init__(self, media: LocalCopies) -> None:
        self._media = media

    def write(self, name: str, text: str, attributes: str = "", inside: str = "") -> str:
        """Return an element with a course text; `inside` are further elements in it."""
        return self.write_html(name, lambda pictures: to_html(text, pictures), attributes, inside)

    def write_html(
        self, name: str, write: WriteHtml, attributes: str = "", inside: str = ""
    ) -> str:
        """Return an element with HTML and the pictures that `write` asks for."""
        shown: dict[str, str] = {}

        def picture(address: str) -> str:
            path = file_of_course(self._media, address)
            if path is None:
                return ""
            content = base64.b64encode(path.read_bytes()).decode()
            shown[path.name] = (
                f'<file name="{escape(path.name)}" path="/" encoding="base64">{content}</file>\n'
            )
            return f"{PREFIX}{quote(path.name)}"

        html = write(picture)
        files = "".join(shown.values())
        return (
            f'<{name} format="html"{attributes}>\n<text>{cdata(html)}</text>\n'
            f"{files}{inside}</{name}>\n"
        )


def to_html(text: str, pictures: text_conversion.Pictures) -> str:
    return text_conversion.text_to_html(text, text_conversion.round_brackets, pictures)


def cdata(text: str) -> str:
    """Return a text that XML reads as it is."""
    if not any(sign in text for sign in "<>&"):
        return text
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
