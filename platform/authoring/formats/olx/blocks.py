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
from authoring.formats.text.safe_xml import MAX_BYTES, Node, parse
from authoring.translatable_message import said

ROOTS = ("course", "library")
DEEPEST, MOST = 12, 10_000
# Blocks that only contain others; those of CHOOSING show a selection, which is unsupported.
CHOOSING = ("split_test", "randomize", "library_content", "itembank", "conditional", "problemset")
HOLDING = (*CHOOSING, "chapter", "sequential", "vertical", "videosequence", "section", "wrapper",
           "library", "course")  # fmt: skip
_BESIDE = ("wiki", "textbook", "pdf_textbook", "html_textbook")


@dataclass(frozen=True, slots=True)
class Block:
    """One block with its url_name, its file, and the sequence and vertical that contain it."""

    node: Node
    name: str
    place: str
    sequence: Node
    vertical: Node | None

    @property
    def title(self) -> str:
        return self.node.get("display_name") or self.node.get("name")


class Blocks:
    """Reads the files of a course as blocks point to them."""

    def __init__(self, package: Package, left_out: Counter[str]) -> None:
        self._root = package.folder.resolve()
        self._left_out = left_out
        self._name = package.name
        self._policy: Mapping[str, Any] = {}
        self._walked = 0
        self.assets = Assets(self._root)
        self.top = self._top(package)

    def _top(self, package: Package) -> Node:
        for name in ("course.xml", "library.xml"):
            if (package.folder / name).is_file():
                top = self.xml(name)
                self._policy = self._policies(top.get("url_name"))
                return self._pointed(top, name)[0]
        (only,) = package.files()
        found = self.xml(only.name)
        return found if found.name in ROOTS else Node("course", children=[found])

    def xml(self, name: str) -> Node:
        path = self._root / name
        if path.stat().st_size > MAX_BYTES:
            raise BrokenPackage(name, "", said(_("expected at most {most} bytes"), most=MAX_BYTES))
        return parse(path.read_bytes(), name)

    def file(self, name: str) -> Path | None:
        """Return a file of the package; None where it is missing or outside the package."""
        if not name or len(name) > 240 or "\0" in name:
            return None
        path = (self._root / name).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def made(self, name: str, text: str) -> str:
        """Write a file into `static/` of the package and return its place."""
        place = f"static/attune-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}"
        (self._root / "static").mkdir(exist_ok=True)
        (self._root / place).write_text(text, encoding="utf-8")
        return place

    def _policies(self, run: str) -> Mapping[str, Any]:
        for name in (f"policies/{run}/policy.json", f"policies/{run}.json"):
            if run and self.file(name) is not None:
                found = load_json(self._root, name)
                return found if isinstance(found, dict) else {}
        return {}

    def found(self) -> Iterator[Block]:
        """Yield the blocks that teach or ask, in the order of the course."""
        yield from self._walk(self.top, "course.xml", self.top, None, 0)

    def _walk(
        self, node: Node, place: str, sequence: Node, vertical: Node | None, depth: int
    ) -> Iterator[Block]:
        if depth > DEEPEST:
            raise BrokenPackage(
                place, node.name, _("expected a course, found a block that contains itself")
            )
        for number, child in enumerate(node.nodes, 1):
            self._walked += 1
            if self._walked > MOST:
                raise BrokenPackage(place, "", said(_("expected at most {most} blocks"), most=MOST))
            found, where = self._pointed(child, place)
            if found.get("visible_to_staff_only").lower() == "true":
                self._left_out[_("block that only staff can see")] += 1
                continue
            if found.name in HOLDING:
                self._left_out[unsupported_messages.AROUND.format(name=found.name)] += (
                    found.name in CHOOSING
                )
                inside = found if found.name == "vertical" else vertical
                of = found if found.name in ("chapter", "sequential", "videosequence") else sequence
                yield from self._walk(found, where, of, inside, depth + 1)
            elif found.name not in _BESIDE:
                name = name_of(found) or f"{name_of(node)}-{found.name}-{number}"
                yield Block(found, name, where, sequence, vertical)

    def _pointed(self, node: Node, place: str) -> tuple[Node, str]:
        """Merge a block with the attributes of its own file and of the policy."""
        name = name_of(node)
        policy = self._policy.get(f"{node.name}/{name}", {})
        told = {key: _as_text(value) for key, value in policy.items()} if policy else {}
        file = f"{node.name}/{name.replace(':', '/')}.xml"
        if not name or node.nodes or node.text() or self.file(file) is None:
            return _joined(node, node, told), place
        inner = self.xml(file)
        if inner.name != node.name:
            what = said(
                _("expected <{wanted}>, found <{found}>"), wanted=node.name, found=inner.name
            )
            raise BrokenPackage(file, said(_("line {line}"), line=inner.line), what)
        return _joined(inner, node, told), file


def name_of(node: Node) -> str:
    return node.get("url_name") or node.get("slug")


def _joined(inner: Node, pointer: Node, told: Mapping[str, str]) -> Node:
    attributes = {**pointer.attributes, **inner.attributes, **told}
    if name_of(pointer):
        attributes["url_name"] = name_of(pointer)
    return Node(inner.name, inner.space, attributes, inner.line, inner.children)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
