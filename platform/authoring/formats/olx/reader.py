"""Reads an Open edX course: a page becomes a reading, the problems of a sequence a quiz."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.course_builder import Gathered, Package
from authoring.formats.olx import problem_reader, videos
from authoring.formats.olx.blocks import ROOTS, Block, Blocks, name_of
from authoring.formats.olx.sequence_policy import scenario_of, settings
from authoring.formats.package_images import Pictures
from authoring.formats.question_builder import Json
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import Node, decoded, html, root_of
from authoring.media.storage import Shelf
from authoring.slugs import course_slug, titled

_ALONE = (*ROOTS, "chapter", "sequential", "vertical", "problem")
OURS = "attune"


def fits(package: Package) -> bool:
    tops = [package.folder / f"{name}.xml" for name in ROOTS]
    if any(path.is_file() and root_of(path) in ROOTS for path in tops):
        return True
    files = package.files()
    return len(files) == 1 and root_of(files[0]) in _ALONE


def slug_of(package: Package) -> str:
    return _head(Blocks(package, Counter()).top, package)[0]


def read(package: Package, shelf: Shelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    reader = _Reader(package, shelf)
    return reader.course(), reader.gathered.left_out


def _head(top: Node, package: Package) -> tuple[str, str]:
    title = top.get("display_name") or top.get("name")
    parts = [top.get("org"), top.get("course"), name_of(top)]
    if parts[0] == OURS:
        return course_slug(parts[1]), title or titled(parts[1])
    name = course_slug(" ".join(part for part in parts if part) or title or package.name)
    return name, title or titled(package.name)


class _Reader:
    def __init__(self, package: Package, shelf: Shelf) -> None:
        self._package = package
        self.gathered = Gathered()
        self._blocks = Blocks(package, self.gathered.left_out)
        self._pictures = Pictures(package.folder, shelf, self.gathered.left_out)

    def course(self) -> Json:
        name, title = _head(self._blocks.top, self._package)
        for _sequence, blocks in groupby(
            self._blocks.found(), key=lambda block: id(block.sequence)
        ):
            self._sequence(list(blocks))
        self._note_beside()
        language = self._blocks.top.get("language")
        more = {"language": language} if re.fullmatch(r"[a-z]{2,3}(-\w{2,8})?", language) else {}
        return self.gathered.course(name, title, **more)

    def _sequence(self, blocks: list[Block]) -> None:
        """Convert a sequence; a test is one quiz, elsewhere pages and videos separate the
        quizzes.
        """
        counts = scenario_of(blocks[0].sequence) != "course"
        waiting: list[Block] = []
        page: list[Block] = []
        made = 0
        for block in [*blocks, None]:
            kind = block.node.name if block else ""
            if page and not (block and kind == "html" and block.vertical is page[-1].vertical):
                self._page(page)
                page = []
            if waiting and (block is None or (kind in ("html", "video") and not counts)):
                made += self._quiz(waiting, made + 1)
                waiting = []
            if block is None:
                break
            self._take(block, page, waiting)

    def _take(self, block: Block, page: list[Block], waiting: list[Block]) -> None:
        kind = block.node.name
        if kind == "html":
            page.append(block)
        elif kind == "problem":
            waiting.append(block)
        elif kind == "video":
            self._video(block)
        else:
            self.gathered.left_out[unsupported_messages.BLOCK.format(name=kind)] += 1

    def _page(self, blocks: list[Block]) -> None:
        texts = [self._markdown(block) for block in blocks]
        body = "\n\n".join(text for text in texts if text)
        if not body:
            self.gathered.left_out[_("page without text")] += 1
            return
        vertical = blocks[0].vertical
        title = blocks[0].title or (vertical.get("display_name") if vertical else "") or "Reading"
        self.gathered.reading(blocks[0].name, title, body)

    def _markdown(self, block: Block) -> str:
        return text_conversion.markdown_of(self._html(block), self._picture, self.gathered.left_out)

    def _html(self, block: Block) -> str:
        """Return the HTML in the block, or in the file that it names."""
        inside = html(block.node) if block.node.nodes else block.node.raw()
        if inside.strip():
            return inside
        name = block.node.get("filename") or block.name.replace(":", "/")
        folder = block.place.rpartition("/")[0] if block.place.startswith("html/") else "html"
        for place in (f"html/{name}.html", f"{folder}/{name}.html", f"html/{name}"):
            path = self._blocks.file(place)
            if path is not None:
                return decoded(path.read_bytes(), place)
        self.gathered.left_out[_("page whose file is missing from the package")] += 1
        return ""

    def _picture(self, address: str) -> str:
        return self._pictures.address(self._blocks.assets.place(address) or address.lstrip("/"))

    def _video(self, block: Block) -> None:
        title = block.title or "Video"
        content = videos.content(block.node, self._blocks, self.gathered.left_out)
        if content is not None:
            self.gathered.video(block.name, title, content)
            return
        self.gathered.left_out[_("video on another website (a reading gives its address)")] += 1
        self.gathered.reading(block.name, title, videos.elsewhere(block.node, title))

    def _quiz(self, blocks: list[Block], number: int) -> int:
        sequence = blocks[0].sequence
        left_out = self.gathered.left_out
        rows = [
            row
            for block in blocks
            for row in problem_reader.questions(
                block.node, block.name, block.title, self._picture, left_out
            )
        ]
        name = name_of(sequence) or blocks[0].name
        title = sequence.get("display_name") or blocks[0].title or "Questions"
        columns = settings(sequence, [block.node for block in blocks], left_out)
        self.gathered.quiz(name if number == 1 else f"{name}-{number}", title, rows, **columns)
        return 1

    def _note_beside(self) -> None:
        """Count the files of the package that are not part of the course itself."""
        left_out, folder = self.gathered.left_out, self._package.folder
        for name in ("tabs", "info", "about", "drafts", "textbooks"):
            found = [path for path in (folder / name).rglob("*") if path.is_file()]
            left_out[unsupported_messages.FILE.format(name=name)] += len(found)
