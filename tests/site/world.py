"""One of each thing that an address can name, for the permission matrix."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from consent import notices
from privacy.models import Erasure
from tests import factories


def samples(mia, noah, ines, media: Path, now) -> dict[str, dict[str, object]]:
    """Address pattern -> what stands in its gaps (`in`) and what is posted to it (`post`)."""
    course = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, course)
    factories.make_enrolment(ines, course, role="teacher")
    reading = factories.make_reading_unit(course)
    video = factories.make_video_unit(course)
    quiz = factories.make_quiz_unit(course)
    question = quiz.questions.filter(position__isnull=False).first()
    (media / str(course.code)).mkdir()
    for name in ("lecture.mp4", "balance.png"):
        (media / str(course.code) / name).write_bytes(b"x" * 100)
    notice = notices.publish(now)[0]
    gone = Erasure.objects.create(subject=noah.code, cause="withdrawal", asked_at=now)
    return {
        "/courses/<slug:slug>/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/board/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/queue/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/handled/": {
            "in": {"slug": course.slug},
            "post": {"handled": f"{mia.code}:{quiz.code}"},
        },
        "/teach/<slug:slug>/rules/": {
            "in": {"slug": course.slug},
            "post": {"rule": "R1", "enabled": "off"},
        },
        "/units/<uuid:code>/": {"in": {"code": reading.code}},
        "/units/<uuid:code>/answer/": {
            "in": {"code": quiz.code},
            "post": {"question": str(question.code), "given": "5"},
        },
        "/units/<uuid:code>/done/": {"in": {"code": reading.code}},
        "/units/<uuid:code>/watched/": {"in": {"code": video.code}},
        "/media/units/<uuid:code>/<str:name>": {"in": {"code": video.code, "name": "lecture.mp4"}},
        "/media/<uuid:code>/<str:name>": {"in": {"code": course.code, "name": "balance.png"}},
        "/consents/notices/<uuid:code>/": {"in": {"code": notice.code}},
        "/steward/people/<uuid:code>/": {"in": {"code": mia.code}},
        "/steward/people/<uuid:code>/erase/": {"in": {"code": mia.code}},
        "/steward/erasures/<uuid:id>/": {"in": {"id": gone.id}},
        "/api/v1/sittings/": {"post": {"unit": str(reading.code), "page": str(uuid4())}},
    }
