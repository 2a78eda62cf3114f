"""One of each thing that an address can name, for the permission matrix."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.utils import timezone

from adaptation.models import Intervention
from consent import notices, profiles, shown_texts
from consent.models import ConsentEvent, ProfileChange
from estimates.models import Share
from estimates.share_model import TEACH_SCOPES
from privacy import requests
from privacy.models import Erasure, Hold
from telemetry import sittings
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
    word = ConsentEvent.objects.create(
        learner=noah,
        scope="face:adapt",
        epoch=1,
        verb="guardian_grant",
        notice=notice,
        shown=shown_texts.keep(notice.body, now),
        at=now,
        expires_at=now,
    )
    gone = Erasure.objects.create(
        subject=noah.code, scopes=[], cause="withdrawal", asked_at=now, certificate="{}"
    )
    asked = requests.ask(noah, "rectification", by=noah, note="", now=now)
    asks = ProfileChange.objects.create(wanted="cn", before="demo", asked_at=now, reason=b"")
    held = Hold.objects.create(
        person=mia, category="identity", days=1, asked_at=now, ends_at=now, reason=b""
    )
    wished = _shares(mia, ines, course)
    return {
        "/my-data/shares/<uuid:id>/give/": {"in": {"id": wished.id}, "post": {"days": "7"}},
        "/my-data/shares/<uuid:id>/close/": {"in": {"id": wished.id}},
        "/teach/<slug:slug>/learners/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/learners/<uuid:code>/": {"in": {"slug": course.slug, "code": mia.code}},
        "/teach/<slug:slug>/learners/<uuid:code>/ask/": {
            "in": {"slug": course.slug, "code": noah.code}
        },
        "/steward/retention/holds/<uuid:id>/": {"in": {"id": held.id}, "post": {"act": "end"}},
        "/steward/profile/change/": {"post": {"to": "narnia"}},
        "/steward/profile/change/<uuid:id>/": {"in": {"id": asks.id}, "post": {"act": "end"}},
        "/my-data/ask/": {"post": {"kind": "access"}},
        "/my-data/switch/": {"post": {"kind": "objection", "on": "on"}},
        "/steward/documents/<slug:name>/": {"in": {"name": "impact-assessment"}},
        "/steward/documents/<slug:name>/<slug:form>/": {
            "in": {"name": "processing-record", "form": "md"}
        },
        "/steward/requests/<uuid:id>/": {
            "in": {"id": asked.id},
            "post": {"act": "decline", "answer": "It was right."},
        },
        "/journey/offers/": {"post": {"rule": "R6"}},
        "/offers/<uuid:code>/": {"in": {"code": _offer(mia, quiz, now)}, "post": {"do": "undo"}},
        "/courses/<slug:slug>/": {"in": {"slug": course.slug}},
        "/courses/<slug:slug>/review/": {"in": {"slug": course.slug}, "post": {"skill": "none"}},
        "/teach/<slug:slug>/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/board/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/effects/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/queue/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/handled/": {
            "in": {"slug": course.slug},
            "post": {"handled": f"{mia.code}:{quiz.code}"},
        },
        "/teach/<slug:slug>/level/": {"in": {"slug": course.slug}, "post": {"target": "80"}},
        "/teach/<slug:slug>/rules/new/": {"in": {"slug": course.slug}, "post": {"act": "save"}},
        "/teach/<slug:slug>/rules/<slug:rule>/": {
            "in": {"slug": course.slug, "rule": "R1"},
            "post": {"act": "half"},
        },
        "/teach/<slug:slug>/rules/<slug:rule>/version/": {
            "in": {"slug": course.slug, "rule": "R1"},
            "post": {"version": "1", "enabled": "off"},
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
        "/units/<uuid:code>/level/": {"in": {"code": quiz.code}},
        "/units/<uuid:code>/done/": {"in": {"code": reading.code}},
        "/units/<uuid:code>/watched/": {"in": {"code": video.code}},
        "/media/units/<uuid:code>/<str:name>": {"in": {"code": video.code, "name": "lecture.mp4"}},
        "/media/<uuid:code>/<str:name>": {"in": {"code": course.code, "name": "balance.png"}},
        "/consents/notices/<uuid:code>/": {"in": {"code": notice.code}},
        "/consents/receipts/<uuid:act>/": {"in": {"act": word.act}},
        "/consents/receipts/<uuid:act>.json": {"in": {"act": word.act}},
        "/consents/wards/<uuid:code>/": {"in": {"code": noah.code}},
        "/consents/wards/<uuid:code>/yes/": {"in": {"code": noah.code}},
        "/consents/wards/<uuid:code>/no/": {"in": {"code": noah.code}},
        "/steward/people/<uuid:code>/": {"in": {"code": mia.code}},
        "/steward/people/<uuid:code>/erase/": {"in": {"code": mia.code}},
        "/steward/people/<uuid:code>/factor/": {"in": {"code": mia.code}},
        "/steward/erasures/<uuid:id>/": {"in": {"id": gone.id}},
        "/steward/erasures/<uuid:id>/certificate/": {"in": {"id": gone.id}},
        "/my-data/certificates/<uuid:id>/": {"in": {"id": gone.id}},
        "/api/v1/sittings/": {"post": {"unit": str(reading.code), "page": str(uuid4())}},
    }


def _shares(mia, ines, course) -> Share:
    """ines may see what is guessed of mia in this course, and waits for an answer in another."""
    now = timezone.now()
    scopes = [name for name in TEACH_SCOPES if profiles.named("demo").allows(name)]
    Share.objects.create(
        course=course,
        learner=mia,
        teacher=ines,
        asked_at=now,
        opened_at=now,
        until=now + timedelta(days=7),
        scopes=scopes,
        epochs=[1] * len(scopes),
    )
    other = factories.make_course("geometry")
    return Share.objects.create(course=other, learner=mia, teacher=ines, asked_at=now)


def _offer(mia, quiz, now):
    """An offer that mia put off."""
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid4(), now=now)
    row = Intervention.objects.create(
        sitting=sitting, learner=mia, rule="R1", version=1, cut=1, kind="hint", probability=1,
        delivered=True, sealed=b"", decided_at=now, outcome="later", outcome_at=now,
    )  # fmt: skip
    return row.code
