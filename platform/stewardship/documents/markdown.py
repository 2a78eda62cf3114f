"""Building blocks of a document: Markdown, with what a person must fill in marked the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

TO_FILL: Final = "To be filled by the institution"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; where there are no rows, a sentence."""
    lines = [_line(row) for row in rows]
    if not lines:
        return "None."
    return "\n".join([_line(head), _line(["---"] * len(head)), *lines])


def bullets(items: Iterable[object]) -> str:
    found = [f"- {_one_line(item)}" for item in items]
    return "\n".join(found) or "None."


def to_fill(what: str) -> str:
    """A place for what this program cannot know."""
    return f"> **{TO_FILL}:** {what}"


def joined(items: Iterable[object]) -> str:
    return ", ".join(str(item) for item in items) or "none"


def as_html(text: str) -> str:
    """Safe HTML of a document's Markdown; each table in a region of its own, to be scrolled."""
    # Only a Steward's documents need it: a megabyte of a process of pages.
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    first, *rest = markdown.render(text).split("<table>")
    regions = [
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table {number}">'
        f'<table class="tbl">{part.replace("</table>", "</table></div>", 1)}'
        for number, part in enumerate(rest, 1)
    ]
    return "".join([first, *regions]).replace("<th>", '<th scope="col">')


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
