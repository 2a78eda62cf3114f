"""Restriction and objection: in force from the commit on, and lifted only by the person."""

from __future__ import annotations

import uuid

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from audit.models import Leaf
from consent.models import Grant, Restriction
from consent.permits import gate, restrictions, subject_access
from consent.permits.errors import Refused
from estimates.models import AffectEstimate, Predictor
from telemetry import sittings
from tests.fixtures import factories
from vault.sealed_values import Place, seal_value

pytestmark = pytest.mark.django_db
SCOPES = ("pointer:adapt", "pointer:teach", "pointer:research")


def refusals(person, now, scopes=SCOPES):
    return {
        scope: why.code for scope, why in gate.permits(person.code, scopes, now=now).refused.items()
    }


@pytest.fixture
def open_to_all(mia, allow):
    allow(mia, *SCOPES)
    return mia


def test_everything_sensed_is_refused_at_once_and_the_course_goes_on(open_to_all, now):
    assert refusals(open_to_all, now) == {}
    assert restrictions.set_restriction(open_to_all, "restriction", on=True, now=now)
    assert refusals(open_to_all, now) == dict.fromkeys(SCOPES, "restricted")
    assert gate.permit(open_to_all.code, "course", now=now).scope == "course"


def test_taking_it_back_gives_the_same_yes_back(open_to_all, now):
    before = list(Grant.objects.order_by("scope").values_list("scope", "epoch", "live"))
    restrictions.set_restriction(open_to_all, "restriction", on=True, now=now)
    assert restrictions.set_restriction(open_to_all, "restriction", on=False, now=now)
    assert refusals(open_to_all, now) == {}
    assert list(Grant.objects.order_by("scope").values_list("scope", "epoch", "live")) == before


def test_a_restriction_affects_only_its_person(open_to_all, mallory, allow, now):
    allow(mallory, *SCOPES)
    restrictions.set_restriction(open_to_all, "restriction", on=True, now=now)
    assert refusals(mallory, now) == {}


def test_an_objection_closes_no_scope(open_to_all, now):
    restrictions.set_restriction(open_to_all, "objection", on=True, now=now)
    assert refusals(open_to_all, now) == {}
    assert restrictions.has_objected(open_to_all)


def test_repeating_changes_nothing_and_each_change_leaves_a_leaf(mia, now):
    acts = [
        ("restriction", True),
        ("restriction", True),
        ("restriction", False),
        ("objection", True),
    ]
    did = [restrictions.set_restriction(mia, kind, on=on, now=now) for kind, on in acts]
    assert did == [True, False, True, True]
    left = Leaf.objects.filter(verb__startswith="restriction.").order_by("at")
    assert [leaf.verb for leaf in left] == [
        "restriction.set",
        "restriction.lift",
        "restriction.set",
    ]
    assert restrictions.find_restrictions(mia) == {"objection": now}
    with pytest.raises(ValueError, match="expected one of"):
        restrictions.set_restriction(mia, "silence", on=True, now=now)


def test_open_pages_are_told_and_again_when_it_ends(open_to_all, now, monkeypatch):
    said = []
    monkeypatch.setattr("push.notify", lambda group, message: said.append((group, message)))
    restrictions.set_restriction(open_to_all, "restriction", on=True, now=now)
    restrictions.set_restriction(open_to_all, "restriction", on=False, now=now)
    assert {group for group, _ in said} == {f"learner.{open_to_all.code}"}
    told = [(m["scope"], m["granted"]) for _, m in said]
    assert told == [(s, on) for on in (False, True) for s in sorted(SCOPES)]


def test_the_database_itself_refuses_an_estimate_of_a_paused_person(open_to_all, now):
    """A worker with a Permit from before the restriction is refused too (I-1)."""
    predictor = Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, registered_at=now
    )
    sitting = sittings.open(
        open_to_all, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=now
    )

    def insert(cut):
        made = uuid.uuid4()
        place = Place("estimates_affectestimate", "sealed", str(made), open_to_all.code)
        return AffectEstimate.objects.create(
            id=made, sitting=sitting, cut=cut, predictor=predictor, learner=open_to_all,
            scopes=["pointer:adapt"], epochs=[1], made_at=now,
            sealed=seal_value({}, place=place, scopes={"pointer:adapt": 1}, now=now),
        )  # fmt: skip

    insert(1)
    restrictions.set_restriction(open_to_all, "restriction", on=True, now=now)
    with pytest.raises(OperationalError, match="restricted"), transaction.atomic():
        insert(2)
    restrictions.set_restriction(open_to_all, "restriction", on=False, now=now)
    insert(3)
    assert sorted(AffectEstimate.objects.values_list("cut", flat=True)) == [1, 3]


def test_it_is_erased_with_the_account(mia, now):
    from privacy.erasure import erasure

    restrictions.set_restriction(mia, "objection", on=True, now=now)
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert not Restriction.objects.exists()


def test_a_permit_for_one_s_own_copy_opens_nothing_else(open_to_all, now):
    """No Grant has its epoch: nothing can be stored under it, and no Window cut with it."""
    permit = subject_access.permits_for_own_copy(
        open_to_all.code, ["pointer:adapt"], now=now
    ).granted["pointer:adapt"]
    assert permit.epoch == subject_access.NO_EPOCH
    assert not Grant.objects.filter(epoch=permit.epoch).exists()
    assert permit.until - now <= gate.PERMIT_LIFETIME


def test_saving_the_consent_page_while_paused_takes_nothing_back(mia, allow, now, client_for):
    allow(mia, "pointer:adapt", "typing:adapt", now=timezone.now())
    restrictions.set_restriction(mia, "restriction", on=True, now=timezone.now())
    client = client_for(mia)
    page = client.get("/consents/").context["page"]
    on = [switch.value for row in page.rows for switch in row.switches if switch.on]
    assert on == ["hands.adapt"]
    assert client.post("/consents/", {"on": on}).status_code == 302
    assert Grant.objects.filter(live=True).count() == 2


def test_the_refusal_says_where_to_resume():
    assert "My data" in Refused("restricted").why
