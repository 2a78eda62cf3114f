"""The manifest of a cartridge: its resources, and its items in the order of the course."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats.course_builder import Package
from authoring.formats.package_files import join_path, parse_file
from authoring.formats.qti.identifiers import MANIFEST
from authoring.formats.text.safe_xml import XmlNode

MODULES = "course_settings/module_meta.xml"
MAX_ENTRIES = 10_000
HEADING = _("module or heading (its content is read in the same order)")
HIDDEN = _("unpublished page or test that learners do not see")
CONDITION = _("condition or date of a module")
_OF_A_CARTRIDGE = re.compile(
    r"imscc_xmlv|imswl_|imsdt_|imsbasiclti|associatedcontent|assignment_xmlv|course-credit"
)
_CONDITIONS = ("prerequisite", "completionRequirement", "unlock_at")
_TEACHERS = frozenset(["instructor", "mentor"])


@dataclass(frozen=True, slots=True)
class CartridgeResource:
    """A resource: its kind in lower case, and its files, the main one first.

    It may be another form of a resource, for systems that cannot read that one.
    """

    name: str
    kind: str
    files: tuple[str, ...]
    is_for_teachers: bool = False
    is_other_form: bool = False

    @property
    def file(self) -> str:
        return next(iter(self.files), "")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One item of a module: the resource it shows, or an address; learners see no hidden one."""

    resource: str
    title: str
    url: str = ""
    kind: str = ""
    is_hidden: bool = False


def is_cartridge(manifest: XmlNode) -> bool:
    """Return whether a manifest is that of a cartridge, and not only of a list of questions."""
    schema = " ".join(one.text().lower() for one in manifest.all("schema"))
    kinds = [one.get("type").lower() for one in manifest.all("resource")]
    others = [kind for kind in kinds if not kind.startswith("imsqti_")]
    if "common cartridge" in schema and any("webcontent" in one or _is_own(one) for one in kinds):
        return True
    return any(_is_own(kind) for kind in others) and not _is_quiz_export(kinds)


def _is_own(kind: str) -> bool:
    return _OF_A_CARTRIDGE.search(kind) is not None


def _is_quiz_export(kinds: list[str]) -> bool:
    """Return whether the only content is quizzes with Canvas's settings, as in its quiz export."""
    parts = ("imsqti_", "associatedcontent", "webcontent")
    return any(kind.startswith("imsqti_") for kind in kinds) and all(
        kind.startswith(parts) for kind in kinds
    )


def read_resources(manifest: XmlNode) -> dict[str, CartridgeResource]:
    """Return the resources by their identifiers."""
    found = {}
    for node in manifest.all("resource"):
        hrefs = [node.get("href"), *(one.get("href") for one in node.all("file"))]
        base = node.get("base")
        files = dict.fromkeys(join_path(base, href) for href in hrefs if href)
        roles = {
            one.text().lower()
            for one in node.all("intendedEndUserRole")
            for one in one.all("value")
        }
        name = node.get("identifier")
        found[name] = CartridgeResource(
            name,
            node.get("type").lower(),
            tuple(files),
            is_for_teachers=bool(roles) and roles <= _TEACHERS,
            is_other_form=node.first("variant") is not None,
        )
    return found


def read_outline(package: Package, manifest: XmlNode, left_out: Counter[str]) -> list[OutlineEntry]:
    """Return the items in order: those of Canvas's modules, else those of the manifest."""
    path = package.folder / MODULES
    if path.is_file():
        entries = list(_canvas_entries(parse_file(path, package.folder), left_out))
        if entries:
            return entries
    tops = [one for one in manifest.nodes if one.name == "organizations"]
    organizations = [one for top in tops for one in top.nodes if one.name == "organization"]
    # Several organizations are several views of one course.
    found = list(_manifest_entries(organizations[0], left_out)) if organizations else []
    if len(found) > MAX_ENTRIES:
        raise BrokenPackage(MANIFEST, "", _("expected a course, found too many items"))
    return found


def _manifest_entries(node: XmlNode, left_out: Counter[str]) -> Iterator[OutlineEntry]:
    for item in node.nodes:
        if item.name != "item":
            continue
        title = next((one.text() for one in item.nodes if one.name == "title"), "")
        if item.get("identifierref"):
            yield OutlineEntry(item.get("identifierref"), title)
        elif title:
            left_out[HEADING] += 1
        yield from _manifest_entries(item, left_out)


def _canvas_entries(modules: XmlNode, left_out: Counter[str]) -> Iterator[OutlineEntry]:
    """Yield the items of the modules; none is hidden where nothing is published."""
    left_out[CONDITION] += sum(bool(one.text()) for one in modules.all(*_CONDITIONS))
    items = [
        (module, item)
        for module in _in_order([one for one in modules.nodes if one.name == "module"])
        for item in _in_order(module.all("item"))
    ]
    left_out[HEADING] += len({id(module) for module, _item in items})
    is_shown = [_is_published(module) and _is_published(item) for module, item in items]
    for (_module, item), shown in zip(items, is_shown, strict=True):
        kind = _child(item, "content_type")
        if kind == "ContextModuleSubHeader":
            left_out[HEADING] += 1
            continue
        yield OutlineEntry(
            _child(item, "identifierref"),
            _child(item, "title"),
            _child(item, "url"),
            kind,
            is_hidden=not shown and any(is_shown),
        )


def _in_order(nodes: list[XmlNode]) -> list[XmlNode]:
    """Sort by position; the order of the file stays where one has none."""
    places = [_child(node, "position") for node in nodes]
    if not all(place.isdecimal() and len(place) < 9 for place in places):
        return nodes
    return [node for _place, node in sorted(zip(map(int, places), nodes, strict=True), key=_first)]


def _first(pair: tuple[int, XmlNode]) -> int:
    return pair[0]


def _is_published(node: XmlNode) -> bool:
    return _child(node, "workflow_state") not in ("unpublished", "deleted")


def _child(node: XmlNode, name: str) -> str:
    return next((one.text() for one in node.nodes if one.name == name), "")
