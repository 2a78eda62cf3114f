"""Reads QTI 1.2: a package of Canvas, Blackboard or Respondus, or files of questions alone."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats import unsupported_messages
from authoring.formats.course_builder import CourseBuilder, Package
from authoring.formats.package_files import parse_file
from authoring.formats.qti.identifiers import ITEM, MANIFEST, OLD
from authoring.formats.qti12.quiz_files import (
    SUFFIXES,
    QuizFile,
    QuizReader,
    find_quizzes,
    find_settings,
    without_banks,
    xml_files,
)
from authoring.formats.qti12.quiz_settings import value_of
from authoring.formats.qti12.references import PackageReferences
from authoring.formats.question_builder import Json
from authoring.formats.text.safe_xml import XmlNode, root_of
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, make_title

# A picture without a question here belongs to one that is counted itself.
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
NO_QUESTION = _("expected questions in QTI 1.2 (an item), found none")


def fits(package: Package) -> bool:
    """Return whether a package holds QTI 1.2 and no newer version of it."""
    roots = {root_of(path) for path in xml_files(package)}
    return OLD in roots and ITEM not in roots


def slug_of(package: Package) -> str:
    return course_slug(_title_of(package, find_quizzes(package), read_manifest(package)))


def read(package: Package, shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    quizzes = find_quizzes(package)
    if not any(quiz.node.first("item") for quiz in quizzes):
        raise BrokenPackage(package.name, "", NO_QUESTION)
    manifest = read_manifest(package)
    title = _title_of(package, quizzes, manifest)
    builder = CourseBuilder()
    references = PackageReferences(package.folder, _resource_hrefs(manifest))
    reader = QuizReader(package, shelf, builder, references, quizzes)
    order = {place: at for at, place in enumerate(_listed_files(manifest))}
    for quiz in sorted(without_banks(quizzes), key=lambda quiz: order.get(quiz.place, len(order))):
        reader.add(quiz, title)
    _note_other_files(package, reader.used | {quiz.place for quiz in quizzes}, builder.left_out)
    return builder.build_course(course_slug(title), title), builder.left_out


def _note_other_files(package: Package, used: set[str], left_out: Counter[str]) -> None:
    """Count the files that no question shows, such as the pages of a Brightspace course."""
    for path in package.files():
        suffix = path.suffix.lower()
        place = path.relative_to(package.folder).as_posix()
        if suffix not in ("", *SUFFIXES, *_PICTURES) and place not in used and path.name[0] != ".":
            left_out[unsupported_messages.DOWNLOAD.format(name=suffix[1:].upper())] += 1


def read_manifest(package: Package) -> XmlNode:
    """Return the manifest; an empty element where there is none."""
    path = package.folder / MANIFEST
    return parse_file(path, package.folder) if path.is_file() else XmlNode("manifest")


def _resource_hrefs(manifest: XmlNode) -> dict[str, str]:
    """Return the file of each resource of a manifest by its identifier."""
    found = {}
    for resource in manifest.all("resource"):
        files = [one.get("href") for one in resource.all("file")]
        found[resource.get("identifier")] = resource.get("href") or next(iter(files), "")
    return found


def _listed_files(manifest: XmlNode) -> list[str]:
    return [
        href
        for one in manifest.all("resource", "file")
        for key in ("href", "file")
        if (href := one.get(key))
    ]


def manifest_title(manifest: XmlNode) -> str:
    """Return the title in the metadata of a manifest."""
    metadata = next((node for node in manifest.nodes if node.name == "metadata"), XmlNode(""))
    title = metadata.first("title")
    return title.text() if title else ""


def _title_of(package: Package, quizzes: list[QuizFile], manifest: XmlNode) -> str:
    """Return the title of the only test, of the manifest, or else the name of the package."""
    if len(quizzes) == 1:
        meta = find_settings(package).get(quizzes[0].name)
        title = (value_of(meta, "title") if meta else "") or quizzes[0].node.get("title")
    else:
        title = manifest_title(manifest)
    return title or make_title(package.name)
