"""The URLs of the Author's pages."""

from __future__ import annotations

from django.urls import path

from authoring.editor import (
    course_list_views,
    course_settings_views,
    outline_views,
    reuse_views,
    version_views,
)
from authoring.editor.questions import bank_views
from authoring.editor.questions import views as questions_views
from authoring.editor.units import caption_views
from authoring.editor.units import views as units_views
from authoring.exports import views as exports_views
from authoring.films import status_views, tus_views
from authoring.imports import views as imports_views
from authoring.page_layouts import views as page_layouts_views

COURSE = "courses/<slug:slug>/"
CAPTIONS = f"{COURSE}captions/<uuid:code>/<str:lang>/"

app_name = "authoring"
urlpatterns = [
    path("", course_list_views.courses, name="courses"),
    path("new/", course_list_views.new_course, name="new"),
    path("import/", imports_views.import_list, name="import"),
    path("import/<uuid:id>/", imports_views.arrival, name="arrival"),
    path("import/<uuid:id>/progress/", imports_views.progress, name="progress"),
    path(COURSE, outline_views.builder, name="builder"),
    path(f"{COURSE}copy/", course_list_views.duplicate, name="copy"),
    path(f"{COURSE}reuse/", reuse_views.reuse, name="reuse"),
    path(f"{COURSE}undo/", outline_views.undo, name="undo"),
    path(f"{COURSE}words/", course_settings_views.words, name="words"),
    path(f"{COURSE}skills/", course_settings_views.skills, name="skills"),
    path(f"{COURSE}units/<uuid:code>/", units_views.unit, name="unit"),
    path(f"{COURSE}units/<uuid:code>/uploads/", tus_views.create, name="uploads"),
    path(f"{COURSE}units/<uuid:code>/film/", status_views.film, name="film"),
    path("uploads/<uuid:id>/", tus_views.upload, name="upload"),
    path(f"{COURSE}bank/", bank_views.bank, name="bank"),
    path(f"{COURSE}questions/new/", questions_views.new_question, name="question_new"),
    path(f"{COURSE}questions/<uuid:code>/", questions_views.question, name="question"),
    path(CAPTIONS, caption_views.track, name="captions"),
    path(f"{CAPTIONS}file/", caption_views.download, name="captions_file"),
    path(f"{COURSE}warnings/", version_views.warnings, name="warnings"),
    path(f"{COURSE}versions/", version_views.versions, name="versions"),
    path(f"{COURSE}preview/", version_views.preview, name="preview"),
    path(f"{COURSE}preview/<uuid:code>/", page_layouts_views.layout, name="layout"),
    path(f"{COURSE}export/", exports_views.export, name="export"),
]
