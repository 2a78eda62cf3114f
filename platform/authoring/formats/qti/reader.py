"""Reads a QTI 2.1, 2.2 or 3.0 package, or single items and tests: a section becomes a quiz."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats import unsupported_messages
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.package_files import join_path, parse_file
from authoring.formats.package_images import PackageImages
from authoring.formats.qti import weights
from authoring.formats.qti.identifiers import ITEM, MANIFEST, NEW, OLD, STIMULUS, TEST, name_of
from authoring.formats.qti.item_reader import read_questions
from authoring.formats.qti.version_3_names import to_version_2
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, make_title, slug

NO_ITEM = _(
    "expected questions in QTI 2.1, 2.2 or 3.0 (an assessmentItem), found none; export "
    "them as QTI 2.1 from the system they come from, or import them as GIFT or CSV"
)
_KINDS = frozenset([ITEM, TEST, *NEW])


def fits(package: Package) -> bool:
    return (package.folder / MANIFEST).is_file() or any(
        root_of(path) in _KINDS for path in _xml_files(package)
    )


def slug_of(package: Package) -> str:
    return _slug_and_title(package)[0]


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    name, title = _slug_and_title(package)
    reader = _QtiReader(package, shelf)
    reader.take(title)
    return reader.builder.build_course(name, title), reader.builder.left_out


def _xml_files(package: Package) -> list[Path]:
    files = package.files()
    suffixes = (".xml", ".qti")
    named = [path for path in files if path.suffix.lower() in suffixes and path.name != MANIFEST]
    return named or (files if len(files) == 1 else [])


def _slug_and_title(package: Package) -> tuple[str, str]:
    """Return slug and title: from the test, the manifest, or the name of the package."""
    for path in _xml_files(package):
        if _kind_of(path) == TEST:
            test = _parse_file(package, path)
            title = test.get("title") or make_title(package.name)
            return course_slug(name_of(test.get("identifier")) or title), title
    return course_slug(package.name), make_title(package.name)


def _parse_file(package: Package, path: Path) -> XmlNode:
    return to_version_2(parse_file(path, package.folder))


def _kind_of(path: Path) -> str:
    """Return the name of the root, as QTI 2 has it."""
    name = root_of(path)
    return NEW.get(name, name)


@dataclass(frozen=True, slots=True)
class _WeightedItem:
    """The place of an item, and its points where it is used; None = unknown."""

    place: str
    points: str | None = "1"


class _QtiReader:
    """Collects the tests and items of a package, by their place in it."""

    def __init__(self, package: Package, shelf: MediaShelf) -> None:
        self._package = package
        self.builder = CourseBuilder()
        self._pictures = PackageImages(package.folder, shelf, self.builder.left_out)
        self._items: dict[str, XmlNode] = {}
        self._stimuli: dict[str, XmlNode] = {}
        self._tests: list[tuple[str, XmlNode]] = []
        for path in _xml_files(package):
            self._sort(path.relative_to(package.folder).as_posix(), path)
        for place, item in self._items.items():
            self._add_shared_texts(place, item)
        self._taken: set[str] = set()

    def _sort(self, place: str, path: Path) -> None:
        kind = _kind_of(path)
        self.builder.left_out[_("file in QTI 1.2 next to items in QTI 2")] += kind == OLD
        if kind == ITEM:
            self._items[place] = _parse_file(self._package, path)
        elif kind == TEST:
            self._tests.append((place, _parse_file(self._package, path)))
        elif kind == STIMULUS:
            self._stimuli[place] = _parse_file(self._package, path)

    def take(self, title: str) -> None:
        if not self._items and not self._tests:
            raise BrokenPackage(self._package.name, "", NO_ITEM)
        for place, test in self._tests:
            self._note(test)
            for section in test.all("assessmentSection"):
                self._section(place, test, section)
        rest = [_WeightedItem(place) for place in self._ordered() if place not in self._taken]
        self._quiz("questions" if self._taken else "", title, rest)

    def _note(self, test: XmlNode) -> None:
        left_out = self.builder.left_out
        for name in ("preCondition", "branchRule", "selection", "timeLimits", "testFeedback"):
            left_out[unsupported_messages.OF_A_TEST.format(name=name)] += len(test.all(name))
        left_out["rubricBlock"] += len(test.all("rubricBlock"))

    def _section(self, place: str, test: XmlNode, section: XmlNode) -> None:
        """Add the items directly inside a section; a nested section is a quiz of its own."""
        folder = PurePosixPath(place).parent
        found = []
        for ref in section.nodes:
            if ref.name != "assessmentItemRef":
                continue
            item = _resolve_path(folder, ref.get("href"))
            if item in self._items:
                points = weights.find_points(test, ref, self._items[item])
                found.append(_WeightedItem(item, points))
            else:
                self.builder.left_out[
                    _("item that a test refers to and that is missing from the package")
                ] += 1
        name = name_of(section.get("identifier"))
        self._quiz(name, section.get("title") or test.get("title") or make_title(name), found)

    def _quiz(self, name: str, title: str, items: list[_WeightedItem]) -> None:
        self._taken.update(item.place for item in items)
        rows = [row for item in items for row in self._questions(item)]
        self.builder.add_quiz(name or slug(title, "quiz"), title, rows)

    def _questions(self, item: _WeightedItem) -> Iterator[Json]:
        folder = PurePosixPath(item.place).parent

        def picture(name: str) -> str:
            return self._pictures.address(_resolve_path(folder, name))

        rows = read_questions(self._items[item.place], picture, self.builder.left_out)
        yield from weights.with_points(rows, item.points, self.builder.left_out)

    def _add_shared_texts(self, place: str, item: XmlNode) -> None:
        """Put the texts that an item shares with others (QTI 3.0) before its own."""
        body, folder = item.first("itemBody"), PurePosixPath(place).parent
        for ref in reversed([one for one in item.nodes if one.name == f"{STIMULUS}Ref"]):
            other = _resolve_path(folder, ref.get("href"))
            text = self._stimuli[other].first("stimulusBody") if other in self._stimuli else None
            if text is None or body is None:
                self.builder.left_out[_("shared text that is missing from the package")] += 1
            else:
                part = _with_addresses(text, PurePosixPath(other).parent, len(folder.parts))
                body.children.insert(0, part)

    def _ordered(self) -> list[str]:
        """Return the items in the order of the manifest, then those it does not list."""
        manifest = self._package.folder / MANIFEST
        if not manifest.is_file():
            return list(self._items)
        listed = [
            _resolve_path(PurePosixPath(), one.get("href"))
            for one in _parse_file(self._package, manifest).all("resource")
        ]
        known = [place for place in listed if place in self._items]
        return list(dict.fromkeys([*known, *self._items]))


def _with_addresses(node: XmlNode, folder: PurePosixPath, depth: int) -> XmlNode:
    """Copy a text of another folder with addresses that are right from an item so deep."""
    named = {
        name: "../" * depth + _resolve_path(folder, value) if name in ("src", "data") else value
        for name, value in node.attributes.items()
    }
    children = [
        one if isinstance(one, str) else _with_addresses(one, folder, depth)
        for one in node.children
    ]
    name = "div" if node.name == "stimulusBody" else node.name
    return XmlNode(name, node.space, named, node.line, children)


def _resolve_path(folder: PurePosixPath, href: str) -> str:
    """Return the place of a file that another one refers to; "" outside the package."""
    return join_path(str(folder), unquote(href.split("?")[0].split("#")[0]))
