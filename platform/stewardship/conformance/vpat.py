"""The accessibility conformance report, in the parts of VPAT 2.5 INT (docs/vpat.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stewardship.conformance.criteria import Conformance, CriteriaFile, Criterion, read_criteria
from stewardship.conformance.standards import EN_301_549, NEEDS, SECTION_508
from stewardship.documents.markdown import bullets, table

TERMS: Final = {
    Conformance.SUPPORTS: "Met without a known fault.",
    Conformance.PARTIALLY: "Met in part, or not checked everywhere; the remark says which.",
    Conformance.NOT: "Most of it is not met.",
    Conformance.ABSENT: "The criterion is about something that is not here.",
}
STANDARDS: Final = (
    ("WCAG 2.0, 2.1 and 2.2", "Levels A and AA: yes. Level AAA: not evaluated."),
    ("Revised Section 508 (36 CFR 1194)", "Yes, by WCAG 2.0 A and AA and the chapters below."),
    ("EN 301 549 V3.2.1", "Yes, by WCAG 2.1 A and AA and the clauses below."),
)
WAYS: Final = (
    "axe-core, on every page of the site as each role that may open it, wide and narrow, light "
    "and dark (`tests/browser/pages/test_whole_site.py`).",
    "Chromium: walks by keyboard alone, 320 px, 200 %, spaced text, targets "
    "(`tests/browser/pages/test_text_spacing_keyboard_touch.py` and the stories beside it).",
    "An HTML validator on every page (`tests/site/pages/test_markup.py`).",
    "By hand where the remark says so. Nobody who uses a screen reader, a switch or a magnifier "
    "every day has tried this release, and no outside auditor has looked at it.",
)


def conformance_report(release: str) -> list[str]:
    """The parts of the report on this release of the program."""
    found = read_criteria()
    return [
        "# Accessibility conformance report",
        "In the parts of the VPAT 2.5 INT. Made by `manage.py compliance_documents` from "
        "`platform/stewardship/conformance/`; do not edit it.",
        *_product(release, found),
        "## WCAG 2.2",
        "4.1.1 Parsing, which WCAG 2.0 and 2.1 still name, counts as met by its own erratum.",
        "### Table 1: Level A",
        _criteria(found.of_level("A")),
        "### Table 2: Level AA",
        _criteria(found.of_level("AA")),
        "### Table 3: Level AAA",
        "Not evaluated.",
        "## Functional performance",
        "Section 508, chapter 3 (302), and EN 301 549, clause 4.2.",
        table(["Need", "Section 508", "EN 301 549", "Level", "Remarks"], NEEDS),
        "## Other chapters of Section 508",
        table(["Chapter", "Level", "Remarks"], SECTION_508),
        "## Other clauses of EN 301 549",
        table(["Clause", "Level", "Remarks"], EN_301_549),
    ]


def _product(release: str, found: CriteriaFile) -> list[str]:
    return [
        table(
            ["What", "This report"],
            [
                ("Product", f"Attune {release}, a learning platform that an institution runs"),
                ("Day", f"{found.day:%Y-%m-%d}"),
                ("Contact", "each site's own, on its page `/accessibility/`"),
                ("Content", "Courses are their authors' and are not judged here."),
            ],
        ),
        "## How it was checked",
        bullets(WAYS),
        "## Standards",
        table(["Standard", "In this report"], STANDARDS),
        "## Terms",
        table(["Term", "Means"], TERMS.items()),
        _summary(found),
    ]


def _summary(found: CriteriaFile) -> str:
    counts = (
        f"{sum(each.conformance is kind for each in found.criteria)} {kind}" for kind in Conformance
    )
    return f"Of {len(found.criteria)} criteria: {', '.join(counts)}."


def _criteria(found: Iterable[Criterion]) -> str:
    return table(
        ["Criterion", "Level", "Remarks", "Checked by"],
        [
            (f"{each.number} {each.name}", each.conformance, each.remark, _checked(each))
            for each in found
        ],
    )


def _checked(criterion: Criterion) -> str:
    """What shows it: names of tests and rules, or what a person did and when."""
    shown = [f"`{_short(each)}`" for each in criterion.evidence]
    if criterion.by_hand:
        shown.append(f"by hand, {criterion.checked:%Y-%m-%d}: {criterion.by_hand}")
    return ", ".join(shown) or "–"


def _short(evidence: str) -> str:
    """The name of a rule with its judge, or of a test without its folder."""
    return evidence.removeprefix("tests/").replace(".py::", "::")
