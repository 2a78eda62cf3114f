"""The compliance documents by name, each as Markdown and as a standalone page."""

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
from stewardship.documents.current_config import RunningConfig, load_config
from stewardship.documents.dpia import impact_assessment
from stewardship.documents.markdown import TO_FILL, render_html
from stewardship.documents.processing_record import processing_record
from stewardship.documents.recipients import list_processors
from stewardship.documents.technical_documentation import technical_documentation

DocumentBuilder = Callable[[RunningConfig], list[str]]
DOCUMENTS: Final[Mapping[str, DocumentBuilder]] = {
    "impact-assessment": impact_assessment,
    "processing-record": processing_record,
    "technical-documentation": technical_documentation,
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
# Documents about the program itself, for buyers; `manage.py compliance_documents --of-the-program`
# writes them into docs/.
PAPERS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "vpat": conformance_report,
    "hecvat-lite": questionnaire,
    "processors": list_processors,
}
# The language of the documents, whatever the reader's language is.
LANGUAGE: Final = "en-gb"


@dataclass(frozen=True, slots=True)
class Document:
    """One document, generated from the current configuration."""

    name: str
    markdown: str

    @property
    def title(self) -> str:
        """Return the title in the language of the page."""
        return str(TITLES[self.name])

    @property
    def law(self) -> str:
        return str(LAWS[self.name])

    @property
    def body(self) -> str:
        """Return safe HTML: the source is our own declarations, and HTML in texts is disabled."""
        return mark_safe(render_html(self.markdown))  # noqa: S308 - markdown-it escapes what it is given

    @property
    def page(self) -> str:
        """Return a self-contained HTML file."""
        with override(LANGUAGE):
            context = {"title": self.title, "body": self.body}
            return render_to_string("documents/page.html", context)

    @property
    def to_fill(self) -> int:
        return self.markdown.count(TO_FILL)


def make_document(name: str, found: RunningConfig) -> Document:
    """Return a document by name. Raises KeyError if it is not in DOCUMENTS."""
    with override(LANGUAGE):
        return Document(name, "\n\n".join(DOCUMENTS[name](found)) + "\n")


def make_paper(name: str, release: str) -> str:
    """Return one of PAPERS as Markdown. Raises KeyError for an unknown name."""
    with override(LANGUAGE):
        return "\n\n".join(PAPERS[name](release)) + "\n"


def make_all_documents(now: datetime) -> list[Document]:
    found = load_config(now)
    return [make_document(name, found) for name in DOCUMENTS]
