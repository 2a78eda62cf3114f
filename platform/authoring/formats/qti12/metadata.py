"""The metadata of a QTI 1.2 item: its kind under the names of several systems, and its points."""

from __future__ import annotations

import re

from authoring.formats.question_builder import plain_number
from authoring.formats.text.safe_xml import XmlNode

_KIND_FIELDS = (
    "question_type",
    "bbmd_questiontype",
    "questiontype",
    "cc_profile",
    "qmd_questiontype",
    "qmd_itemtype",
)
_POINT_FIELDS = ("points_possible", "cc_weighting", "qmd_weighting", "qmd_absolutescore_max")
# Kinds that ask for what no key can hold, by the part of their names that is common to all systems.
_NOT_HELD = re.compile(
    r"essay|upload|calculated|formula|hot.?spot|opinion|likert|quiz.?bowl|jumbled"
    r"|short.?response|long.?answer|written.?response|constructed|draw|survey|arithmetic"
    r"|extended.?text|categor|hot.?text|multi.?short|significant.?figures"
    r"|asstextquestion|asstextsubset|asserrortext|assimagemap"
)
_ESSAY = re.compile(r"(cc\.)?essay(_question|\.v0p1)?")
_UPLOAD = re.compile(r"file.?upload(_question)?")
_TEXT_ONLY = ("text_only", "cc.text_only")
_EXACT_SETS = (
    "multiple_answer", "multiple_response", "cc.multiple_response", "multiple answer",
    "multiple response", "multi-select",
)  # fmt: skip
_NUMBERS = ("numerical_question", "numeric", "numerical")
BLANKS, DROPDOWNS = "fill_in_multiple_blanks_question", "multiple_dropdowns_question"


def read_fields(item: XmlNode) -> dict[str, str]:
    """Return the metadata fields of an item or a test by their names, in lower case."""
    fields = {
        label.text().lower(): entry.text()
        for node in item.all("qtimetadatafield", "qti_metadatafield")
        for label, entry in [(node.first("fieldlabel"), node.first("fieldentry"))]
        if label and entry
    }
    for top in item.all("itemmetadata"):
        for node in top.nodes:
            fields.setdefault(node.name.lower(), node.text())
    return fields


def kind_of(fields: dict[str, str]) -> str:
    """Return the kind of a question in lower case; "" where the file does not name it."""
    found = (fields.get(name, "") for name in _KIND_FIELDS)
    return next((kind.lower() for kind in found if kind), "")


def is_not_held(kind: str) -> bool:
    return _NOT_HELD.search(kind) is not None


def is_essay(kind: str) -> bool:
    """Return whether people mark the answer, a text."""
    return _ESSAY.fullmatch(kind) is not None


def is_upload(kind: str) -> bool:
    """Return whether people mark the answer, a file."""
    return _UPLOAD.fullmatch(kind) is not None


def is_text_only(kind: str) -> bool:
    return kind.startswith(_TEXT_ONLY)


def is_number(kind: str) -> bool:
    return kind in _NUMBERS


def takes_exact_set(kind: str) -> bool:
    """Return whether a further option makes an answer incorrect, by the meaning of the kind."""
    return kind.startswith(_EXACT_SETS)


def parent_of(item: XmlNode) -> str:
    """Return the item whose text comes before this one; "" without one."""
    return read_fields(item).get("parent_stimulus_item_ident", "")


def points_of(fields: dict[str, str]) -> str:
    """Return the points of a question; 1 where the file does not give them."""
    values = (plain_number(fields.get(name, "")) for name in _POINT_FIELDS)
    return next((value for value in values if value not in (None, "0")), "1")
