"""The documents by name, each as Markdown and as a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from stewardship.documents.impact import impact
from stewardship.documents.live import Live, live
from stewardship.documents.markdown import TO_FILL, as_html
from stewardship.documents.processing import processing
from stewardship.documents.technical import technical

Made = Callable[[Live], list[str]]
DOCUMENTS: Final[Mapping[str, tuple[str, Made]]] = {
    "impact-assessment": ("Data protection impact assessment", impact),
    "processing-record": ("Record of processing activities", processing),
    "technical-documentation": ("Technical documentation", technical),
}
LAWS: Final = {
    "impact-assessment": "GDPR, Article 35",
    "processing-record": "GDPR, Article 30",
    "technical-documentation": "AI Act, Annex IV",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it follows from the configuration of this moment."""

    name: str
    title: str
    law: str
    markdown: str

    @property
    def body(self) -> str:
        """Safe HTML: made of our own declarations, with HTML in texts switched off."""
        return mark_safe(as_html(self.markdown))  # noqa: S308 - markdown-it escapes what it is given

    @property
    def page(self) -> str:
        """A file that needs nothing beside it."""
        return render_to_string("documents/page.html", {"title": self.title, "body": self.body})

    @property
    def to_fill(self) -> int:
        return self.markdown.count(TO_FILL)


def make(name: str, found: Live) -> Document:
    """Raises KeyError for a name that is none of DOCUMENTS."""
    title, parts = DOCUMENTS[name]
    return Document(name, title, LAWS[name], "\n\n".join(parts(found)) + "\n")


def all_of(now: datetime) -> list[Document]:
    found = live(now)
    return [make(name, found) for name in DOCUMENTS]
