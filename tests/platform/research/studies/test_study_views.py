"""Pages of studies and Snapshots: access, actions, and content."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Leaf
from privacy.erasure import erasure
from research.models import Snapshot, Study, StudyMember
from research.snapshots import freeze_worker, snapshot_counts
from research.studies import study_setup
from tests.fixtures.self_reports import store_report
from tests.platform.research.conftest import BOTH

pytestmark = pytest.mark.django_db
STUDIES, SNAPSHOTS = "/research/studies/", "/research/snapshots/"


def new(**other):
    last_day = (timezone.localdate() + timedelta(days=30)).isoformat()
    return {"title": "Confusion", "approval": "EK 1", "last_day": last_day, **other}


def test_they_are_there_for_researchers_alone(client_for, ravi, mia, ines, amir):
    for address in (STUDIES, SNAPSHOTS):
        assert client_for(ravi).get(address).status_code == 200
        for person in (mia, ines, amir):
            assert client_for(person).get(address).status_code == 404


def test_a_study_starts_with_its_author_and_without_a_statement(client_for, ravi):
    page = client_for(ravi).post(f"{STUDIES}begin/", new(), follow=True).content.decode()
    assert "I agree to this statement" in page
    member = StudyMember.objects.get()
    assert (member.person, member.statement_at) == (ravi, None)
    assert Leaf.objects.filter(verb="study.change").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"approval": ""},
        {"title": "x" * 121},
        {"last_day": ""},
        {"last_day": "soon"},
        {"last_day": "2001-01-01"},
        {"last_day": "9999-12-31"},
    ],
)
def test_a_study_lacking_something_does_not_begin(client_for, ravi, wrong):
    answer = client_for(ravi).post(f"{STUDIES}begin/", new(**wrong))
    assert (answer.status_code, Study.objects.count()) == (422, 0)


def test_a_researcher_who_is_not_named_sees_nothing_of_it(
    client_for, freeze, willing, other, study
):
    row = freeze()
    page = client_for(other)
    for address in (f"{STUDIES}{study.id}/", f"{SNAPSHOTS}{row.id}/", f"{SNAPSHOTS}{row.id}/live/"):
        assert page.get(address).status_code == 404
    posts = (f"{STUDIES}{study.id}/name/", f"{STUDIES}{study.id}/statement/")
    for address in (*posts, f"{SNAPSHOTS}{row.id}/export/"):
        assert page.post(address).status_code == 404
    for address in (STUDIES, SNAPSHOTS):
        assert study.title not in page.get(address).content.decode()


def test_naming_a_researcher_and_their_own_statement(client_for, ravi, other, mia, study, demo):
    page = client_for(ravi)
    address = f"{STUDIES}{study.id}/"
    for wrong in (str(mia.code), "nobody"):
        assert page.post(f"{address}name/", {"person": wrong}).status_code == 404
    told = page.post(f"{address}name/", {"person": str(other.code)}, follow=True).content.decode()
    assert "rosa" in told
    theirs = client_for(other)
    listed = theirs.get(STUDIES).content.decode()
    assert study.title in listed
    assert "not signed" in listed
    assert study.title not in theirs.get(SNAPSHOTS).content.decode()
    assert "You signed it on" in theirs.post(f"{address}statement/", follow=True).content.decode()
    assert study.title in theirs.get(SNAPSHOTS).content.decode()


def test_a_snapshot_is_asked_for_waits_and_is_there(client_for, willing, course, study, ravi):
    page = client_for(ravi)
    wish = {"study": str(study.id), "course": "algebra", "stream": ["pointer"], "days": "7"}
    told = page.post(f"{SNAPSHOTS}ask/", {**wish, "unlabelled": "yes"}, follow=True)
    assert "Waiting for a worker." in told.content.decode()
    row = Snapshot.objects.get()
    type(willing[next(iter(willing))]).objects.update(active_at=timezone.now())
    freeze_worker.process_due(now=timezone.now)
    told = page.get(f"{SNAPSHOTS}{row.id}/live/").content.decode()
    assert "fewer than five real people" in told
    assert "<html" not in told


def test_a_refused_request_says_why(client_for, course, study, ravi, other, demo):
    page = client_for(ravi)
    wish = {"study": str(study.id), "course": "algebra", "days": "7"}
    assert (
        "Select at least one type of data" in page.post(f"{SNAPSHOTS}ask/", wish).content.decode()
    )
    nobody = page.post(f"{SNAPSHOTS}ask/", {**wish, "stream": ["pointer"]})
    assert (nobody.status_code, Snapshot.objects.count()) == (422, 0)
    assert "No one in this course currently allows research" in nobody.content.decode()
    for wrong in ({"study": "x"}, {"days": "8"}, {"days": "x"}, {"course": "none"}):
        assert page.post(f"{SNAPSHOTS}ask/", {**wish, **wrong}).status_code == 404
    assert client_for(other).post(f"{SNAPSHOTS}ask/", wish).status_code == 404


def test_only_what_the_rules_of_the_site_allow_is_offered(client_for, study, ravi, settings, demo):
    page = client_for(ravi)
    offered = page.get(SNAPSHOTS).content.decode()
    assert 'value="pointer"' in offered
    assert 'value="eeg"' not in offered
    settings.LEGAL_PROFILE = "eu_education"
    assert "do not allow any data to be used for research" in page.get(SNAPSHOTS).content.decode()


def test_the_card_shows_counts_when_frozen_and_now(
    client_for,
    two,
    freeze,
    ravi,
    mia,
    now,
    monkeypatch,
):
    monkeypatch.setattr(snapshot_counts, "FLOOR", 2)
    for sitting in two.values():
        store_report(sitting, 31.0, "confusion", now)
    row = freeze(*BOTH)
    address, page = f"{SNAPSHOTS}{row.id}/", client_for(ravi)
    whole = page.get(address).content.decode()
    assert '<th scope="row">Real people</th><td class="r">2</td><td class="r">2</td>' in whole
    assert "It has been reduced" not in whole
    monkeypatch.setattr(snapshot_counts, "FLOOR", 1)
    erasure.withdraw(mia.code, [f"{name}:research" for name in BOTH], now=now)
    left = page.get(address).content.decode()
    assert '<th scope="row">Real people</th><td class="r">2</td><td class="r">1</td>' in left
    assert "It has been reduced" in left
    bare = row.windows - 2
    assert bare > 2
    for name, then, now_left in (("Labelled", 2, 1), ("Unlabelled", bare, bare // 2)):
        told = f'<td class="r">{then}</td><td class="r">{now_left}</td>'
        assert f'<th scope="row">{name} windows</th>{told}' in left


def test_the_files_are_given_to_who_may_and_refused_afterwards(
    client_for,
    two,
    more,
    freeze,
    ravi,
    study,
    other,
    now,
):
    row = freeze(*BOTH)
    answer = client_for(ravi).post(f"{SNAPSHOTS}{row.id}/export/")
    assert answer["Content-Type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    study_setup.name_member(study, other, ravi, now=now)
    refused = client_for(other).post(f"{SNAPSHOTS}{row.id}/export/")
    assert refused.status_code == 422
    Study.objects.update(made_at=now - timedelta(days=30), ends_at=now - timedelta(days=1))
    assert client_for(ravi).post(f"{SNAPSHOTS}{row.id}/export/").status_code == 422
    assert "Export files" not in client_for(ravi).get(f"{SNAPSHOTS}{row.id}/").content.decode()
    Snapshot.objects.update(state="none", digest="")
    assert client_for(ravi).post(f"{SNAPSHOTS}{row.id}/export/").status_code == 404
