"""The files of QTI 1.2 in a package: each test or question bank becomes a quiz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.package_files import parse_file
from authoring.formats.package_images import PackageImages
from authoring.formats.qti.identifiers import MANIFEST, OLD
from authoring.formats.qti12.item_reader import read_question
from authoring.formats.qti12.metadata import parent_of, read_fields
from authoring.formats.qti12.quiz_settings import read_settings, value_of
from authoring.formats.qti12.references import PackageReferences, is_elsewhere
from authoring.formats.text.safe_xml import XmlNode, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import slug

SUFFIXES = (".xml", ".qti", ".dat")
# Canvas writes each quiz of a course twice; the copy in this folder has all of its questions.
_WHOLE = "non_cc_assessments"
_SETTINGS, BANK = "quiz", "objectbank"
DRAWN = _("question bank that a test draws from (all of its questions are in the test)")
MISSING_ITEM = _("item that a test refers to and that is missing from the package")
# Parts of a test that are counted where they hold a text.
_TEXTS = ("rubric", "objectives", "presentation_material", "assessfeedback", "sectionfeedback")


@dataclass(frozen=True, slots=True)
class QuizFile:
    """A test, a question bank or loose items, with the place of its file."""

    name: str
    place: str
    node: XmlNode


def xml_files(package: Package) -> list[Path]:
    """Return the files that may hold XML; a file alone may have any name."""
    files = package.files()
    named = [path for path in files if path.suffix.lower() in SUFFIXES and path.name != MANIFEST]
    return named or (files if len(files) == 1 else [])


def find_quizzes(package: Package) -> list[QuizFile]:
    """Return the tests and banks of a package, each once."""
    found: dict[str, QuizFile] = {}
    for path in xml_files(package):
        if root_of(path) != OLD:
            continue
        place = path.relative_to(package.folder).as_posix()
        for quiz in _split_file(parse_file(path, package.folder), place):
            key = quiz.name or f"{place}#{len(found)}"
            if key not in found or place.startswith(_WHOLE):
                found[key] = quiz
    return list(found.values())


def find_settings(package: Package) -> dict[str, XmlNode]:
    """Return Canvas's settings of quizzes by the identifiers of the quizzes."""
    nodes = [
        parse_file(path, package.folder)
        for path in xml_files(package)
        if path.name == "assessment_meta.xml" and root_of(path) == _SETTINGS
    ]
    return {node.get("identifier"): node for node in nodes}


def _split_file(top: XmlNode, place: str) -> Iterator[QuizFile]:
    """Yield each test and bank of a file, then the items outside of them."""
    groups = [node for node in top.nodes if node.name in ("assessment", BANK)]
    for node in groups:
        yield QuizFile(node.get("ident"), place, node)
    rest = [node for node in top.nodes if node not in groups]
    if any(node.name in ("item", "section") for node in rest):
        yield QuizFile("", place, XmlNode(OLD, children=[*rest]))


class QuizReader:
    """Adds the quizzes of a package to a course."""

    def __init__(
        self,
        package: Package,
        shelf: MediaShelf,
        builder: CourseBuilder,
        references: PackageReferences,
        quizzes: Sequence[QuizFile],
    ) -> None:
        self._banks = {quiz.name: quiz for quiz in quizzes if quiz.name}
        self._items = {
            item.get("ident"): item for quiz in quizzes for item in quiz.node.all("item")
        }
        self._builder, self._references = builder, references
        self._pictures = PackageImages(package.folder, shelf, builder.left_out)
        self._settings = find_settings(package)
        self.used: set[str] = set()

    def add(self, quiz: QuizFile, title: str) -> None:
        """Add a quiz; `title` is the one for a quiz without its own."""
        left_out = self._builder.left_out
        self._note(quiz.node)
        folder = quiz.place.rpartition("/")[0]

        def picture(address: str) -> str:
            return self.picture(address, folder)

        items = [*quiz.node.all("item"), *self._drawn_items(quiz)]
        passages = _find_passages(items)
        rows = [
            read_question(item, picture, left_out, passages.get(parent_of(item)))
            for item in items
            if item.get("ident") not in passages
        ]
        meta = self._settings.get(quiz.name)
        columns = read_settings(meta, left_out) if meta else {}
        heading = self.title_of(quiz) or title
        self._builder.add_quiz(
            quiz.name or slug(heading, "quiz"), heading, [row for row in rows if row], **columns
        )

    def _drawn_items(self, quiz: QuizFile) -> Iterator[XmlNode]:
        """Yield the items of banks that a test names, and all items of those it draws from."""
        for entry in quiz.node.all("bankentry_item"):
            item = self._items.get(entry.get("item_ref"))
            self._builder.left_out[MISSING_ITEM] += item is None
            if item is not None:
                yield item
        for name in banks_of(quiz):
            bank = self._banks.get(name)
            self._builder.left_out[MISSING_ITEM] += bank is None
            if bank is not None:
                self._builder.left_out[DRAWN] += 1
                yield from bank.node.all("item")

    def picture(self, address: str, folder: str) -> str:
        """Return the address on this site of a picture that a file of `folder` names."""
        place = self._references.find(address, folder)
        self.used.add(place)
        return self._pictures.address(place if place or is_elsewhere(address) else "missing")

    def title_of(self, quiz: QuizFile) -> str:
        meta = self._settings.get(quiz.name)
        own = value_of(meta, "title") if meta else ""
        return own or quiz.node.get("title") or _bank_title(quiz.node)

    def _note(self, node: XmlNode) -> None:
        left_out = self._builder.left_out
        selections = [one for one in node.all("selection") if one.first("selection_number")]
        left_out[unsupported_messages.OF_A_TEST.format(name="selection")] += len(selections)
        for name in _TEXTS:
            count = sum(bool(one.text()) for one in _outside_items(node, name))
            left_out[unsupported_messages.OF_A_TEST.format(name=name)] += count


def banks_of(quiz: QuizFile) -> list[str]:
    """Return the names of the banks that a test draws questions from."""
    return list(dict.fromkeys(node.text() for node in quiz.node.all("sourcebank_ref")))


def without_banks(quizzes: Sequence[QuizFile]) -> list[QuizFile]:
    """Return the quizzes except banks whose questions are in a test that draws from them."""
    drawn = {name for quiz in quizzes for name in banks_of(quiz)}
    return [quiz for quiz in quizzes if quiz.node.name != BANK or quiz.name not in drawn]


def _find_passages(items: Sequence[XmlNode]) -> dict[str, XmlNode]:
    """Return the items of Canvas's New Quizzes that are the text before others, by their names."""
    wanted = {parent_of(item) for item in items} - {""}
    return {item.get("ident"): item for item in items if item.get("ident") in wanted}


def _outside_items(node: XmlNode, name: str) -> Iterator[XmlNode]:
    for child in node.nodes:
        if child.name == name:
            yield child
        elif child.name != "item":
            yield from _outside_items(child, name)


def _bank_title(node: XmlNode) -> str:
    """Return the title of a Canvas question bank, which is among its metadata."""
    section = next((one for one in node.nodes if one.name == "section"), None)
    return read_fields(node).get("bank_title") or (section.get("title") if section else "")
