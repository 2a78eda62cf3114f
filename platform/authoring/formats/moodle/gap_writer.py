"""Write a text with gaps as Moodle's embedded answers, `{1:MULTICHOICE:red~=green}`."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats.moodle.text_elements import to_html
from authoring.formats.question_builder import Json, write_decimal, write_short
from authoring.formats.text.text_conversion import Pictures
from courses.questions import gap_marks

# Signs with a meaning between the braces are written as references, which Moodle decodes there.
_SIGNS = re.compile(r"[~#{}\\]")
_LIKE_A_GAP = re.compile(r"\{(?=[0-9]*:[A-Za-z_]+:)")
_LIKE_A_WORTH = ("=", "%")


def write_gaps(row: Json, pictures: Pictures, left_out: Counter[str]) -> str:
    """Return the text of the question as HTML with its answers."""
    parts = {part["id"]: part for part in row["parts"]}
    left_out[_("unit of a number")] += sum(len(part.get("units", ())) for part in parts.values())
    pieces = gap_marks.split_at_gaps(row["prompt"])
    return "".join(
        _gap(parts[piece], pictures)
        if at % 2
        else _LIKE_A_GAP.sub("&#123;", to_html(piece, pictures))
        for at, piece in enumerate(pieces)
    )


def _gap(gap: Json, pictures: Pictures) -> str:
    if gap["kind"] == "numeric":
        tolerance = write_short(gap.get("tolerance", 0))
        return f"{{1:NUMERICAL:={write_decimal(gap['answer'])}:{tolerance}}}"
    if gap["kind"] == "text":
        wordings = [gap["answer"].replace("*", "\\*"), *gap.get("accepted", ())]
        rows = [_alternative(escape(word, quote=False), correct=True) for word in wordings]
        kind = "SHORTANSWER_C" if gap.get("compare") == "cased" else "SHORTANSWER"
        return f"{{1:{kind}:{'~'.join(rows)}}}"
    texts = [to_html(choice["text"], pictures) for choice in gap["choices"]]
    rows = [
        _alternative(text, correct=choice["correct"])
        for text, choice in zip(texts, gap["choices"], strict=True)
    ]
    # A list in the text can show neither a picture nor a formula; a column of choices can.
    rich = any("<" in text or "\\" in text for text in texts)
    return f"{{1:{'MULTICHOICE_V' if rich else 'MULTICHOICE'}:{'~'.join(rows)}}}"


def _alternative(html: str, *, correct: bool) -> str:
    text = _SIGNS.sub(lambda match: f"&#{ord(match[0])};", html)
    worth = "=" if correct else ""
    if text.startswith(_LIKE_A_WORTH):
        worth = "%100%" if correct else "%0%"
    return worth + text
