"""Building blocks of a document: Markdown, and uniform placeholders to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

TO_FILL: Final = "To be filled by the institution"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or a sentence if there are no rows."""
    lines = [_table_row(row) for row in rows]
    if not lines:
        return "None."
    return "\n".join([_table_row(head), _table_row(["---"] * len(head)), *lines])


def bullets(items: Iterable[object]) -> str:
    found = [f"- {_one_line(item)}" for item in items]
    return "\n".join(found) or "None."


def to_fill(what: str) -> str:
    """Return a placeholder for what the program cannot know."""
    return f"> **{TO_FILL}:** {what}"


def join_or_none(items: Iterable[object]) -> str:
    return ", ".join(str(item) for item in items) or "none"


def render_html(text: str) -> str:
    """Return safe HTML of a document; each table is in its own scrollable region."""
    # Imported here because only a Steward's documents need it, and it costs a process 1 MB.
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    first, *rest = markdown.render(text).split("<table>")
    regions = [
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table {number}">'
        f'<table class="tbl">{part.replace("</table>", "</table></div>", 1)}'
        for number, part in enumerate(rest, 1)
    ]
    return "".join([first, *regions]).replace("<th>", '<th scope="col">')


def _table_row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
