"""The tables of authoring: versions of courses, imports, uploads, drafts of captions, and pages."""

from __future__ import annotations

from authoring.films.models import Upload as Upload
from authoring.imports.models import Arrival as Arrival
from authoring.page_layouts.models import PageLayout as PageLayout
from authoring.speech.models import SpeechDraft as SpeechDraft
from authoring.versions.models import Version as Version
