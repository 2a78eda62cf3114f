"""A study collects nothing before a Steward approves it, and nobody studies a course they teach."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.people import make_person
from audit.models import Leaf
from consent.permits.errors import Refused
from research import urls
from research.labels import sampling
from research.models import Run, Snapshot, Study
from research.registry import flagged_predictors
from research.snapshots import snapshot_requests
from research.snapshots.snapshot_requests import SnapshotRequest
from research.studies import study_approval, study_setup
from research.studies.study_approval import CannotAnswerStudy
from tests.fixtures import factories
from tests.fixtures.users import NOW, PASSWORD
from tests.platform.research.conftest import STREAMS

pytestmark = pytest.mark.django_db
APPROVALS = "/steward/studies/"
NOT_OF_A_COURSE = {
    "studies": "a study belongs to those named in it, and its page shows no data of a course",
    "predictors": "a Predictor is in use for the whole site; its figures are of held-out groups",
}


@pytest.fixture
def both_roles():
    """A Steward who is also a Researcher."""
    roles = ["researcher", "steward"]
    return make_person("sofia", name="sofia", roles=roles, password=PASSWORD, now=NOW)


@pytest.mark.parametrize("answer", ["", "declined"])
def test_nothing_is_taken_for_a_study_that_no_steward_approved(
    pending_study, answer, willing, course, ravi, amir, now
):
    if answer:
        study_approval.answer(pending_study.id, answer, amir, now=now)
    pending_study.refresh_from_db()
    with pytest.raises(Refused):
        snapshot_requests.ask(SnapshotRequest(pending_study, course, STREAMS, 1), ravi, now=now)
    assert not study_setup.list_open(ravi, now=now).exists()
    assert not Snapshot.objects.exists()


def test_a_steward_reads_the_study_and_approves_it(client_for, pending_study, amir, ravi):
    page = client_for(amir).get(APPROVALS).content.decode()
    for text in ("Confusion in algebra", "EK 2026-N-12", "ravi", "Approve study"):
        assert text in page
    assert "No snapshots" not in page
    address = f"{APPROVALS}{pending_study.id}/"
    page = client_for(amir).post(address, {"answer": "approved"}, follow=True).content.decode()
    assert "No studies waiting for approval" in page
    assert "Approved on" in page
    study = Study.objects.get()
    assert (study.answer, study.answered_by) == ("approved", amir)
    assert Leaf.objects.filter(verb="study.change", public__contains="approved").count() == 1
    assert "Approved on" in client_for(ravi).get("/research/studies/").content.decode()


def test_an_answer_is_given_once_and_is_one_of_two(client_for, pending_study, amir):
    address = f"{APPROVALS}{pending_study.id}/"
    steward = client_for(amir)
    assert steward.post(address, {"answer": "maybe"}).status_code == 422
    assert steward.post(address, {"answer": "declined"}).status_code == 302
    again = steward.post(address, {"answer": "approved"})
    assert again.status_code == 422
    assert "already been approved or declined" in again.content.decode()
    assert Study.objects.get().answer == "declined"
    assert steward.post(f"{APPROVALS}{uuid.uuid4()}/", {"answer": "approved"}).status_code == 422


def test_a_member_does_not_approve_the_study(client_for, both_roles, amir, now, ravi):
    last_day = now.date() + timedelta(days=365)
    study = study_setup.begin_study("Own", "EK 9", last_day, both_roles, now=now)
    page = client_for(both_roles).get(APPROVALS).content.decode()
    assert "Another data steward must decide" in page
    assert "Approve study" not in page
    with pytest.raises(CannotAnswerStudy, match="named in this study yourself"):
        study_approval.answer(study.id, "approved", both_roles, now=now)
    study_approval.answer(study.id, "approved", amir, now=now)


def test_a_steward_who_approved_a_study_is_not_named_afterwards(
    client_for, both_roles, pending_study, ravi, now
):
    study_approval.answer(pending_study.id, "approved", both_roles, now=now)
    address = f"/research/studies/{pending_study.id}/name/"
    answer = client_for(ravi).post(address, {"person": str(both_roles.code)})
    assert answer.status_code == 422
    assert "This person decided on this study as a data steward" in answer.content.decode()
    assert pending_study.members.count() == 1


def test_the_database_holds_an_answer_and_its_time_together(pending_study, now):
    for wrong in ({"answer": "approved"}, {"answered_at": now}, {"answer": "maybe"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Study.objects.filter(id=pending_study.id).update(**wrong)


@pytest.fixture
def objects(freeze, willing, task, now):
    """By URL prefix, an object of the course that a Teacher may not study."""
    row = freeze()
    run = Run.objects.create(
        recipe="finetune", snapshot=row, asked_by=b"x" * 32, asked_at=now, due_at=now
    )
    return {"labels": task, "labels/moments": task.items.first(), "snapshots": row, "runs": run}


def of_an_object():
    """Return each research URL with an object, and the prefix it belongs to."""
    for pattern in urls.urlpatterns:
        address = str(pattern.pattern)
        if "<" in address:
            yield address, address.partition("/<")[0]


def ask_all(client, objects):
    """Return the status of each GET and POST of an object's URLs."""
    found = {}
    for address, of in of_an_object():
        if of in NOT_OF_A_COURSE:
            continue
        path = "/research/" + address.replace("<uuid:id>", str(objects[of].id))
        for send in (client.get, client.post):
            with transaction.atomic():
                found[address, send.__name__] = send(path).status_code
                transaction.set_rollback(True)
    return found


def test_every_address_of_an_object_is_closed_to_a_teacher_of_its_course(
    client_for, objects, course, ravi
):
    researcher = client_for(ravi)
    before = ask_all(researcher, objects)
    assert len(before) == 20
    assert 404 not in before.values()
    factories.make_enrolment(ravi, course, role="teacher")
    after = ask_all(researcher, objects)
    let_in = {way for way, status in before.items() if status != 405}
    assert {way: after[way] for way in let_in} == dict.fromkeys(let_in, 404)


def test_a_run_on_an_own_course_is_not_listed_and_not_begun_again(
    client_for, objects, course, predictor, ravi, monkeypatch
):
    run, researcher = objects["runs"], client_for(ravi)
    monkeypatch.setattr(
        flagged_predictors, "find_shrunk_runs", lambda names: dict.fromkeys(names, run)
    )
    made = f"/research/predictors/{predictor}/act/"
    assert str(run.id) in researcher.get("/research/runs/").content.decode()
    factories.make_enrolment(ravi, course, role="teacher")
    assert str(run.id) not in researcher.get("/research/runs/").content.decode()
    again = researcher.post(made, {"act": "retrain"})
    start = {"recipe": "finetune", "data": str(run.snapshot_id)}
    assert again.status_code == 404
    assert researcher.post("/research/runs/start/", start).status_code == 404
    assert Run.objects.count() == 1


def test_a_run_without_its_snapshot_is_closed_to_a_teacher(client_for, objects, course, ravi):
    run, researcher = objects["runs"], client_for(ravi)
    Run.objects.filter(pk=run.pk).update(snapshot=None)
    page = f"/research/runs/{run.id}/"
    assert researcher.get(page).status_code == 200
    factories.make_enrolment(ravi, course, role="teacher")
    assert researcher.get(page).status_code == 404
    Run.objects.filter(pk=run.pk).update(simulated=True)
    assert researcher.get(page).status_code == 200


def test_no_page_lets_a_teacher_study_their_own_course(
    client_for, study, willing, course, freeze, task, ravi, now
):
    row = freeze()
    factories.make_enrolment(ravi, course, role="teacher")
    researcher = client_for(ravi)
    wish = {"study": str(study.id), "course": course.slug, "stream": ["pointer"], "days": "7"}
    for address, post in (
        (f"/research/snapshots/{row.id}/export/", {}),
        (f"/research/snapshots/{row.id}/delete/", {}),
        ("/research/snapshots/ask/", wish),
        ("/research/labels/draw/", {"course": course.slug, "stream": ["pointer"]}),
    ):
        assert researcher.post(address, post).status_code == 404, address
    for address in ("/research/snapshots/", "/research/labels/"):
        assert f'value="{course.slug}"' not in researcher.get(address).content.decode()
    with pytest.raises(CommandError):
        call_command(
            "snapshots", "freeze", course.slug, "pointer",
            study=study.id, by="ravi", stdout=StringIO(),
        )  # fmt: skip
    listed = StringIO()
    call_command("snapshots", "list", by="ravi", json=True, stdout=listed)
    assert json.loads(listed.getvalue())["rows"] == []


def test_one_teacher_among_the_named_is_enough_to_refuse_a_snapshot(
    study, willing, course, ravi, other, now
):
    study_setup.name_member(study, other, ravi, now=now)
    factories.make_enrolment(other, course, role="teacher")
    with pytest.raises(Refused, match="teaches this course"):
        snapshot_requests.ask(SnapshotRequest(study, course, STREAMS, 1), ravi, now=now)


def test_a_teacher_of_a_snapshots_course_is_not_named_in_its_study(
    client_for, freeze, willing, course, study, ravi, other, now
):
    freeze()
    factories.make_enrolment(other, course, role="teacher")
    address = f"/research/studies/{study.id}/name/"
    answer = client_for(ravi).post(address, {"person": str(other.code)})
    assert answer.status_code == 422
    assert "This person teaches a course that this study" in answer.content.decode()


def test_a_teacher_of_another_course_may_study_this_one(study, willing, course, task, ravi, now):
    assert sampling.find_willing(course, STREAMS, now=now)
    assert snapshot_requests.ask(SnapshotRequest(study, course, STREAMS, 1), ravi, now=now)


def test_a_study_loaded_before_its_decision_does_not_name_the_steward(
    both_roles, pending_study, ravi, now
):
    study_approval.answer(pending_study.id, "approved", both_roles, now=now)
    assert pending_study.answered_by is None
    with pytest.raises(study_setup.CannotName):
        study_setup.name_member(pending_study, both_roles, ravi, now=now)


def test_a_study_loaded_before_it_was_declined_takes_nothing(study, willing, course, ravi, now):
    Study.objects.filter(id=study.id).update(answer="declined")
    with pytest.raises(Refused):
        snapshot_requests.ask(SnapshotRequest(study, course, STREAMS, 1), ravi, now=now)
