"""Reads an Open edX course: a page becomes a reading, the problems of a sequence a quiz."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.olx import problem_reader, videos
from authoring.formats.olx.blocks import ROOTS, OlxBlock, OlxBlocks, name_of
from authoring.formats.olx.sequence_policy import read_settings, scenario_of
from authoring.formats.package_images import PackageImages
from authoring.formats.question_builder import Json
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import XmlNode, decode, inner_html, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, make_title

_ALONE = (*ROOTS, "chapter", "sequential", "vertical", "problem")
OWN_ORG = "attune"


def fits(package: Package) -> bool:
    tops = [package.folder / f"{name}.xml" for name in ROOTS]
    if any(path.is_file() and root_of(path) in ROOTS for path in tops):
        return True
    files = package.files()
    return len(files) == 1 and root_of(files[0]) in _ALONE


def slug_of(package: Package) -> str:
    return _slug_and_title(OlxBlocks(package, Counter()).top, package)[0]


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    reader = _OlxReader(package, shelf)
    return reader.course(), reader.builder.left_out


def _slug_and_title(top: XmlNode, package: Package) -> tuple[str, str]:
    title = top.get("display_name") or top.get("name")
    parts = [top.get("org"), top.get("course"), name_of(top)]
    if parts[0] == OWN_ORG:
        return course_slug(parts[1]), title or make_title(parts[1])
    name = course_slug(" ".join(part for part in parts if part) or title or package.name)
    return name, title or make_title(package.name)


class _OlxReader:
    def __init__(self, package: Package, shelf: MediaShelf) -> None:
        self._package = package
        self.builder = CourseBuilder()
        self._blocks = OlxBlocks(package, self.builder.left_out)
        self._pictures = PackageImages(package.folder, shelf, self.builder.left_out)

    def course(self) -> Json:
        name, title = _slug_and_title(self._blocks.top, self._package)
        for _sequence, blocks in groupby(self._blocks.walk(), key=lambda block: id(block.sequence)):
            self._sequence(list(blocks))
        self._note_other_files()
        language = self._blocks.top.get("language")
        more = {"language": language} if re.fullmatch(r"[a-z]{2,3}(-\w{2,8})?", language) else {}
        return self.builder.build_course(name, title, **more)

    def _sequence(self, blocks: list[OlxBlock]) -> None:
        """Convert a sequence; a test is one quiz, elsewhere pages and videos separate the
        quizzes.
        """
        counts = scenario_of(blocks[0].sequence) != "course"
        waiting: list[OlxBlock] = []
        page: list[OlxBlock] = []
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
            self._sort(block, page, waiting)

    def _sort(self, block: OlxBlock, page: list[OlxBlock], waiting: list[OlxBlock]) -> None:
        kind = block.node.name
        if kind == "html":
            page.append(block)
        elif kind == "problem":
            waiting.append(block)
        elif kind == "video":
            self._video(block)
        else:
            self.builder.left_out[unsupported_messages.BLOCK.format(name=kind)] += 1

    def _page(self, blocks: list[OlxBlock]) -> None:
        texts = [self._markdown(block) for block in blocks]
        body = "\n\n".join(text for text in texts if text)
        if not body:
            self.builder.left_out[_("page without text")] += 1
            return
        vertical = blocks[0].vertical
        title = blocks[0].title or (vertical.get("display_name") if vertical else "") or "Reading"
        self.builder.add_reading(blocks[0].name, title, body)

    def _markdown(self, block: OlxBlock) -> str:
        return text_conversion.html_to_reading(
            self._html(block), self._picture, self.builder.left_out
        )

    def _html(self, block: OlxBlock) -> str:
        """Return the HTML in the block, or in the file that it names."""
        inside = inner_html(block.node) if block.node.nodes else block.node.raw()
        if inside.strip():
            return inside
        name = block.node.get("filename") or block.name.replace(":", "/")
        folder = block.place.rpartition("/")[0] if block.place.startswith("html/") else "html"
        for place in (f"html/{name}.html", f"{folder}/{name}.html", f"html/{name}"):
            path = self._blocks.file(place)
            if path is not None:
                return decode(path.read_bytes(), place)
        self.builder.left_out[_("page whose file is missing from the package")] += 1
        return ""

    def _picture(self, address: str) -> str:
        return self._pictures.address(self._blocks.assets.place(address) or address.lstrip("/"))

    def _video(self, block: OlxBlock) -> None:
        title = block.title or "Video"
        content = videos.video_content(block.node, self._blocks, self.builder.left_out)
        if content is not None:
            self.builder.add_video(block.name, title, content)
            return
        transcripts = len(videos.find_tracks(block.node))
        self.builder.left_out[_("transcript of a video on another website")] += transcripts
        if address := videos.find_other_site(block.node):
            self.builder.add_external_video(block.name, title, address)
            return
        self.builder.left_out[_("video on another website (a reading gives its address)")] += 1
        self.builder.add_reading(block.name, title, videos.write_link_page(block.node, title))

    def _quiz(self, blocks: list[OlxBlock], number: int) -> int:
        sequence = blocks[0].sequence
        left_out = self.builder.left_out
        rows = [
            row
            for block in blocks
            for row in problem_reader.read_questions(
                block.node, block.name, block.title, self._picture, left_out
            )
        ]
        name = name_of(sequence) or blocks[0].name
        title = sequence.get("display_name") or blocks[0].title or "Questions"
        columns = read_settings(sequence, [block.node for block in blocks], left_out)
        self.builder.add_quiz(name if number == 1 else f"{name}-{number}", title, rows, **columns)
        return 1

    def _note_other_files(self) -> None:
        """Count the files of the package that are not part of the course itself."""
        left_out, folder = self.builder.left_out, self._package.folder
        for name in ("tabs", "info", "about", "drafts", "textbooks"):
            found = [path for path in (folder / name).rglob("*") if path.is_file()]
            left_out[unsupported_messages.FILE.format(name=name)] += len(found)
