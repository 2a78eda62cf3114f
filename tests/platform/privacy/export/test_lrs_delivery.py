"""Course records reach the learning record store once each, and never after an erasure."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from consent.permits import restrictions
from courses.answers import responses
from privacy.erasure import erasure
from privacy.export import lrs_delivery, xapi
from privacy.models import Erasure, RecordsSent
from telemetry import events, sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Store:
    """A tiny LRS: stores statements by id and refuses other content under a known id."""

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
    """A store served over HTTP and configured as the site's."""
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
    """Configure the store a minute before mia opens a video, plays it and answers."""
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


def test_statements_are_sent_once_without_text_or_name(begun, store, mia, now):
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


def test_an_unreachable_store_is_retried_with_growing_delays(begun, store, mia, now):
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


def test_unrecorded_statements_are_sent_again(begun, store, mia, now):
    lrs_delivery.send_due(now=now + 3 * MINUTE)
    kept = dict(store.kept)
    RecordsSent.objects.update(until=now - MINUTE, due_at=now)
    # One of them is already stored with other content.
    odd = next(iter(kept))
    store.kept[odd] = {**kept[odd], "stored": "otherwise"}
    assert lrs_delivery.send_due(now=now + 4 * MINUTE) == 5
    assert set(store.kept) == set(kept)
    assert RecordsSent.objects.get(learner=mia).until > now


def test_nothing_is_sent_after_an_erasure_and_the_certificate_counts(begun, store, mia, noah, now):
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


def test_without_a_url_nothing_is_sent(mia, now, settings):
    settings.LRS_URL = ""
    assert lrs_delivery.send_due(now=now) == 0
    assert not RecordsSent.objects.exists()


def test_records_of_paused_learners_are_not_sent(begun, store, mia, now):
    restrictions.set_restriction(mia, restrictions.RESTRICTION, on=True, now=now + MINUTE)
    assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 0
    assert store.kept == {}


def test_nothing_is_sent_once_an_erasure_has_begun(begun, store, mia, now):
    mia.is_active = False
    mia.save(update_fields=["is_active"])
    assert RecordsSent.objects.filter(learner=mia).exists()
    assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 0
    assert store.asked == []


def test_a_row_that_cannot_be_read_waits_and_the_others_are_sent(
    begun, store, mia, noah, now, monkeypatch, caplog
):
    lrs_delivery.send_due(now=now - MINUTE)
    responses.record(
        learner=noah, question=factories.make_question(kind="text", answer="tea"), given="tea",
        sitting=None, hints_used=0, elapsed_ms=1500, draw=None, now=now + timedelta(seconds=9),
    )  # fmt: skip
    RecordsSent.objects.filter(learner=mia).update(due_at=now - MINUTE)
    read = xapi.records

    def read_or_fail(person, *given, **named):
        if person == mia:
            raise KeyError("the words that mia typed")
        return read(person, *given, **named)

    monkeypatch.setattr(xapi, "records", read_or_fail)
    with caplog.at_level(logging.WARNING):
        assert lrs_delivery.send_due(now=now + 3 * MINUTE) == 2
    assert verbs(store) == ["answered", "completed"]
    bad = RecordsSent.objects.get(learner=mia)
    assert (bad.tries, bad.due_at) == (1, now + 3 * MINUTE + timedelta(seconds=30))
    assert [each.message for each in caplog.records] == ["records.not_sent"]
    assert not any("typed" in str(vars(each)) for each in caplog.records)
