"""The files inside a Moodle XML file: pictures as base64, which its texts name."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from django.utils.translation import gettext_noop as _

from authoring.formats.package_images import PackageImages
from authoring.formats.text.safe_xml import XmlNode
from authoring.media.storage import MediaShelf

PREFIX = "@@PLUGINFILE@@/"
_DATA = re.compile(r"""\bsrc\s*=\s*(["'])data:image/[a-z.+-]+;base64,([^"']*)\1""", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80
_INLINE = "@@DATA@@/"


class EmbeddedFiles:
    """Writes pictures into the folder of the package, and returns their addresses on this site."""

    def __init__(self, folder: Path, shelf: MediaShelf, left_out: Counter[str]) -> None:
        self._root, self._left_out = folder, left_out
        self._folder: Path | None = None
        self._images = PackageImages(folder, shelf, left_out)

    def address(self, content: str, name: str) -> str:
        """Return the address of a picture given as base64; "" if it is unusable."""
        try:
            data = base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="files-", dir=self._root))
        folder = self._folder / hashlib.sha256(data).hexdigest()
        folder.mkdir(exist_ok=True)
        path = folder / (_UNSAFE.sub("-", name.rpartition("/")[2])[-_LONGEST_NAME:] or "picture")
        if path.is_dir():  # the name is "." or ".."
            path = folder / "picture"
        path.write_bytes(data)
        return self._images.address(path.relative_to(self._root).as_posix())

    def of_question(self, question: XmlNode) -> QuestionFiles:
        return QuestionFiles(self, self._images, question)


class QuestionFiles:
    """The files of one question; each text names first its own files, then any other."""

    def __init__(self, files: EmbeddedFiles, images: PackageImages, question: XmlNode) -> None:
        self._files, self._images = files, images
        self._all = question.all("file")
        self._used: set[int] = set()
        self._inline: dict[str, str] = {}

    def lift_inline(self, html: str) -> str:
        """Replace each `data:` address, which the cleaner would drop, by a name of ours."""

        def lift(match: re.Match[str]) -> str:
            name = f"{_INLINE}{len(self._inline)}"
            self._inline[name] = match[2]
            return f'src="{name}"'

        return _DATA.sub(lift, html)

    def picture(self, address: str, own: Iterable[XmlNode] = ()) -> str:
        """Return the address on this site of a picture that a text names."""
        if address in self._inline:
            return self._files.address(self._inline[address], "picture")
        if not address.startswith(PREFIX):
            return self._images.address(address)
        wanted = unquote(address[len(PREFIX) :].split("?")[0])
        for node in [*own, *self._all]:
            if wanted in (_place(node), node.get("name")):
                self._used.add(id(node))
                return self._files.address(node.raw(), node.get("name"))
        return self._images.address(wanted)

    def count_unused(self, left_out: Counter[str]) -> None:
        unused = sum(id(node) not in self._used for node in self._all)
        left_out[_("file of a question that is not a picture in its text")] += unused


def _place(node: XmlNode) -> str:
    return f"{node.get('path', '/')}{node.get('name')}".removeprefix("/")
