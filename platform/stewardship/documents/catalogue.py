"""The documents by name, each as Markdown and as a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from stewardship.conformance.questionnaire import questionnaire
from stewardship.conformance.vpat import conformance_report
from stewardship.documents.current_config import Live, live
from stewardship.documents.dpia import impact
from stewardship.documents.markdown import TO_FILL, as_html
from stewardship.documents.processing_record import processing
from stewardship.documents.recipients import list_processors
from stewardship.documents.technical_documentation import technical

Made = Callable[[Live], list[str]]
DOCUMENTS: Final[Mapping[str, Made]] = {
    "impact-assessment": impact,
    "processing-record": processing,
    "technical-documentation": technical,
}
TITLES: Final = {
    "impact-assessment": _("Data protection impact assessment"),
    "processing-record": _("Record of processing activities"),
    "technical-documentation": _("Technical documentation"),
}
LAWS: Final = {
    "impact-assessment": _("GDPR, Article 35"),
    "processing-record": _("GDPR, Article 30"),
    "technical-documentation": _("AI Act, Annex IV"),
}
# What buyers ask of the program itself; `manage.py compliance_documents --of-the-program`
# writes them into docs/.
PAPERS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "vpat": conformance_report,
    "hecvat-lite": questionnaire,
    "processors": list_processors,
}
# The language they are written in, whoever reads them.
LANGUAGE: Final = "en-gb"


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it follows from the configuration of this moment."""

    name: str
    markdown: str

    @property
    def title(self) -> str:
        """As the pages around it call it."""
        return str(TITLES[self.name])

    @property
    def law(self) -> str:
        return str(LAWS[self.name])

    @property
    def body(self) -> str:
        """Safe HTML: made of our own declarations, with HTML in texts switched off."""
        return mark_safe(as_html(self.markdown))  # noqa: S308 - markdown-it escapes what it is given

    @property
    def page(self) -> str:
        """A file that needs nothing beside it."""
        with override(LANGUAGE):
            context = {"title": self.title, "body": self.body}
            return render_to_string("documents/page.html", context)

    @property
    def to_fill(self) -> int:
        return self.markdown.count(TO_FILL)


def make(name: str, found: Live) -> Document:
    """Raises KeyError for a name that is none of DOCUMENTS."""
    with override(LANGUAGE):
        return Document(name, "\n\n".join(DOCUMENTS[name](found)) + "\n")


def paper(name: str, release: str) -> str:
    """Return one of PAPERS as Markdown. Raises KeyError for a name that is none."""
    with override(LANGUAGE):
        return "\n\n".join(PAPERS[name](release)) + "\n"


def all_of(now: datetime) -> list[Document]:
    found = live(now)
    return [make(name, found) for name in DOCUMENTS]
