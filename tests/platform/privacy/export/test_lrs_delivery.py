"""Course records go to a learning record store, each once, and to nobody after the account."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from consent.permits import restrictions
from courses.answers import responses
from privacy.erasure import erasure
from privacy.export import lrs_delivery
from privacy.models import Erasure, RecordsSent
from telemetry import events, sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Store:
    """A tiny LRS: keeps statements by id, refuses another content under the same id."""

    def __init__(self) -> None:
        self.kept, self.asked, self.answer = {}, [], None

    def take(self, method, path, headers, body) -> int:
        self.asked.append((method, path, headers))
        if self.answer is not None:
            return self.answer
        said = json.loads(body)
        single = parse_qs(urlsplit(path).query).get("statementId")
        statements = [said] if single else said
        if any(self.kept.get(one["id"], one) != one for one in statements):
            return 409
        self.kept.update({one["id"]: one for one in statements})
        return 204 if single else 200


@pytest.fixture
def store(settings):
    """Served over real HTTP, and named by the operator."""
    found = Store()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(found.take(self.command, self.path, dict(self.headers), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.LRS_URL = f"http://127.0.0.1:{server.server_address[1]}/xapi/"
    settings.LRS_KEY = "key:secret"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def begun(store, mia, now):
    """The store was named a minute before mia opens a video, plays it and answers something."""
    assert lrs_delivery.send_due(now=now - 2 * MINUTE) == 0
    video = factories.make_video_unit()
    sitting = sittings.open(mia, video, scenario="course", page=uuid.uuid4(), now=now)
    for name, t in (("play", 1), ("pause", 5)):
        at = now + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), float(t), name, float(t), None, at)
    responses.record(
        learner=mia, question=factories.make_question(kind="text", answer="tea"), given="tea",
        sitting=None, hints_used=0, elapsed_ms=1500, draw=None, now=now + timedelta(seconds=9),
    )  # fmt: skip
    sittings.touch(sitting.id, now + timedelta(seconds=9))
    return sitting


def verbs(store):
    told = sorted(store.kept.values(), key=lambda one: one["timestamp"])
    return [one["verb"]["id"].rpartition("/")[2] for one in told]


def test_what_happened_goes_once_without_words_or_a_name(begun, store, mia, now):
    assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 5
    assert verbs(store) == ["initialized", "played", "paused", "answered", "completed"]
    assert lrs_delivery.send_due(now=now + 5 * MINUTE) == 0
    assert RecordsSent.objects.get(learner=mia).statements == 5
    said = json.dumps(list(store.kept.values()))
    assert "tea" not in said
    assert {one["actor"]["account"]["name"] for one in store.kept.values()} == {str(mia.code)}
    method, path, headers = store.asked[0]
    assert (method, path) == ("POST", "/xapi/statements")
    assert headers["X-Experience-API-Version"] == "1.0.3"
    assert headers["Authorization"] == "Basic a2V5OnNlY3JldA=="


def test_a_store_that_is_away_is_asked_again_later_each_time(begun, store, mia, now):
    store.answer = 503
    due = []
    for tries in range(1, 4):
        at = now + tries * timedelta(hours=1)
        assert lrs_delivery.send_due(now=at) == 0
        row = RecordsSent.objects.get(learner=mia)
        assert row.tries == tries
        due.append(row.due_at - at)
    assert due == [timedelta(seconds=s) for s in (30, 60, 120)]
    asked = len(store.asked)
    lrs_delivery.send_due(now=now + timedelta(hours=3, seconds=100))
    assert len(store.asked) == asked
    store.answer = None
    assert lrs_delivery.send_due(now=now + timedelta(hours=4)) == 5
    assert RecordsSent.objects.get(learner=mia).tries == 0


def test_sent_and_not_written_down_the_same_statements_go_again(begun, store, mia, now):
    lrs_delivery.send_due(now=now + 3 * MINUTE)
    kept = dict(store.kept)
    RecordsSent.objects.update(until=now - MINUTE, due_at=now)
    # And one of them is known to the store with other content.
    odd = next(iter(kept))
    store.kept[odd] = {**kept[odd], "stored": "otherwise"}
    assert lrs_delivery.send_due(now=now + 4 * MINUTE) == 5
    assert set(store.kept) == set(kept)
    assert RecordsSent.objects.get(learner=mia).until > now


def test_nothing_goes_after_the_account_and_the_certificate_counts_what_went(
    begun, store, mia, noah, now
):
    lrs_delivery.send_due(now=now + 3 * MINUTE)
    sittings.close(begun, now=now + 4 * MINUTE)
    asked = len(store.asked)
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now + 5 * MINUTE)
    assert lrs_delivery.send_due(now=now + 9 * MINUTE) == 0
    erasure.sweep(now=now + 6 * MINUTE)
    assert lrs_delivery.send_due(now=now + 9 * MINUTE) == 0
    assert len(store.asked) == asked
    assert Erasure.objects.get(scopes=None).counts["privacy_recordssent"] == 5
    assert not RecordsSent.objects.filter(learner__code=mia.code).exists()


def test_without_an_address_nothing_is_begun(mia, now, settings):
    settings.LRS_URL = ""
    assert lrs_delivery.send_due(now=now) == 0
    assert not RecordsSent.objects.exists()


def test_nothing_of_who_is_paused_is_sent(begun, store, mia, now):
    restrictions.set_restriction(mia, restrictions.RESTRICTION, on=True, now=now + MINUTE)
    assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 0
    assert store.kept == {}


def test_nothing_goes_between_the_end_of_an_account_and_the_end_of_its_rows(begun, store, mia, now):
    mia.is_active = False
    mia.save(update_fields=["is_active"])
    assert RecordsSent.objects.filter(learner=mia).exists()
    assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 0
    assert store.asked == []
