"""Section 508 chapters and EN 301 549 clauses that go beyond WCAG."""

from __future__ import annotations

from typing import Final

from stewardship.conformance.criteria import Conformance

SUPPORTS, PARTIALLY, ABSENT = Conformance.SUPPORTS, Conformance.PARTIALLY, Conformance.ABSENT
# Need, Section 508, EN 301 549, level, remark.
NEEDS: Final = (
    ("Without vision", "302.1", "4.2.1", PARTIALLY,
     "Everything has a name and works by keyboard. Videos have no audio description track "
     "(1.2.5), and no screen reader was used in the tests."),
    ("With limited vision", "302.2", "4.2.2", SUPPORTS,
     "Contrast, 200%, 320 px wide, text spacing, a dark theme."),
    ("Without perception of colour", "302.3", "4.2.3", PARTIALLY,
     "Words or signs are given as well as colours; not every chart was checked (1.4.1)."),
    ("Without hearing", "302.4", "4.2.4", SUPPORTS,
     "Captions and transcripts, where authors provide them; the program itself conveys nothing "
     "by sound."),
    ("With limited hearing", "302.5", "4.2.5", SUPPORTS,
     "As above; the player has its own volume control."),
    ("Without or with limited speech", "302.6", "4.2.6", SUPPORTS, "Nothing needs speech."),
    ("With limited manipulation or strength", "302.7", "4.2.7", SUPPORTS,
     "One key or one press at a time, targets of at least 24 px, nothing to drag."),
    ("With limited reach", "302.8", "4.2.8", ABSENT, "Software only."),
    ("Sensitive to flashes", "–", "4.2.9", SUPPORTS,
     "The program does not flash. Videos are up to their authors."),
    ("With limited language, cognition or learning", "302.9", "4.2.10", PARTIALLY,
     "Plain words, no puzzles, reduced motion on request. Not tested with people."),
    ("Privacy", "–", "4.2.11", SUPPORTS,
     "People who use assistive technology are not told apart, and nothing is stored about it."),
)  # fmt: skip
SECTION_508: Final = (
    ("4 Hardware", ABSENT, "Software only."),
    ("5 Software: 501.1, 504.2 to 504.4 (authoring tools)", PARTIALLY,
     "The pages for authors follow WCAG as the tables say. Captions can be written in the "
     "program; its checks name missing captions and low contrast, but not a missing text "
     "alternative of an image."),
    ("5 Software: 502, 503", ABSENT, "A web application; its platform is the browser."),
    ("6 Support documentation and services: 602", PARTIALLY,
     "The documentation is Markdown with headings and tables; it was not checked against WCAG."),
    ("6 Support documentation and services: 603", ABSENT,
     "Support is provided by the institution."),
)  # fmt: skip
EN_301_549: Final = (
    ("5 Generic requirements", PARTIALLY,
     "5.2 and 5.7 to 5.9: as WCAG. 5.3: the camera is never the only way. 5.4: captions and "
     "text alternatives stay with a course when it is exported."),
    ("6 Two-way voice", ABSENT, "None."),
    ("7 Video", PARTIALLY,
     "7.1 captions: shown, synchronised, selected by the viewer. 7.2 audio description: no "
     "track. 7.3: the captions button is next to the other controls."),
    ("8 Hardware", ABSENT, "Software only."),
    ("9 Web", PARTIALLY, "As the tables for A and AA."),
    ("10 Documents that are no web pages", PARTIALLY,
     "Copies of a person's data are HTML and JSON; certificates are JSON. They were not "
     "evaluated against every criterion."),
    ("11 Software, 11.8 authoring tools", PARTIALLY, "As 504 above."),
    ("12 Documentation and support", PARTIALLY, "As 602 above."),
    ("13 Relay and emergency services", ABSENT, "None."),
)  # fmt: skip
