"""Reads a cartridge: pages become readings, films videos, and tests quizzes, in their order."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from html import escape
from pathlib import PurePosixPath

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats import unsupported_messages
from authoring.formats.cartridge.manifest import (
    HIDDEN,
    CartridgeResource,
    OutlineEntry,
    is_cartridge,
    read_outline,
    read_resources,
)
from authoring.formats.cartridge.pages import PageReader, write_link
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.olx.videos import SUFFIXES
from authoring.formats.package_files import parse_file
from authoring.formats.qti.identifiers import MANIFEST
from authoring.formats.qti12.quiz_files import (
    QuizFile,
    QuizReader,
    find_quizzes,
    without_banks,
)
from authoring.formats.qti12.reader import manifest_title, read_manifest
from authoring.formats.qti12.references import PackageReferences
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode
from authoring.media import video_metadata
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, digest, make_title, slug
from courses.external_videos import find_player

LTI = _("link to an external tool (LTI)")
DISCUSSION = _("discussion (its text becomes a reading)")
ASSIGNMENT = _("assignment (its text becomes a reading, and nothing is submitted)")
MISSING = _("item of a module that is missing from the package")
NO_CONTENT = _("expected a course with pages, tests or films (a Common Cartridge), found none")
_PAGES = (".html", ".htm", ".xhtml")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_SETTINGS = "course_settings"
_SYLLABUS = f"{_SETTINGS}/syllabus.html"
# Settings that are read, or that hold nothing a learner sees.
_READ_SETTINGS = ("module_meta.xml", "course_settings.xml", "syllabus.html", "canvas_export.txt")


def fits(package: Package) -> bool:
    return (package.folder / MANIFEST).is_file() and is_cartridge(read_manifest(package))


def slug_of(package: Package) -> str:
    return course_slug(_title_of(package, read_manifest(package)))


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    reader = _CartridgeReader(package, shelf)
    title = _title_of(package, reader.manifest)
    reader.take()
    return reader.builder.build_course(title, title), reader.builder.left_out


def _title_of(package: Package, manifest: XmlNode) -> str:
    path = package.folder / _SETTINGS / "course_settings.xml"
    title = parse_file(path, package.folder).first("title") if path.is_file() else None
    own = title.text() if title else ""
    return own or manifest_title(manifest) or make_title(package.name)


class _CartridgeReader:
    def __init__(self, package: Package, shelf: MediaShelf) -> None:
        self._package = package
        self.builder = CourseBuilder()
        self._left_out = self.builder.left_out
        self.manifest = read_manifest(package)
        self._resources = read_resources(self.manifest)
        hrefs = {name: one.file for name, one in self._resources.items()}
        self._references = PackageReferences(package.folder, hrefs)
        self._quizzes = find_quizzes(package)
        self._quiz_reader = QuizReader(
            package, shelf, self.builder, self._references, self._quizzes
        )
        self._quiz_reader.used.update(quiz.place for quiz in self._quizzes)
        # Resources that are another form of what is read.
        self._names = {quiz.name for quiz in self._quizzes}
        self._names |= {one.name for one in self._resources.values() if one.is_other_form}
        self._quizzes = without_banks(self._quizzes)
        self._pages = PageReader(self._quiz_reader.picture, self._left_out)
        self._used = self._quiz_reader.used

    def take(self) -> None:
        entries = read_outline(self._package, self.manifest, self._left_out)
        if not entries and not self._quizzes and not self._unlisted_pages():
            raise BrokenPackage(self._package.name, "", NO_CONTENT)
        if (self._package.folder / _SYLLABUS).is_file():
            self._page(_SYLLABUS, "Syllabus", "syllabus")
        for entry in entries:
            self._entry(entry)
        for place in self._unlisted_pages():
            self._page(place, "", PurePosixPath(place).stem)
        for quiz in self._quizzes:
            self._quiz(quiz, "")
        self._note_unused()

    def _unlisted_pages(self) -> list[str]:
        """Return Canvas's pages that no module shows."""
        hidden = {one.file for one in self._resources.values() if one.is_for_teachers}
        places = [one.file for one in self._resources.values() if one.file not in hidden]
        return [
            place
            for place in places
            if place.startswith("wiki_content/") and place not in self._used
        ]

    def _entry(self, entry: OutlineEntry) -> None:
        resource = self._resources.get(entry.resource)
        if entry.is_hidden or (resource is not None and resource.is_for_teachers):
            self._hide(entry, resource)
        elif entry.kind == "ContextExternalTool":
            self._left_out[LTI] += 1
        elif resource is None and entry.url:
            self._link(entry.url, entry.title, entry.resource)
        elif resource is None:
            quizzes = [one for one in self._quizzes if one.name == entry.resource and one.name]
            self._left_out[MISSING] += not quizzes
            for quiz in quizzes:
                self._quiz(quiz, entry.title)
        else:
            self._resource(resource, entry.title)

    def _hide(self, entry: OutlineEntry, resource: CartridgeResource | None) -> None:
        files = resource.files if resource else ()
        self._used.update(files)
        self._quizzes = [
            one for one in self._quizzes if one.name != entry.resource and one.place not in files
        ]
        self._left_out[HIDDEN] += 1

    def _resource(self, resource: CartridgeResource, title: str) -> None:
        """Add a resource as the kind of unit that its type asks for."""
        kind = resource.kind
        quizzes = [
            one for one in self._quizzes if one.name == resource.name or one.place in resource.files
        ]
        self._used.update(resource.files if quizzes else [resource.file])
        if quizzes:
            for quiz in quizzes:
                self._quiz(quiz, title)
        elif kind.startswith("imswl"):
            self._web_link(resource, title)
        elif kind.startswith(("imsdt", "assignment")):
            self._left_out[DISCUSSION if kind.startswith("imsdt") else ASSIGNMENT] += 1
            self._topic(resource, title)
        elif kind.startswith("imsbasiclti"):
            self._left_out[LTI] += 1
        elif kind.startswith("imsqti"):
            self._left_out[MISSING] += 1
        else:
            settings = any(one.endswith("assignment_settings.xml") for one in resource.files)
            self._left_out[ASSIGNMENT] += settings
            self._used.update(resource.files if settings else ())
            self._file(resource, title)

    def _file(self, resource: CartridgeResource, title: str) -> None:
        place = next((one for one in resource.files if one.lower().endswith(_PAGES)), resource.file)
        suffix = PurePosixPath(place).suffix.lower()
        if not self._has_file(place):
            self._left_out[MISSING] += 1
        elif suffix in _PAGES:
            self._page(place, title, resource.name)
        elif suffix in SUFFIXES:
            self._film(place, title, resource.name)
        elif suffix in _PICTURES:
            html = f'<img src="/{escape(place)}" alt="{escape(title)}">'
            self._reading(resource.name, title, self._pages.convert(html, ""))
        else:
            self._used.discard(place)

    def _has_file(self, place: str) -> bool:
        path = self._package.folder / place
        return bool(place) and len(place) <= 240 and path.is_file() and not path.is_symlink()

    def _page(self, place: str, title: str, name: str) -> None:
        self._used.add(place)
        if not self._has_file(place):
            self._left_out[MISSING] += 1
            return
        own, body = self._pages.read_file(self._package.folder / place, place)
        self._reading(name, title or own or make_title(PurePosixPath(place).stem), body)

    def _reading(self, name: str, title: str, body: str) -> None:
        if body:
            self.builder.add_reading(name or slug(title, "page"), title, body)
        else:
            self._left_out[_("page without text")] += 1

    def _xml(self, resource: CartridgeResource) -> XmlNode | None:
        if not self._has_file(resource.file):
            self._left_out[MISSING] += 1
            return None
        return parse_file(self._package.folder / resource.file, self._package.folder)

    def _web_link(self, resource: CartridgeResource, title: str) -> None:
        node = self._xml(resource)
        if node is not None:
            url = node.first("url")
            own = node.first("title")
            self._link(
                url.get("href") if url else "", title or (own.text() if own else ""), resource.name
            )

    def _link(self, address: str, title: str, name: str) -> None:
        if player := find_player(address):
            self.builder.add_external_video(name or slug(title, "video"), title or "Video", player)
            return
        body = write_link(address, title)
        self._left_out[_("link that is not an address on the web")] += not body
        if body:
            self.builder.add_reading(name or slug(title, "link"), title or "Link", body)

    def _topic(self, resource: CartridgeResource, title: str) -> None:
        node = self._xml(resource)
        if node is not None:
            own = node.first("title")
            heading = title or (own.text() if own else "")
            self._reading(resource.name, heading, self._pages.read_text(node, resource.file))

    def _film(self, place: str, title: str, name: str) -> None:
        film = video_metadata.measure(self._package.folder / place)
        if not film.seconds:
            self._used.discard(place)
            return
        size = {"width": film.width, "height": film.height} if film.width else {}
        files = {"video": self._safe_copy(place), "captions": []}
        self.builder.add_video(
            name, title, {"duration": film.seconds, **size, "files": files, "questions": []}
        )

    def _safe_copy(self, place: str) -> str:
        """Return the place of a film under a name that course.json can hold."""
        if re.fullmatch(r"[A-Za-z0-9._/-]+", place):
            return place
        path = PurePosixPath(place)
        safe = f"attune-films/{slug(path.stem, 'film')}-{digest(place)}{path.suffix.lower()}"
        target = self._package.folder / safe
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(self._package.folder / place, target)
        return safe

    def _quiz(self, quiz: QuizFile, title: str) -> None:
        self._quizzes = [one for one in self._quizzes if one is not quiz]
        self._quiz_reader.add(quiz, title or make_title(self._package.name))

    def _note_unused(self) -> None:
        """Count the resources that became no part of the course, each under what it is."""
        for resource in self._resources.values():
            if resource.file in self._used or resource.name in self._names:
                continue
            suffix = PurePosixPath(resource.file).suffix.lstrip(".").upper()
            what = _unused_label(resource, suffix)
            self._left_out[what] += bool(what)
        folder = self._package.folder / _SETTINGS
        others = [path for path in folder.glob("*") if path.name not in _READ_SETTINGS]
        self._left_out[unsupported_messages.FILE.format(name=_SETTINGS)] += len(others)


def _unused_label(resource: CartridgeResource, suffix: str) -> str:
    """Return what a resource outside the course is; "" where it is counted elsewhere."""
    if resource.kind.startswith("imsbasiclti"):
        return LTI
    if resource.kind.startswith("imsqti"):
        return MISSING
    if resource.kind.startswith("imsdt"):
        return _("discussion that no module shows")
    if resource.kind.startswith("imswl"):
        return _("link that no module shows")
    if resource.file.startswith(f"{_SETTINGS}/") or resource.file.endswith("assessment_meta.xml"):
        return ""
    if resource.kind.startswith("associatedcontent") and suffix == "XML":
        return _("settings of a discussion or assignment")
    return unsupported_messages.DOWNLOAD.format(name=suffix or "other")
