"""One of each thing that an address of an Author can name, for the permission matrix."""

from __future__ import annotations

from authoring.editing.package import code_of
from authoring.models import Arrival

COURSE = "/author/courses/<slug:slug>/"


def samples(ines, course, reading, video, question, now) -> dict[str, dict[str, object]]:
    """Address pattern -> what stands in its gaps (`in`) and what is posted to it (`post`)."""
    sent = Arrival.objects.create(
        author=ines.code, name="course.zip", bytes=1, sent_at=now, state="refused"
    )
    slug = {"slug": course.slug}
    film = slug | {"code": code_of(course, "unit", video.ref), "lang": "en"}
    page = {"in": {"id": sent.id}, "post": {"act": "undo"}}
    named = ("words/", "skills/", "undo/", "warnings/", "versions/", "preview/", "export/", "")
    return {
        "/author/new/": {"post": {"title": "Fractions", "description": "Parts."}},
        "/author/import/<uuid:id>/": page,
        "/author/import/<uuid:id>/progress/": page,
        **{COURSE + name: {"in": slug, "post": {"act": "discard"}} for name in named},
        f"{COURSE}units/<uuid:code>/": {
            "in": slug | {"code": code_of(course, "unit", reading.ref)},
            "post": {"act": "save", "title": "Halves"},
        },
        f"{COURSE}questions/new/": {"in": slug},
        f"{COURSE}questions/<uuid:code>/": {
            "in": slug | {"code": code_of(course, "question", question.ref)},
            "post": {"act": "remove"},
        },
        f"{COURSE}captions/<uuid:code>/<str:lang>/": {"in": film, "post": {"act": "check"}},
        f"{COURSE}captions/<uuid:code>/<str:lang>/file/": {"in": film},
    }
