"""The names of QTI: its files, and its identifiers, which begin with a letter."""

from __future__ import annotations

import re

VERSIONS = {
    "2.1": (
        "http://www.imsglobal.org/xsd/imsqti_v2p1",
        "imsqti_item_xmlv2p1",
        "imsqti_test_xmlv2p1",
    ),
    "2.2": (
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "imsqti_item_xmlv2p2",
        "imsqti_test_xmlv2p2",
    ),
    "3.0": (
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "imsqti_item_xmlv3p0",
        "imsqti_test_xmlv3p0",
    ),
}
MANIFEST = "imsmanifest.xml"
ITEM, TEST, STIMULUS = "assessmentItem", "assessmentTest", "assessmentStimulus"
# The root of a file in QTI 1.2.
OLD = "questestinterop"
# The same elements in QTI 3.0.
NEW = {
    "qti-assessment-item": ITEM,
    "qti-assessment-test": TEST,
    "qti-assessment-stimulus": STIMULUS,
}


def to_identifier(name: str) -> str:
    """Return our id as a QTI identifier."""
    return name if re.match(r"[A-Za-z]", name) else f"_{name}"


def name_of(found: str) -> str:
    """Return a QTI identifier as our id."""
    return found[1:] if re.match(r"_[0-9]", found) else found
