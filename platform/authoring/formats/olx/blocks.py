"""The blocks of an OLX course in order, each merged with its file and its policy."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage, load_json
from authoring.formats import unsupported_messages
from authoring.formats.course_builder import Package
from authoring.formats.olx.assets import Assets
from authoring.formats.package_files import parse_file
from authoring.formats.text.safe_xml import XmlNode
from authoring.translatable_message import message

ROOTS = ("course", "library")
MAX_DEPTH, MAX_BLOCKS = 12, 10_000
# Blocks that only contain others; those of SELECTING show a selection, which is unsupported.
SELECTING = ("split_test", "randomize", "library_content", "itembank", "conditional", "problemset")
CONTAINERS = (*SELECTING, "chapter", "sequential", "vertical", "videosequence", "section",
              "wrapper", "library", "course")  # fmt: skip
_IGNORED = ("wiki", "textbook", "pdf_textbook", "html_textbook")


@dataclass(frozen=True, slots=True)
class OlxBlock:
    """One block with its url_name, its file, and the sequence and vertical that contain it."""

    node: XmlNode
    name: str
    place: str
    sequence: XmlNode
    vertical: XmlNode | None

    @property
    def title(self) -> str:
        return self.node.get("display_name") or self.node.get("name")


class OlxBlocks:
    """Reads the files of a course as blocks point to them."""

    def __init__(self, package: Package, left_out: Counter[str]) -> None:
        self._root = package.folder.resolve()
        self._left_out = left_out
        self._name = package.name
        self._policy: Mapping[str, Any] = {}
        self._walked = 0
        self.assets = Assets(self._root)
        self.top = self._find_top(package)

    def _find_top(self, package: Package) -> XmlNode:
        for name in ("course.xml", "library.xml"):
            if (package.folder / name).is_file():
                top = self.xml(name)
                self._policy = self._load_policies(top.get("url_name"))
                return self._resolve(top, name)[0]
        (only,) = package.files()
        found = self.xml(only.name)
        return found if found.name in ROOTS else XmlNode("course", children=[found])

    def xml(self, name: str) -> XmlNode:
        return parse_file(self._root / name, self._root)

    def file(self, name: str) -> Path | None:
        """Return a file of the package; None where it is missing or outside the package."""
        if not name or len(name) > 240 or "\0" in name:
            return None
        path = (self._root / name).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def write_file(self, name: str, text: str) -> str:
        """Write a file into `static/` of the package and return its place."""
        place = f"static/attune-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}"
        (self._root / "static").mkdir(exist_ok=True)
        (self._root / place).write_text(text, encoding="utf-8")
        return place

    def _load_policies(self, run: str) -> Mapping[str, Any]:
        for name in (f"policies/{run}/policy.json", f"policies/{run}.json"):
            if run and self.file(name) is not None:
                found = load_json(self._root, name)
                return found if isinstance(found, dict) else {}
        return {}

    def walk(self) -> Iterator[OlxBlock]:
        """Yield the blocks that teach or ask, in the order of the course."""
        yield from self._walk(self.top, "course.xml", self.top, None, 0)

    def _walk(
        self, node: XmlNode, place: str, sequence: XmlNode, vertical: XmlNode | None, depth: int
    ) -> Iterator[OlxBlock]:
        if depth > MAX_DEPTH:
            raise BrokenPackage(
                place, node.name, _("expected a course, found a block that contains itself")
            )
        for number, child in enumerate(node.nodes, 1):
            self._walked += 1
            if self._walked > MAX_BLOCKS:
                raise BrokenPackage(
                    place, "", message(_("expected at most {most} blocks"), most=MAX_BLOCKS)
                )
            found, where = self._resolve(child, place)
            if found.get("visible_to_staff_only").lower() == "true":
                self._left_out[_("block that only staff can see")] += 1
                continue
            if found.name in CONTAINERS:
                self._left_out[unsupported_messages.CONTAINER.format(name=found.name)] += (
                    found.name in SELECTING
                )
                inside = found if found.name == "vertical" else vertical
                of = found if found.name in ("chapter", "sequential", "videosequence") else sequence
                yield from self._walk(found, where, of, inside, depth + 1)
            elif found.name not in _IGNORED:
                name = name_of(found) or f"{name_of(node)}-{found.name}-{number}"
                yield OlxBlock(found, name, where, sequence, vertical)

    def _resolve(self, node: XmlNode, place: str) -> tuple[XmlNode, str]:
        """Merge a block with the attributes of its own file and of the policy."""
        name = name_of(node)
        policy = self._policy.get(f"{node.name}/{name}", {})
        policy_texts = (
            {key: _as_text(value) for key, value in policy.items()}
            if isinstance(policy, dict)
            else {}
        )
        # Courses from before url_name give the file a name of its own.
        file_name = (node.get("filename") if node.name != "html" else "") or name
        file = f"{node.name}/{file_name.replace(':', '/')}.xml"
        if not file_name or node.nodes or node.text() or self.file(file) is None:
            self._left_out[_("section whose file is missing from the package")] += (
                node.name in CONTAINERS and _is_pointer(node)
            )
            return _merge(node, node, policy_texts), place
        inner = self.xml(file)
        if inner.name != node.name and not {inner.name, node.name} <= {*CONTAINERS}:
            what = message(
                _("expected <{wanted}>, found <{found}>"), wanted=node.name, found=inner.name
            )
            raise BrokenPackage(file, message(_("line {line}"), line=inner.line), what)
        return _merge(inner, node, policy_texts), file


def _is_pointer(node: XmlNode) -> bool:
    """Return whether the block is empty and says that a file has its content."""
    if node.nodes or node.text():
        return False
    named = bool(node.get("url_name")) and {*node.attributes} <= {"url_name", "org", "course"}
    return named or bool(node.get("filename"))


def name_of(node: XmlNode) -> str:
    return node.get("url_name") or node.get("slug")


def _merge(inner: XmlNode, pointer: XmlNode, policy_texts: Mapping[str, str]) -> XmlNode:
    attributes = {**pointer.attributes, **inner.attributes, **policy_texts}
    if name_of(pointer):
        attributes["url_name"] = name_of(pointer)
    # The pointer decides what a block is: the file of a chapter may contain a <sequential>.
    return XmlNode(pointer.name, inner.space, attributes, inner.line, inner.children)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
