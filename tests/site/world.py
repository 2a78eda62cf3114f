"""One of each thing that an address can name, for the permission matrix."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.utils import timezone

from accounts import api_tokens, password_links
from adaptation.models import Intervention
from consent import notices, profiles, shown_texts
from consent.gate import Permit
from consent.models import ConsentEvent, ProfileChange
from courses import attempts, calendar_feeds, invitations
from courses.email_invitations import sending
from courses.regrade_preview import RegradeChoice
from discussion import flags, posting
from estimates.models import Share
from estimates.share_model import TEACH_SCOPES
from privacy import requests
from privacy.models import Erasure, Hold
from research.models import LabelItem, LabelTask
from telemetry import device_tokens, sittings
from telemetry.models import DeviceToken
from tests import factories, openid_provider
from tests.consenting import yes
from tests.site import world_of_authors, world_of_imports, world_of_research, world_of_runs
from tests.taking import make_test, regrade

DISCUSSION = "/units/<uuid:code>/discussion/"


def _password_link(person) -> str:
    """The query of a one-time link."""
    return password_links.make_link(person, by=None, now=timezone.now()).partition("?")[2]


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
    for name in ("lecture.mp4", "lecture.png", "balance.png"):
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
    test = attempts.begin(mia, make_test(course=course), now=timezone.now())
    item = _moment(mia, video, now)
    return {
        **_discussion(mia, noah, reading, now),
        **world_of_authors.samples(ines, course, reading, video, question, now),
        **world_of_research.samples(course, mia, item.sitting),
        **world_of_runs.samples(),
        **_api(course, video, quiz),
        **{
            f"/accounts/sso/<slug:key>/{act}": {"in": {"key": openid_provider.KEY}}
            for act in ("", "callback/", "confirm/", "connect/", "disconnect/", "log-out/")
        },
        "/accounts/start/": {"query": f"?{_password_link(mia)}"},
        "/calendar/due.ics": {"query": f"?key={calendar_feeds.make_key(mia, now=timezone.now())}"},
        "/accounts/tokens/<uuid:code>/back/": {
            "in": {"code": api_tokens.make(mia, "phone", "read", 1, now=timezone.now())[0].id}
        },
        "/my-data/shares/<uuid:id>/give/": {"in": {"id": wished.id}, "post": {"days": "7"}},
        "/my-data/shares/<uuid:id>/close/": {"in": {"id": wished.id}},
        "/teach/<slug:slug>/learners/": {"in": {"slug": course.slug}},
        "/invited/": {"query": f"?{_email_invitation(course, ines)}"},
        "/join/<uuid:code>/": {"in": {"code": _invitation(course, ines)}},
        **{
            f"/teach/<slug:slug>/people/{act}": {"in": {"slug": course.slug}, "post": posted}
            for act, posted in {
                "": {},
                "add/": {"people": "mallory", "role": "learner"},
                "out/": {"person": str(mia.code), "role": "learner"},
                "email/": {"typed": "lena@school.example"},
                "invite/": {"act": "end"},
            }.items()
        },
        "/teach/<slug:slug>/learners/<uuid:code>/": {"in": {"slug": course.slug, "code": mia.code}},
        "/teach/<slug:slug>/learners/<uuid:code>/ask/": {
            "in": {"slug": course.slug, "code": noah.code}
        },
        "/steward/retention/holds/<uuid:id>/": {"in": {"id": held.id}, "post": {"act": "end"}},
        "/steward/site/": {"post": {"name": ""}},
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
        "/courses/<slug:slug>/sensed/": {"in": {"slug": course.slug}, "post": {"said": "none"}},
        "/teach/<slug:slug>/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/board/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/videos/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/videos/<uuid:code>/": {"in": {"slug": course.slug, "code": video.code}},
        "/teach/<slug:slug>/topics/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/compare/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/items/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/items/<uuid:code>/": {
            "in": {"slug": course.slug, "code": question.code}
        },
        "/teach/<slug:slug>/effects/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/queue/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/handled/": {
            "in": {"slug": course.slug},
            "post": {"handled": f"{mia.code}:{quiz.code}"},
        },
        "/teach/<slug:slug>/level/": {"in": {"slug": course.slug}, "post": {"target": "80"}},
        "/teach/<slug:slug>/rules/new/": {"in": {"slug": course.slug}, "post": {"act": "save"}},
        "/teach/<slug:slug>/rules/replays/<uuid:id>/": {"in": {"slug": course.slug, "id": uuid4()}},
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
        "/research/labels/draw/": {"post": {"course": course.slug}},
        "/research/labels/<uuid:id>/": {"in": {"id": item.task_id}},
        "/research/labels/<uuid:id>/agreement/": {"in": {"id": item.task_id}},
        "/research/labels/moments/<uuid:id>/": {"in": {"id": item.id}},
        "/units/<uuid:code>/": {"in": {"code": reading.code}},
        "/units/<uuid:code>/begin/": {"in": {"code": test.unit.code}},
        "/attempts/<uuid:id>/": {"in": {"id": test.id}},
        "/attempts/<uuid:id>/answer/": {
            "in": {"id": test.id},
            "post": {"question": str(attempts.places_of(test)[0].code), "given": "5"},
        },
        "/attempts/<uuid:id>/hand-in/": {"in": {"id": test.id}},
        "/attempts/<uuid:id>/report/": {"in": {"id": test.id}},
        "/teach/<slug:slug>/grades/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/grades/<uuid:learner>/<uuid:unit>/": {
            "in": {"slug": course.slug, "learner": mia.code, "unit": test.unit.code},
            "post": {"act": "ungrade"},
        },
        "/teach/<slug:slug>/regrades/<uuid:unit>/": {
            "in": {"slug": course.slug, "unit": test.unit.code},
            "post": {"undo": str(_regrade(test, ines).id)},
        },
        "/teach/<slug:slug>/regrades/<uuid:unit>/<uuid:question>/": {
            "in": {
                "slug": course.slug,
                "unit": test.unit.code,
                "question": attempts.places_of(test)[0].code,
            },
            "post": {"reason": "One question was unclear."},
        },
        "/teach/<slug:slug>/units/": {"in": {"slug": course.slug}},
        "/teach/<slug:slug>/units/<uuid:code>/": {
            "in": {"slug": course.slug, "code": test.unit.code},
            "post": {"scenario": "graded"},
        },
        "/units/<uuid:code>/answer/": {
            "in": {"code": quiz.code},
            "post": {"question": str(question.code), "given": "5"},
        },
        "/units/<uuid:code>/level/": {"in": {"code": quiz.code}},
        "/units/<uuid:code>/done/": {"in": {"code": reading.code}},
        "/units/<uuid:code>/watched/": {"in": {"code": video.code}},
        "/media/units/<uuid:code>/<str:name>": {"in": {"code": video.code, "name": "lecture.mp4"}},
        "/media/<uuid:code>/<str:name>": {"in": {"code": course.code, "name": "balance.png"}},
        "/consents/devices/<uuid:code>/back/": {"in": {"code": _device_token(mia, now).id}},
        # Nothing that could guess in a page is in use here (test_guessing_here serves one).
        "/predictors/<str:digest>/network.onnx": {"in": {"digest": "0" * 12}},
        "/consents/notices/<uuid:code>/": {"in": {"code": notice.code}},
        "/consents/receipts/<uuid:act>/": {"in": {"act": word.act}},
        "/consents/receipts/<uuid:act>.json": {"in": {"act": word.act}},
        "/consents/wards/<uuid:code>/": {"in": {"code": noah.code}},
        "/consents/wards/<uuid:code>/yes/": {"in": {"code": noah.code}},
        "/consents/wards/<uuid:code>/no/": {"in": {"code": noah.code}},
        "/steward/people/<uuid:code>/": {"in": {"code": mia.code}},
        "/steward/people/<uuid:code>/erase/": {"in": {"code": mia.code}},
        **{
            f"/steward/people/<uuid:code>/{act}/": {"in": {"code": mia.code}}
            for act in ("account", "edit", "guardians", "link", "link/send", "lock", "sign-out")
        },
        "/steward/people/<uuid:code>/sso/": {
            "in": {"code": mia.code},
            "post": {"provider": openid_provider.KEY},
        },
        "/steward/people/<uuid:code>/nomination/": {
            "in": {"code": mia.code},
            "post": {"act": "end"},
        },
        **world_of_imports.samples(mia, now),
        "/steward/people/<uuid:code>/factor/": {"in": {"code": mia.code}},
        "/steward/erasures/<uuid:id>/": {"in": {"id": gone.id}},
        "/steward/erasures/<uuid:id>/certificate/": {"in": {"id": gone.id}},
        "/my-data/certificates/<uuid:id>/": {"in": {"id": gone.id}},
        "/api/v1/sittings/": {"post": {"unit": str(reading.code), "page": str(uuid4())}},
    }


def _regrade(test, ines):
    """Everybody gets the point of the first question."""
    choice = RegradeChoice(test.unit, attempts.places_of(test)[0], "full_credit", True)
    return regrade(choice, "It was unclear.", by=ines)


def _invitation(course, ines):
    """One that holds now."""
    until = timezone.now() + timedelta(days=7)
    return invitations.open(course, until=until, by=ines)


def _email_invitation(course, ines) -> str:
    """The query of a link to hand over."""
    (link,) = sending.invite(course, ["lena@school.example"], by=ines, now=timezone.now())
    return link.path.partition("?")[2]


def _moment(mia, video, now) -> LabelItem:
    """A moment of mia's to label, which she lets research look at."""
    scopes = ["activity:adapt", "activity:research"]
    yes(mia, *scopes, now=timezone.now(), by=mia)
    task = LabelTask.objects.create(course=video.course, streams=["activity"], made_at=now)
    sitting = sittings.open(mia, video, scenario="course", page=uuid4(), now=now)
    return LabelItem.objects.create(
        task=task, learner=mia, sitting=sitting, cut=1, scopes=scopes, epochs=[1, 1], made_at=now
    )


def _discussion(mia, noah, unit, now) -> dict[str, dict[str, object]]:
    """A thread of mia beside a unit, a post of hers in it, and a report by noah."""
    thread = posting.begin(
        unit, mia, id=uuid4(), title="Why nine?", text="Why do we take 9?", time_s=None, now=now
    )
    post = thread.posts.get()
    flags.report(post, noah, why="Not about this.", now=now)
    answer = posting.reply(thread, noah, id=uuid4(), text="It undoes the sum.", now=now)
    beside = {"code": unit.code}
    here = {**beside, "id": thread.id}
    return {
        DISCUSSION: {"in": beside, "post": {"words": "nine"}},
        f"{DISCUSSION}live/": {"in": beside},
        f"{DISCUSSION}new/": {"in": beside, "post": {"title": "More", "text": "And why?"}},
        f"{DISCUSSION}read/": {"in": beside},
        f"{DISCUSSION}names/": {"in": beside},
        f"{DISCUSSION}threads/<uuid:id>/": {"in": here, "post": {"text": "Because."}},
        f"{DISCUSSION}threads/<uuid:id>/live/": {"in": here},
        f"{DISCUSSION}threads/<uuid:id>/act/": {
            "in": here,
            "post": {"do": f"unhelpful:{post.id}"},
        },
        f"{DISCUSSION}threads/<uuid:id>/posts/<uuid:post>/<slug:act>/": {
            "in": {**here, "post": post.id, "act": "report"},
            "post": {"why": "Unkind."},
        },
        "/teach/<slug:slug>/discussion/": {
            "in": {"slug": unit.course.slug},
            "post": {"handled": str(post.flags.get().id)},
        },
        **_discussion_api(here, answer),
    }


def _discussion_api(here, answer) -> dict[str, dict[str, object]]:
    """The same by the API."""
    said, before = {"id": str(uuid4()), "text": "Because."}, f"/api/v1{DISCUSSION}"
    reply = {**here, "post": answer.id}
    post = "threads/<uuid:id>/posts/<uuid:post>/"
    return {
        before: {"in": here},
        f"{before}threads/": {"in": here, "post": {**said, "title": "Why nine?"}},
        f"{before}threads/<uuid:id>/": {"in": here},
        f"{before}threads/<uuid:id>/replies/": {"in": here, "post": said},
        f"{before}{post}accept/": {"in": reply},
        f"{before}{post}report/": {"in": reply, "post": {"why": "Unkind."}},
    }


def _api(course, video, quiz) -> dict[str, dict[str, object]]:
    """What the API's addresses name, and what is sent to them."""
    first = quiz.questions.filter(position__isnull=False).first()
    given = {"id": str(uuid4()), "given": ["5"], "elapsed_ms": 1}
    played = {"stretches": [[0, 1]], "at": 1}
    taught = (f"teach/<slug:slug>/{name}/" for name in ("learners", "progress", "grades", "now"))
    course_ = "courses/<slug:slug>/"
    of_course = (course_, f"{course_}progress/", f"{course_}mastery/", *taught)
    named = {address: {"in": {"slug": course.slug}} for address in of_course}
    unit, question = {"in": {"code": video.code}}, {"in": {"code": first.code}}
    found = {
        **named,
        "units/<uuid:code>/": unit,
        "units/<uuid:code>/questions/": unit,
        "units/<uuid:code>/watched/": {**unit, "post": played},
        "units/<uuid:code>/done/": unit,
        "questions/<uuid:code>/": question,
        "questions/<uuid:code>/answers/": {**question, "post": given},
        "me/consents/": {"post": {"on": [], "notices": {}, "shown": {}}},
        "me/consents/withdraw/": {"post": {"off": []}},
    }
    return {f"/api/v1/{address}": sample for address, sample in found.items()}


def _device_token(mia, now) -> DeviceToken:
    """A key that stands on a yes there is no more: it lists, and sends nothing."""
    gone = Permit(mia.code, "eda:adapt", 0, now)
    return device_tokens.make(mia, "shimmer3", [gone], 1, now=timezone.now())[0]


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
