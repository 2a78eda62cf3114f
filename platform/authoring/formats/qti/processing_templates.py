"""The standard response processing templates of QTI, as the statements that they are short for."""

from __future__ import annotations

import re

from authoring.formats.text.safe_xml import XmlNode

_STANDARD = re.compile(r"(?:^|/)(match_correct|map_response)(?:\.xml)?$")
# These set a FEEDBACK as well, and a maximum score.
_CARTRIDGE = re.compile(r"(?:^|/)CC2_(match|match_basic|map_response)(?:\.xml)?$")


def template_of(processing: XmlNode) -> str:
    """Return the name of the standard template that is used; "" if the item has statements."""
    address = processing.get("template").strip()
    found = _STANDARD.search(address) or _CARTRIDGE.search(address)
    if found is None or processing.nodes:
        return ""
    return "map_response" if found[1] == "map_response" else "match_correct"


def processing_of(item: XmlNode) -> XmlNode:
    """Return the processing of an item, with a standard template as its statements."""
    processing = item.first("responseProcessing") or XmlNode("responseProcessing")
    template = template_of(processing)
    if not template:
        return processing
    needed = "correctResponse" if template == "match_correct" else "mapping"
    names = [
        node.get("identifier")
        for node in item.all("responseDeclaration")
        if node.first(needed) is not None
    ]
    if not names:
        return processing
    statement = _match_all(names) if template == "match_correct" else _add_maps(names)
    return _node("responseProcessing", statement)


def _match_all(names: list[str]) -> XmlNode:
    matches = [
        _node("match", _node("variable", identifier=name), _node("correct", identifier=name))
        for name in names
    ]
    return _node(
        "responseCondition",
        _node("responseIf", _node("and", *matches), _set_score(_number("1"))),
        _node("responseElse", _set_score(_number("0"))),
    )


def _add_maps(names: list[str]) -> XmlNode:
    return _set_score(_node("sum", *(_node("mapResponse", identifier=name) for name in names)))


def _set_score(value: XmlNode) -> XmlNode:
    return _node("setOutcomeValue", value, identifier="SCORE")


def _number(text: str) -> XmlNode:
    return _node("baseValue", text, baseType="float")


def _node(name: str, *children: XmlNode | str, **attributes: str) -> XmlNode:
    return XmlNode(name, attributes=attributes, children=list(children))
