"""The queue of privacy requests, and answers to them; every view leaves a leaf."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.queries import leaves_about
from privacy.erasure import claim_codes
from privacy.models import Erasure, PrivacyRequest
from privacy.subject_requests import requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def erasure_request(noah, greta):
    return requests.ask(noah, "erasure", by=greta, note="He left.", now=timezone.now())


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def test_the_queue_shows_what_is_overdue_first_and_counts_it(client, erasure_request, mia):
    old = timezone.now() - timedelta(days=31)
    late = requests.ask(mia, "access", by=mia, note="", now=old)
    answer = client.get("/steward/requests/")
    assert [line.id for line in answer.context["waiting"]] == [late.id, erasure_request.id]
    assert [line.late for line in answer.context["waiting"]] == [True, False]
    page = answer.content.decode()
    assert "1 overdue" in page
    assert "their guardian" in page
    for name in ("noah", "greta", "mia", "He left"):
        assert name not in page


def test_the_menu_of_every_page_counts_open_requests(client, erasure_request):
    for path in ("/steward/", "/steward/consents/", "/steward/requests/"):
        assert '1<span class="vh"> waiting' in client.get(path).content.decode(), path


def test_opening_a_request_leaves_a_leaf_and_shows_its_text(client, erasure_request, noah):
    page = client.get(f"/steward/requests/{erasure_request.id}/").content.decode()
    assert "He left." in page
    assert str(noah.code) in page
    assert leaves_about(noah.code).filter(verb="steward.view").count() == 1


def test_without_the_word_nothing_is_erased(client, erasure_request, noah):
    there = f"/steward/requests/{erasure_request.id}/"
    for sent in ({"act": "approve"}, {"act": "approve", "word": "yes"}, {"word": "erase"}):
        answer = client.post(there, sent)
        assert answer.status_code == 422
        assert "Nothing was changed" in answer.content.decode()
    assert User.objects.filter(code=noah.code, is_active=True).exists()


def test_approving_erases_and_shows_the_steps(client, erasure_request, noah):
    sent = {"act": "approve", "word": "Erase"}
    page = client.post(f"/steward/requests/{erasure_request.id}/", sent).content.decode()
    done = Erasure.objects.get(subject=noah.code)
    assert str(done.id) in page
    (claim,) = re.findall(r"<code>((?:[A-Z2-7]{4}-){7}[A-Z2-7]{4})</code>", page)
    assert bytes(done.subject_ref) == claim_codes.subject_ref(claim, noah.code)
    assert claim not in client.get(f"/steward/erasures/{done.id}/").content.decode()
    assert not User.objects.filter(code=noah.code).exists()
    assert client.get(f"/steward/requests/{erasure_request.id}/").status_code == 404


def test_a_declined_request_is_listed_as_answered(client, erasure_request):
    there = f"/steward/requests/{erasure_request.id}/"
    assert client.post(there, {"act": "decline"}).status_code == 422
    client.post(there, {"act": "decline", "answer": "Ask again after the exam."})
    answer = client.get("/steward/requests/")
    assert answer.context["waiting"] == []
    assert [line.outcome for line in answer.context["answered"]] == ["declined"]
    assert "Ask again after the exam." in client.get(there).content.decode()
    assert PrivacyRequest.objects.get().decided_by is not None


def test_a_steward_s_own_request_is_answered_by_another(client_for, amir, sara):
    own = requests.ask(amir, "access", by=amir, note="", now=timezone.now())
    there = f"/steward/requests/{own.id}/"
    assert client_for(amir).post(there, {"act": "approve"}).status_code == 422
    assert client_for(sara).post(there, {"act": "approve"}).status_code == 302


def test_only_a_correction_leads_to_the_record(client, erasure_request, mia):
    wrong = requests.ask(mia, "rectification", by=mia, note="Mia with i", now=timezone.now())
    edit = f"/steward/people/{mia.code}/edit/"

    assert edit in client.get(f"/steward/requests/{wrong.id}/").content.decode()
    assert "/edit/" not in client.get(f"/steward/requests/{erasure_request.id}/").content.decode()
    assert client.get(edit).status_code == 200
