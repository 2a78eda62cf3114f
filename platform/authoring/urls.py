"""The Author's pages."""

from __future__ import annotations

from django.urls import path

from authoring.bringing import export_page
from authoring.bringing import page as bringing
from authoring.editing import builder, captions_page, courses, history, question, unit, words

COURSE = "courses/<slug:slug>/"
CAPTIONS = f"{COURSE}captions/<uuid:code>/<str:lang>/"

app_name = "authoring"
urlpatterns = [
    path("", courses.courses, name="courses"),
    path("new/", courses.new, name="new"),
    path("import/", bringing.bring_in, name="import"),
    path("import/<uuid:id>/", bringing.arrival, name="arrival"),
    path("import/<uuid:id>/progress/", bringing.progress, name="progress"),
    path(COURSE, builder.builder, name="builder"),
    path(f"{COURSE}undo/", builder.undo, name="undo"),
    path(f"{COURSE}words/", words.words, name="words"),
    path(f"{COURSE}skills/", words.skills, name="skills"),
    path(f"{COURSE}units/<uuid:code>/", unit.unit, name="unit"),
    path(f"{COURSE}questions/new/", question.new, name="question_new"),
    path(f"{COURSE}questions/<uuid:code>/", question.question, name="question"),
    path(CAPTIONS, captions_page.track, name="captions"),
    path(f"{CAPTIONS}file/", captions_page.download, name="captions_file"),
    path(f"{COURSE}warnings/", history.warnings, name="warnings"),
    path(f"{COURSE}versions/", history.versions, name="versions"),
    path(f"{COURSE}preview/", history.preview, name="preview"),
    path(f"{COURSE}export/", export_page.export, name="export"),
]
