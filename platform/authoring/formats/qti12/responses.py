"""The responses of a QTI 1.2 item: what a learner selects or types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from authoring.formats.qti12.conditions import BOUNDS, TEXTS, ReplyContext
from authoring.formats.text.safe_xml import XmlNode

Kind = Literal["choice", "text", "number"]
RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
_UNSUPPORTED = ("response_xy", "response_grp", "render_hotspot", "render_slider")
# What asks for a place on a picture; a name for each area makes it a choice.
_ON_A_PICTURE = _UNSUPPORTED[0], _UNSUPPORTED[2]
_NUMBERS = ("decimal", "integer", "scientific")


@dataclass(frozen=True, slots=True)
class ItemResponse:
    """One response; `labels` are its options by their identifiers."""

    name: str
    kind: Kind
    cardinality: str
    labels: dict[str, XmlNode]
    node: XmlNode

    @property
    def is_single(self) -> bool:
        return self.cardinality == "single"

    @property
    def has_twins(self) -> bool:
        """Return whether two options share an identifier."""
        return self.kind == "choice" and len(self.node.all("response_label")) > len(self.labels)


def find_responses(item: XmlNode, *, is_number: bool) -> list[ItemResponse]:
    """Return the responses in their order; `is_number` where the item asks for a number."""
    presentation = item.first("presentation") or XmlNode("presentation")
    bounded = {node.get("respident") for node in item.all(*BOUNDS)}
    compared = {node.get("respident") for node in item.all(*TEXTS, *BOUNDS)}
    return [
        _read_response(node, _name_of(node, compared), bounded, is_number=is_number)
        for node in presentation.all(*RESPONSES)
    ]


def _name_of(node: XmlNode, compared: set[str]) -> str:
    """Return the name by which the conditions call a response.

    Brightspace compares a typed answer by the only label inside the response.
    """
    name, labels = node.get("ident"), node.all("response_label")
    if name in compared or len(labels) != 1 or node.first("render_fib") is None:
        return name
    inner = labels[0].get("ident")
    return inner if inner in compared else name


def find_unsupported(item: XmlNode) -> str:
    """Return the first element that asks for what is unsupported here; "" without one."""
    presentation = item.first("presentation") or XmlNode("presentation")
    supported = _ON_A_PICTURE if _is_choice_of_area(presentation) else ()
    found = presentation.first(*(name for name in _UNSUPPORTED if name not in supported))
    # A field with words of its own is a text with several blanks for one response.
    fields = presentation.all("render_fib")
    texts = [one for one in fields if any(node.name == "material" for node in one.nodes)]
    return found.name if found else "render_fib" if texts else ""


def _is_choice_of_area(presentation: XmlNode) -> bool:
    """Return whether the only response is one of several named areas of a picture."""
    found = presentation.all(*RESPONSES)
    return (
        len(found) == 1
        and bool(found[0].first("render_hotspot"))
        and bool(found[0].all("response_label"))
    )


def context_of(responses: list[ItemResponse]) -> ReplyContext:
    """Return what the conditions need to know about the responses."""

    def names(*cardinalities: str) -> frozenset[str]:
        return frozenset(one.name for one in responses if one.cardinality in cardinalities)

    numbers = frozenset(one.name for one in responses if one.kind == "number")
    return ReplyContext({}, numbers, names("multiple", "ordered"), names("ordered"))


def iterate_compared(conditions: list[XmlNode], name: str) -> Iterator[XmlNode]:
    """Yield the comparisons of a response that are not inside a `<not>`."""
    for condition in conditions:
        yield from _iterate_positive(condition, name)


def iterate_all_compared(conditions: list[XmlNode], name: str) -> Iterator[XmlNode]:
    """Yield the comparisons of a response, those inside a `<not>` too."""
    for condition in conditions:
        for node in condition.all(*TEXTS, *BOUNDS):
            if node.get("respident") == name:
                yield node


def _iterate_positive(node: XmlNode, name: str) -> Iterator[XmlNode]:
    for child in node.nodes:
        if child.name in (*TEXTS, *BOUNDS) and child.get("respident") == name:
            yield child
        elif child.name != "not":
            yield from _iterate_positive(child, name)


def _read_response(node: XmlNode, name: str, bounded: set[str], *, is_number: bool) -> ItemResponse:
    labels = {label.get("ident"): label for label in node.all("response_label")}
    fields = [one.get("fibtype").lower() for one in node.all("render_fib")]
    kind: Kind = "choice"
    if node.name == "response_num" or (
        node.name == "response_str"
        and (is_number or name in bounded or any(one in _NUMBERS for one in fields))
    ):
        kind = "number"
    elif node.name == "response_str" or fields:
        kind = "text"
    cardinality = node.get("rcardinality").lower() or "single"
    return ItemResponse(name, kind, cardinality, labels if kind == "choice" else {}, node)
