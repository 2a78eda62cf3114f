"""The number of queries of each page is fixed, as its main reader opens it.

No page may need one query more once there is more than twice of everything.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection, reset_queries, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from audit import sequencer, tree_heads, witness_publisher
from courses.models import Course
from teaching.class_picture import cells
from tests.fixtures.site.address_samples import samples
from tests.fixtures.site.crowded_samples import AGO, crowd
from tests.fixtures.users import client_for_person
from tests.site.pages.test_permission_matrix import FAR_AWAY, PEOPLE, TABLE, address_of, guess_of
from vault.erasure_ledger import LedgerEntry
from vault.keystore import open_keystore

UNIT = "/units/<uuid:code>/"
# How long ago the shown class picture began: before the acts of `crowd`, AGO.
BEGAN = timedelta(minutes=5)
# Each kind of unit has its own page; the matrix opens a reading.
ALSO = {f"{UNIT} {kind}": kind for kind in ("video", "quiz")}
# The main reader of a page is the first of these who may open it.
READERS = ("mia", "ines", "amir", "ravi", "noah", "greta")
# Figures of a group are queried once it is large enough to be shown. 50 and 500 people need the
# same queries (tests/platform/teaching/dashboard/test_five_hundred.py).
ONLY_OF_ENOUGH = {
    "/teach/<slug:slug>/",
    "/teach/<slug:slug>/items/",
    "/teach/<slug:slug>/items/<uuid:code>/",
    "/teach/<slug:slug>/lessons/",
    "/teach/<slug:slug>/lessons/<uuid:code>/",
    "/teach/<slug:slug>/states/",
    "/teach/<slug:slug>/topics/",
    "/teach/<slug:slug>/videos/",
    "/teach/<slug:slug>/videos/<uuid:code>/",
    "/teach/<slug:slug>/week/",
}
COUNTS = {
    "/": 28,
    "/accessibility/": 4,
    "/evidence/": 4,
    "/evidence/figures.json": 2,
    "/accounts/confirm/": 6,
    "/accounts/factor/": 3,
    "/accounts/factor/add/": 7,
    "/accounts/forgotten/": 4,
    "/accounts/login/": 3,
    "/accounts/password/": 5,
    "/accounts/security/": 9,
    "/accounts/session/": 2,
    "/accounts/signed-in/": 4,
    "/accounts/start/": 5,
    "/accounts/tokens/": 6,
    "/api/schema/": 3,
    "/api/v1/courses/": 3,
    "/api/v1/courses/<slug:slug>/": 5,
    "/api/v1/courses/<slug:slug>/progress/": 8,
    "/api/v1/courses/<slug:slug>/mastery/": 8,
    "/api/v1/units/<uuid:code>/": 6,
    "/api/v1/units/<uuid:code>/questions/": 5,
    "/api/v1/units/<uuid:code>/attempts/": 7,
    "/api/v1/units/<uuid:code>/discussion/": 14,
    "/api/v1/units/<uuid:code>/discussion/threads/<uuid:id>/": 11,
    "/api/v1/questions/<uuid:code>/": 6,
    "/api/v1/me/reports/": 5,
    "/api/v1/me/estimates/": 5,
    "/api/v1/me/consents/": 11,
    "/api/v1/teach/<slug:slug>/learners/": 7,
    "/api/v1/teach/<slug:slug>/progress/": 8,
    "/api/v1/teach/<slug:slug>/grades/": 11,
    "/api/v1/teach/<slug:slug>/now/": 24,
    "/api/v1/steward/consents/": 5,
    "/api/v1/steward/retention/": 12,
    "/health/": 19,
    "/calendar/": 6,
    "/calendar/due.ics": 5,
    "/consents/": 16,
    "/consents/devices/": 8,
    "/consents/notices/<uuid:code>/": 6,
    "/consents/receipts/<uuid:act>/": 6,
    "/consents/receipts/<uuid:act>.json": 3,
    "/consents/wards/<uuid:code>/": 12,
    "/invited/": 6,
    "/join/<uuid:code>/": 5,
    "/courses/<slug:slug>/": 31,
    "/courses/<slug:slug>/classmates/": 13,
    "/courses/<slug:slug>/review/": 10,
    "/journey/": 61,
    "/journey/months/": 18,
    "/messages/": 12,
    "/messages/<uuid:id>/": 18,
    "/my-data/": 31,
    "/my-data/certificates/<uuid:id>/": 3,
    "/my-data/looked/": 7,
    "/preferences/": 5,
    "/research/": 3,
    "/research/labels/": 7,
    "/research/labels/<uuid:id>/": 8,
    "/research/labels/<uuid:id>/agreement/": 10,
    "/research/labels/moments/<uuid:id>/": 18,
    "/research/tables/": 9,
    "/research/runs/": 9,
    "/research/runs/<uuid:id>/": 9,
    "/research/runs/<uuid:id>/live/": 9,
    "/research/predictors/": 9,
    "/research/predictors/<slug:name>/": 9,
    "/journey/model/": 10,
    "/research/studies/": 9,
    "/research/studies/<uuid:id>/": 9,
    "/research/studies/<uuid:id>/states/": 10,
    "/research/snapshots/": 9,
    "/research/snapshots/<uuid:id>/": 9,
    "/research/snapshots/<uuid:id>/live/": 9,
    "/steward/": 11,
    "/steward/audit/": 14,
    "/steward/consents/": 11,
    "/steward/documents/": 9,
    "/steward/documents/<slug:name>/": 9,
    "/steward/documents/<slug:name>/<slug:form>/": 5,
    "/steward/retention/": 15,
    "/steward/retention/holds/<uuid:id>/": 13,
    "/steward/requests/": 9,
    "/steward/requests/<uuid:id>/": 12,
    "/steward/site/": 10,
    "/steward/studies/": 9,
    "/steward/erasures/": 8,
    "/steward/erasures/<uuid:id>/": 12,
    "/steward/erasures/<uuid:id>/certificate/": 8,
    "/steward/people/": 9,
    "/steward/people/<uuid:code>/": 13,
    "/steward/people/<uuid:code>/account/": 21,
    "/steward/people/<uuid:code>/edit/": 14,
    "/steward/people/add/": 8,
    "/steward/people/<uuid:code>/factor/": 12,
    "/steward/people/export/": 7,
    "/steward/people/import/": 9,
    "/lti/courses/<uuid:id>/": 12,
    "/steward/lti/": 12,
    "/steward/lti/<uuid:id>/": 14,
    "/steward/people/import/<uuid:id>/": 13,
    "/steward/people/import/<uuid:id>/progress/": 4,
    "/steward/people/import/<uuid:id>/errors/": 9,
    "/steward/people/import/<uuid:id>/rows/<int:number>/": 8,
    "/steward/profile/change/": 50,
    "/author/": 9,
    "/author/new/": 5,
    "/author/import/": 7,
    "/author/import/<uuid:id>/": 6,
    "/author/import/<uuid:id>/progress/": 4,
    "/author/courses/<slug:slug>/": 62,
    "/author/courses/<slug:slug>/reuse/": 63,
    "/author/courses/<slug:slug>/bank/": 63,
    "/author/courses/<slug:slug>/words/": 62,
    "/author/courses/<slug:slug>/skills/": 62,
    "/author/courses/<slug:slug>/units/<uuid:code>/": 26,
    "/author/courses/<slug:slug>/units/<uuid:code>/film/": 5,
    "/author/courses/<slug:slug>/questions/new/": 60,
    "/author/courses/<slug:slug>/questions/<uuid:code>/": 62,
    "/author/courses/<slug:slug>/captions/<uuid:code>/<str:lang>/": 62,
    "/author/courses/<slug:slug>/captions/<uuid:code>/<str:lang>/file/": 60,
    "/author/courses/<slug:slug>/warnings/": 63,
    "/author/courses/<slug:slug>/versions/": 66,
    "/author/courses/<slug:slug>/export/": 62,
    "/teach/": 5,
    "/teach/<slug:slug>/": 60,
    "/teach/<slug:slug>/week/": 8,
    "/teach/<slug:slug>/board/": 32,
    "/teach/<slug:slug>/lessons/": 12,
    "/teach/<slug:slug>/lessons/<uuid:code>/": 29,
    "/teach/<slug:slug>/videos/": 11,
    "/teach/<slug:slug>/videos/<uuid:code>/": 20,
    "/teach/<slug:slug>/topics/": 12,
    "/teach/<slug:slug>/states/": 30,
    "/teach/<slug:slug>/items/": 10,
    "/teach/<slug:slug>/items/<uuid:code>/": 13,
    "/teach/<slug:slug>/compare/": 10,
    "/teach/<slug:slug>/effects/": 12,
    "/teach/<slug:slug>/learners/": 9,
    "/teach/<slug:slug>/learners/<uuid:code>/": 25,
    "/teach/<slug:slug>/people/": 8,
    "/teach/<slug:slug>/groups/": 9,
    "/teach/<slug:slug>/groups/move/": 6,
    "/teach/<slug:slug>/groups/<uuid:code>/": 11,
    "/teach/<slug:slug>/grades/": 14,
    "/teach/<slug:slug>/grades/total/": 9,
    "/teach/<slug:slug>/grades/<uuid:learner>/<uuid:unit>/": 18,
    "/teach/<slug:slug>/marking/": 11,
    "/teach/<slug:slug>/marking/<uuid:unit>/<uuid:question>/": 14,
    "/teach/<slug:slug>/marks/<uuid:answer>/files/<uuid:file>/": 10,
    "/attempts/<uuid:id>/files/<uuid:file>/": 7,
    "/teach/<slug:slug>/marks/<uuid:answer>/": 16,
    "/teach/<slug:slug>/regrades/<uuid:unit>/": 10,
    "/teach/<slug:slug>/regrades/<uuid:unit>/<uuid:question>/": 12,
    "/teach/<slug:slug>/units/": 8,
    "/teach/<slug:slug>/units/<uuid:code>/": 8,
    "/teach/<slug:slug>/units/<uuid:code>/groups/<uuid:group>/": 8,
    "/teach/<slug:slug>/level/": 8,
    "/teach/<slug:slug>/queue/": 24,
    "/teach/<slug:slug>/rules/": 8,
    "/teach/<slug:slug>/rules/new/": 12,
    "/teach/<slug:slug>/rules/replays/<uuid:id>/": 6,
    "/teach/<slug:slug>/rules/<slug:rule>/": 15,
    "/units/<uuid:code>/": 18,
    "/attempts/<uuid:id>/": 19,
    "/attempts/<uuid:id>/hand-in/": 18,
    "/attempts/<uuid:id>/report/": 4,
    "/units/<uuid:code>/discussion/": 18,
    "/units/<uuid:code>/discussion/live/": 16,
    "/units/<uuid:code>/discussion/names/": 7,
    "/units/<uuid:code>/discussion/threads/<uuid:id>/": 21,
    "/units/<uuid:code>/discussion/threads/<uuid:id>/live/": 19,
    "/units/<uuid:code>/discussion/threads/<uuid:id>/posts/<uuid:post>/<slug:act>/": 12,
    "/teach/<slug:slug>/classmates/": 14,
    "/teach/<slug:slug>/messages/": 20,
    "/teach/<slug:slug>/messages/<uuid:id>/": 18,
    "/teach/<slug:slug>/messages/new/": 18,
    "/teach/<slug:slug>/announcements/": 14,
    "/teach/<slug:slug>/announcements/<uuid:id>/": 7,
    "/courses/<slug:slug>/announcements/": 16,
    "/teach/<slug:slug>/discussion/": 13,
    "/units/<uuid:code>/ video": 24,
    "/units/<uuid:code>/ quiz": 25,
}


def reader(address: str) -> str | None:
    row = TABLE["GET", UNIT if address in ALSO else address]
    return next((name for name in READERS if row[name] == "in"), None)


# A video comes from the disk, the health page depends on other running processes, and the return
# from a provider or a platform works only in the browser that started it.
NO_PAGES = (
    "/media/", "/health/live", "/health/ready", "/metrics", "/accounts/sso/", "/lti/keys/",
    "/lti/first/",
)  # fmt: skip
PAGES = [
    address
    for method, address in TABLE
    if method == "GET" and reader(address) and not address.startswith(NO_PAGES)
]


def test_every_page_has_a_number():
    assert sorted(COUNTS) == sorted([*PAGES, *ALSO])


@pytest.fixture
def people(request, db):
    return {name: request.getfixturevalue(name) for name in PEOPLE[1:]}


@pytest.fixture
def world(people, settings, tmp_path, now, monkeypatch):
    """Return the permission matrix's world, plus one more of everything that pages list."""
    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path
    settings.AUDIT_WITNESS_FILE = tmp_path / "heads.jsonl"
    keep_one_quarter(monkeypatch)
    some_time_ago(now)
    found = samples(people["mia"], people["noah"], people["ines"], tmp_path, now)
    found["/journey/guesses/<uuid:id>/why/"] = {"in": {"id": guess_of(people["mia"])}}
    crowd(people, 1)
    course = Course.objects.get(slug="algebra")
    for address, kind in ALSO.items():
        unit = course.units.filter(kind=kind, scenario="course").order_by("position").first()
        found[address] = {"in": {"code": unit.code}}
    return found


def keep_one_quarter(monkeypatch):
    """Keep everything in one quarter of an hour of the class picture.

    With the real clock, a test around a full quarter would find the picture empty and count fewer
    queries.
    """
    assert BEGAN > AGO
    quarter = timezone.now() - BEGAN
    monkeypatch.setattr(cells, "quarter_of", lambda now: quarter)


def some_time_ago(now):
    """Add an old erasure and a witnessed tree head.

    The queries of the status page depend on both, and other tests may leave them behind.
    """
    open_keystore().record_erasure(LedgerEntry(uuid.uuid4(), b"gone", None, {}, "request", now))
    with transaction.atomic():
        audit.record("demo.seed", actor=None, subject=None)
    sequencer.assign_positions()
    tree_heads.make_head(now=now)
    witness_publisher.publish_to_file(now=now)


def asked(client, address, world) -> int:
    """Return the queries of a page that was opened before, without those that are cached."""
    url = address_of(address, world).partition(" ")[0]
    counted = 0
    for _ in range(2):
        reset_queries()  # Django keeps nine thousand queries and counts none beyond
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = client.get(url, REMOTE_ADDR=FAR_AWAY)
            transaction.set_rollback(True)
        counted = len(queries)
        assert response.status_code in (200, 302), (url, response.status_code)
    return counted


def all_asked(people, world) -> dict[str, int]:
    clients = {name: client_for_person(people[name]) for name in READERS}
    return {each: asked(clients[reader(each)], each, world) for each in (*PAGES, *ALSO)}


def test_no_page_makes_more_queries_than_listed(people, world):
    few = all_asked(people, world)
    assert {each: n for each, n in few.items() if n > COUNTS[each]} == {}
    crowd(people, 3)
    many = all_asked(people, world)
    grown = {each: (few[each], n) for each, n in many.items() if n > few[each]}
    assert grown.keys() <= ONLY_OF_ENOUGH, grown
