"""Privacy requests: queued with a due date, answered by another person, done once approved."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.http import Http404

from accounts.models import User
from audit.models import Leaf
from audit.queries import leaves_about, leaves_by
from consent.permits import restrictions
from privacy.models import Erasure, PrivacyRequest
from privacy.subject_requests import request_answers, requests
from privacy.subject_requests.request_answers import CannotAnswer

pytestmark = pytest.mark.django_db


def test_a_request_is_due_in_thirty_days_and_stored_once(mia, now):
    first = requests.ask(mia, "access", by=mia, note="please", now=now)
    again = requests.ask(mia, "access", by=mia, note="again", now=now + timedelta(days=1))
    assert again == first
    assert (first.due_at - first.asked_at, first.state) == (timedelta(days=30), "open")
    assert leaves_about(mia.code).filter(verb="request.ask").count() == 1


def test_typed_text_is_stored_sealed(mia, now):
    made = requests.ask(mia, "rectification", by=mia, note="  my name is wrong  ", now=now)
    stored = PrivacyRequest.objects.values_list("note", flat=True).get()
    assert b"wrong" not in bytes(stored)
    assert requests.read_text(made, "note") == "my name is wrong"
    assert requests.read_text(made, "answer") == ""


@pytest.mark.parametrize("kind", ["restriction", "objection", "nonsense", ""])
def test_only_requests_that_need_an_answer_can_be_queued(mia, kind, now):
    with pytest.raises(ValueError, match="can be asked for"):
        requests.ask(mia, kind, by=mia, note="", now=now)


def test_a_guardian_cannot_request_access(noah, greta, now):
    with pytest.raises(ValueError, match="can be asked for"):
        requests.ask(noah, "access", by=greta, note="", now=now)
    assert requests.ask(noah, "erasure", by=greta, note="", now=now).by == greta


def test_the_queue_begins_with_the_most_urgent_request(mia, noah, now):
    late = requests.ask(noah, "access", by=noah, note="", now=now - timedelta(days=40))
    new = requests.ask(mia, "access", by=mia, note="", now=now)
    assert list(requests.open_requests()) == [late, new]


def test_a_restriction_or_objection_is_done_at_once(mia, now):
    requests.switch(mia, "restriction", on=True, now=now)
    requests.switch(mia, "objection", on=True, now=now)
    rows = PrivacyRequest.objects.values_list("kind", "state", "outcome").order_by("kind")
    assert list(rows) == [("objection", "done", "at_once"), ("restriction", "done", "at_once")]
    assert set(restrictions.find_restrictions(mia)) == {"restriction", "objection"}
    assert not requests.open_requests().exists()
    assert not requests.switch(mia, "objection", on=True, now=now)


def test_an_approved_erasure_runs_and_deletes_its_request(noah, greta, amir, now):
    asked, code = requests.ask(noah, "erasure", by=greta, note="", now=now), noah.code
    done = request_answers.approve(asked.id, by=amir, answer="", now=now)
    assert done is not None
    assert done.rows_at
    assert not User.objects.filter(code=code).exists()
    assert not PrivacyRequest.objects.exists()
    assert leaves_by(amir.code).filter(verb="request.answer").count() == 1
    assert Leaf.objects.filter(verb="erasure.ask", actor_ref__isnull=False).exists()


def test_access_is_granted_and_a_correction_needs_an_answer(mia, amir, now):
    copy = requests.ask(mia, "access", by=mia, note="", now=now)
    assert request_answers.approve(copy.id, by=amir, answer="at My data", now=now) is None
    copy.refresh_from_db()
    assert (copy.state, copy.outcome, copy.decided_by) == ("done", "given", amir)
    assert requests.read_text(copy, "answer") == "at My data"
    wrong = requests.ask(mia, "rectification", by=mia, note="", now=now)
    with pytest.raises(CannotAnswer, match="Enter what was corrected"):
        request_answers.approve(wrong.id, by=amir, answer="  ", now=now)
    request_answers.approve(wrong.id, by=amir, answer="Your name.", now=now)
    assert PrivacyRequest.objects.get(id=wrong.id).outcome == "corrected"


def test_declining_needs_a_reason_that_the_person_reads(mia, amir, client_for, now):
    asked = requests.ask(mia, "erasure", by=mia, note="", now=now)
    with pytest.raises(CannotAnswer, match="Enter a reason"):
        request_answers.decline(asked.id, by=amir, reason=" ", now=now)
    request_answers.decline(
        asked.id, by=amir, reason="You are in an exam board until May.", now=now
    )
    page = client_for(mia).get("/my-data/").content.decode()
    assert "You are in an exam board until May." in page
    with pytest.raises(CannotAnswer, match="already been answered"):
        request_answers.approve(asked.id, by=amir, answer="", now=now)
    assert not Erasure.objects.exists()


def test_stewards_cannot_answer_their_own_request(amir, sara, now):
    asked = requests.ask(amir, "access", by=amir, note="", now=now)
    with pytest.raises(CannotAnswer, match="Another data steward"):
        request_answers.approve(asked.id, by=amir, answer="", now=now)
    request_answers.approve(asked.id, by=sara, answer="", now=now)


def test_a_missing_request_is_a_404():
    with pytest.raises(Http404):
        requests.get_request(uuid.uuid4())


# --- the page ---


def test_the_page_takes_requests_restrictions_and_objections(mia, client_for):
    client = client_for(mia)
    client.post("/my-data/ask/", {"kind": "rectification", "note": "My year is wrong."})
    client.post("/my-data/switch/", {"kind": "restriction", "on": "on"})
    client.post("/my-data/switch/", {"kind": "objection", "on": "on"})
    page = client.get("/my-data/").content.decode()
    assert "Something about me is wrong" in page
    assert "Everything about you has been paused since" in page
    assert "Allow profiling again" in page
    client.post("/my-data/switch/", {"kind": "restriction"})
    assert set(restrictions.find_restrictions(mia)) == {"objection"}


@pytest.mark.parametrize(
    ("path", "sent"),
    [("ask", {"kind": "objection"}), ("ask", {}), ("ask", {"kind": "access", "ward": "x"}),
     ("switch", {"kind": "erasure", "on": "on"}), ("switch", {})],
)  # fmt: skip
def test_invalid_requests_change_nothing_and_are_reported(mia, client_for, path, sent):
    answer = client_for(mia).post(f"/my-data/{path}/", sent)
    assert answer.status_code == 422
    assert "Nothing was" in answer.content.decode()
    assert not PrivacyRequest.objects.exists()


def test_a_guardian_requests_only_for_a_ward(noah, greta, mia, client_for):
    client = client_for(greta)
    assert "Send request for noah" in client.get("/my-data/").content.decode()
    sent = {"kind": "erasure", "ward": str(noah.code), "note": "He left the school."}
    client.post("/my-data/ask/", sent)
    (asked,) = PrivacyRequest.objects.all()
    assert (asked.person, asked.by, asked.state) == (noah, greta, "open")
    assert client.post("/my-data/ask/", {**sent, "ward": str(mia.code)}).status_code == 404
    assert client_for(mia).post("/my-data/ask/", sent).status_code == 404
    assert PrivacyRequest.objects.count() == 1


def test_a_guardian_sees_only_their_own_requests(noah, greta, client_for, now):
    requests.ask(noah, "rectification", by=noah, note="", now=now)
    page = client_for(greta).get("/my-data/").content.decode()
    assert "Requested 20 November" not in page
    requests.ask(noah, "erasure", by=greta, note="", now=now)
    assert "Requested 20 November" in client_for(greta).get("/my-data/").content.decode()


def test_only_the_person_lifts_a_restriction(mia, amir, client_for, now):
    restrictions.set_restriction(mia, "restriction", on=True, now=now)
    client_for(amir).post("/my-data/switch/", {"kind": "restriction"})
    assert "restriction" in restrictions.find_restrictions(mia)
