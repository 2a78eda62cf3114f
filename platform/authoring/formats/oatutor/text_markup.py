"""Convert OATutor's texts: maths between `$`, `\\$` a dollar, line breaks, `![Figure](file)`.

In OATutor, `$$maths$$` is maths, a lone `$` is a dollar, `\\n` a break and `##figure.gif##` a
picture.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from django.utils.translation import gettext_noop as _

from courses.rendering import course_html

_PARTS = re.compile(r"\$\$(?P<maths>.+?)\$\$|##(?P<figure>[^#]+)##|\\n", re.DOTALL)
_LONE = re.compile(r"(?<!\\)\$")
_FIGURE = re.compile(r"!\[Figure\]\([^()]*\)")


def convert_text(text: str, root: Path, folder: str, left_out: Counter[str]) -> str:
    """Return the text as course text; `folder` of the package holds its figures."""

    def part(match: re.Match[str]) -> str:
        if match["maths"]:
            return f"${_escape_dollars(match['maths'])}$"
        if figure := (match["figure"] or "").strip():
            if not (root / folder / "figures" / figure).is_file():
                left_out[_("image missing from the package")] += 1
                return "\n"
            left_out[_("image without a description")] += 1
            return f"\n![Figure]({folder}/figures/{figure})\n"
        return "\n"

    out, at = [], 0
    for match in _PARTS.finditer(text):
        out += [_escape_dollars(text[at : match.start()]), part(match)]
        at = match.end()
    return "".join([*out, _escape_dollars(text[at:])]).strip()


def to_plain_line(text: str) -> str:
    """Return a course text on one line, without pictures."""
    return course_html.linear(_FIGURE.sub(" ", text))


def _escape_dollars(text: str) -> str:
    return _LONE.sub(r"\\$", text)
