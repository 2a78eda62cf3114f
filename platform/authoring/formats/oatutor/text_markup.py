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


def told(text: str, root: Path, folder: str, left_out: Counter[str]) -> str:
    """Return the text as course text; `folder` of the package holds its figures."""

    def part(match: re.Match[str]) -> str:
        if match["maths"]:
            return f"${_money(match['maths'])}$"
        if figure := (match["figure"] or "").strip():
            if not (root / folder / "figures" / figure).is_file():
                left_out[_("image missing from the package")] += 1
                return "\n"
            left_out[_("image without a description")] += 1
            return f"\n![Figure]({folder}/figures/{figure})\n"
        return "\n"

    out, at = [], 0
    for match in _PARTS.finditer(text):
        out += [_money(text[at : match.start()]), part(match)]
        at = match.end()
    return "".join([*out, _money(text[at:])]).strip()


def plain(text: str) -> str:
    """Return a course text on one line, without pictures."""
    return course_html.linear(_FIGURE.sub(" ", text))


def _money(text: str) -> str:
    return _LONE.sub(r"\\$", text)
