"""OATutor's texts: `$$maths$$`, a lone `$` is money, `\\n` a break, `##figure.gif##` a picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape

from courses import maths

_FIGURE = re.compile(r"##\s*([^#]+?)\s*##")
# `\n` is a line break outside maths; inside it begins \neq
_BREAK = re.compile(r"(\$\$.+?\$\$)|\\n|\n", re.DOTALL)
BREAK = "\ue002"


def rich(text: str, figure: Callable[[str], str], left_out: Counter[str]) -> str:
    """Safe HTML; `figure` gives the address of a picture by its name."""
    for fragment in maths.fragments(text, maths.DOUBLE):
        if not maths.readable(fragment):
            left_out["maths that stays text"] += 1
    out: list[str] = []
    pieces = _FIGURE.split(_broken(text))
    for at, piece in enumerate(pieces):
        if at % 2:
            left_out["picture without a description"] += 1
            out.append(f'<img src="{escape(figure(piece))}" alt="Figure" loading="lazy">')
        else:
            out.append(maths.inline(piece.strip(BREAK), maths.DOUBLE).replace(BREAK, "<br>"))
    return "".join(out).strip()


def plain(text: str) -> str:
    """The same on one line, without pictures."""
    text = _FIGURE.sub("", _broken(text)).replace(BREAK, " ")
    return re.sub(r"\s+", " ", maths.linear(text, maths.DOUBLE)).strip()


def _broken(text: str) -> str:
    return _BREAK.sub(lambda match: match[1] or BREAK, text.replace(BREAK, ""))
