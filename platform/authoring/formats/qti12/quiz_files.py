"""The files of QTI 1.2 in a package: each test or question bank becomes a quiz."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.course_builder import (
    CourseBuilder,
    Package,
    find_question_flaw,
)
from authoring.formats.package_files import parse_file
from authoring.formats.package_images import PackageImages
from authoring.formats.qti.identifiers import MANIFEST, OLD
from authoring.formats.qti12.item_reader import read_question
from authoring.formats.qti12.metadata import parent_of, read_fields
from authoring.formats.qti12.question_groups import QuestionGroup, find_groups
from authoring.formats.qti12.quiz_settings import read_settings, value_of
from authoring.formats.qti12.references import PackageReferences, is_elsewhere
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import slug

SUFFIXES = (".xml", ".qti", ".dat")
# Canvas writes each quiz of a course twice; the copy in this folder has all of its questions.
_WHOLE = "non_cc_assessments"
_SETTINGS, BANK = "quiz", "objectbank"
DRAWN = _("question bank that a test draws from (all of its questions are in the test)")
_ORDER = _("place of random questions of a test (they come after its other questions)")
MISSING_ITEM = _("item that a test refers to and that is missing from the package")
_ITEMS = ("item", "itemref", "sourcebank_ref")
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
        self._rows: dict[int, Json | None] = {}
        self._bank_tags: dict[str, str] = {}

    def add(self, quiz: QuizFile, title: str) -> None:
        """Add a quiz; `title` is the one for a quiz without its own."""
        left_out, heading = self._builder.left_out, self.title_of(quiz) or title
        meta = self._settings.get(quiz.name)
        columns = read_settings(meta, left_out) if meta else {}
        groups = self._drawn_groups(quiz) if columns.get("scenario") else []
        self._note(quiz.node, len(groups))
        drawn = {id(item) for group in groups for item in group.items}
        found = [*quiz.node.all("item"), *self._drawn_items(quiz, groups)]
        items = [item for item in found if id(item) not in drawn]
        rows = self._read_items(items, quiz)
        left_out[_("test without questions")] += not found and not quiz.node.all(*_ITEMS)
        if groups:
            columns |= self._fill_bank(groups, heading, quiz)
            left_out[_ORDER] += _comes_before(quiz.node, groups, items)
        self._builder.add_quiz(quiz.name or slug(heading, "quiz"), heading, rows, **columns)

    def _read_items(self, items: Sequence[XmlNode], quiz: QuizFile) -> list[Json]:
        """Return the questions of the items of a file."""
        passages = _find_passages(items)
        rows = [
            self._read_item(item, quiz, passages.get(parent_of(item)))
            for item in items
            if item.get("ident") not in passages
        ]
        return [dict(row) for row in rows if row]

    def _read_item(self, item: XmlNode, quiz: QuizFile, passage: XmlNode | None) -> Json | None:
        """Return the question; what it leaves out is counted once."""
        folder = quiz.place.rpartition("/")[0]

        def picture(address: str) -> str:
            return self.picture(address, folder)

        if id(item) not in self._rows:
            left_out = self._builder.left_out
            self._rows[id(item)] = read_question(item, picture, left_out, passage)
        return self._rows[id(item)]

    def _drawn_groups(self, quiz: QuizFile) -> list[QuestionGroup]:
        """Return the groups of a test of which enough questions can be read here.

        Of a bank, all draws of the test are groups, or none.
        """
        groups = find_groups(quiz.node, {name: bank.node for name, bank in self._banks.items()})
        named = Counter(node.text() for node in quiz.node.all("sourcebank_ref"))
        drawn, exact = Counter[str](), Counter[str]()
        for group in groups:
            drawn[group.source] += group.count
            exact[group.source] += 1
        return [
            group
            for group in groups
            if (not group.source or exact[group.source] == named[group.source])
            and self._count_readable(group, quiz)
            >= (drawn[group.source] if group.source else group.count)
        ]

    def _count_readable(self, group: QuestionGroup, quiz: QuizFile) -> int:
        """Return how many questions of a group can be stored; 0 if they share a text."""
        if any(parent_of(item) for item in group.items):
            return 0
        rows = self._read_items(group.items, self._banks.get(group.source, quiz))
        return sum(not find_question_flaw(row) for row in rows)

    def _fill_bank(self, groups: Sequence[QuestionGroup], heading: str, quiz: QuizFile) -> Json:
        """Put the groups into the bank, each under a tag of its own; return the test's entries."""
        entries = []
        for group in groups:
            tag = self._bank_tags.get(group.source) if group.source else None
            if tag is None:
                tag = self._take_tag(group, heading)
                read = self._read_items(group.items, self._banks.get(group.source, quiz))
                self._builder.add_to_bank(read, tag, heading)
            entries.append(group.entry(tag))
        return {"random_questions": entries}

    def _take_tag(self, group: QuestionGroup, heading: str) -> str:
        bank = self._banks.get(group.source)
        title = self.title_of(bank) if bank else group.title
        tag = self._builder.take_tag(title or heading)
        if group.source:
            self._bank_tags[group.source] = tag
        return tag

    def _drawn_items(self, quiz: QuizFile, groups: Sequence[QuestionGroup]) -> Iterator[XmlNode]:
        """Yield the items of banks that a test names, and all items of those it draws from.

        Banks that `groups` draw from exactly are left out.
        """
        for entry in quiz.node.all("bankentry_item"):
            item = self._items.get(entry.get("item_ref"))
            self._builder.left_out[MISSING_ITEM] += item is None
            if item is not None:
                yield item
        exact = {group.source for group in groups}
        for name in (name for name in banks_of(quiz) if name not in exact):
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

    def _note(self, node: XmlNode, drawn: int) -> None:
        """Count what a test here does not have; `drawn` of its selections are read."""
        left_out = self._builder.left_out
        selections = [one for one in node.all("selection") if one.first("selection_number")]
        left_out[unsupported_messages.OF_A_TEST.format(name="selection")] += len(selections) - drawn
        for name in _TEXTS:
            count = sum(bool(one.text()) for one in _outside_items(node, name))
            left_out[unsupported_messages.OF_A_TEST.format(name=name)] += count


def _comes_before(test: XmlNode, groups: Sequence[QuestionGroup], items: Sequence[XmlNode]) -> bool:
    """Return whether a group comes before another question of the test."""
    order = {id(node): place for place, node in enumerate(test.walk())}
    first = min(order[id(group.section)] for group in groups)
    return any(order.get(id(item), 0) > first for item in items)


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
