"""Style sheets, scripts and page frames never prevent people from adapting how they read.

Evidence of platform/stewardship/conformance/criteria.toml.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from authoring.editor.contrast import colour_of, contrast
from tests.fixtures.site.page_reader import pages
from tests.site.pages.test_permission_matrix import clients, world

assert clients
assert world
ROOT = Path(__file__).resolve().parents[3]
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
SOURCES = [
    *(ROOT / "templates").rglob("*.html"),
    *(ROOT / "static" / "js").rglob("*.js"),
    *(ROOT / "platform").rglob("*.py"),
]
REORDERS = re.compile(r"(?<![\w-])order:|row-reverse|column-reverse|float:")
# Against their backgrounds: edges of controls, the focus ring, marks of charts.
MARKS = ("control", "focus", "act", "self-mark", "sensed-mark", "danger")
GROUNDS = ("canvas", "surface")
LEAST = 3


def rules(pattern: re.Pattern[str]) -> dict[str, int]:
    """Return how often each style sheet contains it."""
    found = {file.name: len(pattern.findall(file.read_text())) for file in SHEETS}
    return {name: times for name, times in found.items() if times}


def test_style_sheets_change_the_order_in_two_known_places_only():
    assert rules(REORDERS) == {"attune.css": 1, "teaching.css": 1}


def test_no_style_sheet_uses_the_orientation():
    assert rules(re.compile("orientation")) == {}


def test_no_tabindex_is_above_zero():
    wrong = re.compile(r"tab[iI]ndex[\"'=: ]{1,4}[1-9]")
    assert [str(file) for file in SOURCES if wrong.search(file.read_text())] == []


def test_no_script_or_field_prevents_pasting():
    wrong = re.compile(r"onpaste|[\"']paste[\"']")
    # It takes a pasted picture, and leaves words alone (picture.test.mjs).
    others = [file for file in SOURCES if file.name != "picture_controller.js"]
    assert [str(file) for file in others if wrong.search(file.read_text())] == []


def themes() -> dict[str, dict[str, str]]:
    """Return the colours of each look by their role."""
    text = (ROOT / "static" / "css" / "tokens.css").read_text()
    light, *_, dark = re.findall(r":root[^{]*\{([^{}]*--canvas[^{}]*)\}", text)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for name, block in (("light", light), ("dark", dark))
    }


@pytest.mark.parametrize("look", ["light", "dark"])
def test_edges_rings_and_marks_have_a_contrast_of_three_to_one(look):
    colours = themes()[look]
    faint = {
        (mark, ground): round(ratio, 2)
        for mark, ground in product(MARKS, GROUNDS)
        if (ratio := contrast(colour_of(colours[mark]), colour_of(colours[ground]))) < LEAST
    }
    assert faint == {}


def frame_of(html: str) -> list[str]:
    """Return the parts of the frame in order."""
    return re.findall(r"<(header|main|footer)[ >]", re.sub(r"(?s)<article.*?</article>", "", html))


@pytest.mark.django_db
def test_each_page_has_the_same_frame_with_help_at_the_same_place(clients, world):
    wrong, opened = [], 0
    for page in pages(clients, world, "en"):
        if "<html" not in page.html:
            continue  # a part of a page
        opened += 1
        help_last = re.search(
            r'</main>\s*<footer class="foot"><a href="/accessibility/">', page.html
        )
        parts = [part for part in frame_of(page.html) if part != "header"]
        if not help_last or parts != ["main", "footer"]:
            wrong.append((page.address, parts))
    assert wrong == []
    assert opened > 60
