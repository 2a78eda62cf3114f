"""Whatever fails, the answer is no (I-3): each fault at each place that uses the gate."""

from __future__ import annotations

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from adaptation.facts import behaviour_facts, estimate_facts
from consent.legal_profiles import profiles
from consent.models import Grant, Notice
from consent.permits import gate
from consent.permits.errors import Refused
from estimates import behaviour_states
from estimates.group_figures import eligible_estimates, unsealing
from estimates.inference import affect
from estimates.models import AffectEstimate, Predictor
from interventions.facts import UNKNOWN
from learner.journey import behaviour_views
from pipeline import page_messages
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import group_commit, partitions
from telemetry.connection import connect
from telemetry.models import Block, Window
from tests.fixtures import factories
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import facts_of
from tests.fixtures.sockets import recordings
from tests.platform.telemetry.conftest import sealed_row
from tests.site.promises.biometric_access_monitor import Guessing
from vault.keystore import KeyStore, open_keystore

SCOPE = "face:adapt"
ENDED_STUDY = """
protocol = "P"
approval = "A"
investigator = "I"
begins = 2020-01-01
ends = 2020-12-31
keep_days = 30
"""


@pytest.fixture
def world(mia, ines, published, settings, monkeypatch):
    """mia is sensed on a working site; `at` is the time of the check, which a fault may move."""
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    partitions.open_days()
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    notice = Notice.objects.get(group="camera", age_band="adult", locale="en")
    for scope in (SCOPE, "face:teach"):
        Grant.objects.create(
            learner=mia, scope=scope, epoch=1, live=True, notice=notice,
            granted_at=now, expires_at=now + timedelta(days=30),
        )  # fmt: skip
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {"ece": 0.0}}, registered_at=now,
    )  # fmt: skip
    monkeypatch.setattr("estimates.registry.predictors.load_model", lambda *_: Guessing())
    began = now - timedelta(seconds=12)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=began)
    times, values = recordings.recording()["face"]
    recordings.store(sitting, {"face": (times[times < 10], values[times < 10])}, now=began)
    windows.fall_due(sitting.id, 0.0, began)
    pipeline_windows.drain(now=lambda: now, rng=random.Random(1))
    row = AffectEstimate.objects.get(cut=1)
    model = Predictor.objects.create(
        name="behaviour", digest="b" * 12, kind="behaviour", origin="simulated", active=True,
        card={}, registered_at=now,
    )  # fmt: skip
    step = store_step(sitting, 1, model, now, state="focused", streams=("face",))
    return SimpleNamespace(
        person=mia, sitting=sitting, estimate=row, step=step, at=now, scope=SCOPE,
        settings=settings,
        patch=monkeypatch, block=sealed_row(sitting, "face", 900, 1), down=False,
        published=notice,
    )  # fmt: skip


# --- the faults ---


def database_down(world):
    world.down = True


def keystore_down(world):
    def away(*_, **__):
        raise OSError("the keystore is not there")

    async def away_too(*_, **__):
        raise OSError("the keystore is not there")

    for name in ("key", "current_key"):
        world.patch.setattr(KeyStore, name, away)
    world.patch.setattr(KeyStore, "current_keys", away_too)
    world.patch.setattr("vault.encryption._ciphers", SimpleNamespace(get=lambda _: None, put=away))


def unknown_scope(world):
    world.scope = "face:grading"


def no_profile(world):
    world.settings.LEGAL_PROFILE = None


def missing_profile_file(world):
    world.settings.LEGAL_PROFILE = "narnia"


def broken_profile_file(world):
    folder = world.settings.MEDIA_ROOT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "broken.toml").write_text("version = [")
    world.patch.setattr(profiles, "FOLDER", folder)
    world.settings.LEGAL_PROFILE = "broken"


def blocking_profile(world):
    world.settings.LEGAL_PROFILE = "eu_education"


def ended_study(world):
    path = world.settings.MEDIA_ROOT / "study.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ENDED_STUDY)
    world.settings.LEGAL_PROFILE, world.settings.STUDY_FILE = "research_study", str(path)


def stale_notice(world):
    notice = world.published
    notice.pk, notice.code, notice.version = None, uuid.uuid4(), notice.version + 1
    notice.effective_from = world.at - timedelta(days=365)
    notice.save(force_insert=True)


def dead_account(world):
    type(world.person).objects.filter(pk=world.person.pk).update(is_active=False)


def unknown_person(world):
    world.person = SimpleNamespace(code=uuid.uuid4(), pk=0)


def no_grant(world):
    Grant.objects.all().delete()


def withdrawn(world):
    Grant.objects.update(live=False, epoch=2)


def another_epoch(world):
    """Only data from before is refused: the consent of now is a new one."""
    Grant.objects.update(epoch=2)


def expired(world):
    Grant.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))


def clock_set_back(world):
    """As if the consent were still to come."""
    Grant.objects.update(granted_at=world.at + timedelta(hours=1))


def another_age(world):
    type(world.person).objects.filter(pk=world.person.pk).update(age_band="child")


FAULTS = (
    database_down, keystore_down, unknown_scope, no_profile, missing_profile_file,
    broken_profile_file, blocking_profile, ended_study, stale_notice, dead_account, unknown_person,
    no_grant, withdrawn, another_epoch, expired, clock_set_back, another_age,
)  # fmt: skip


# --- the places: each returns True if sensed data came through ---


def one_permit(world) -> bool:
    try:
        gate.permit(world.person.code, world.scope, now=world.at)
    except Refused:
        return False
    return True


def many_permits(world) -> bool:
    return bool(gate.permits(world.person.code, [world.scope], now=world.at).granted)


def permits_of_many(world) -> bool:
    found = gate.permits_of_people([world.person.code], [world.scope], now=world.at)
    return bool(found[world.person.code].granted)


def _granted(world):
    return gate.permits(world.person.code, [world.scope, SCOPE], now=world.at).granted


def block_by_socket(world) -> bool:
    """What the socket does: the gate, the key, then the one statement."""
    if not _granted(world).get(world.scope) or _granted(world)[world.scope].epoch != 1:
        return False
    open_keystore().current_key(world.person.code, world.scope, 1, world.at)
    return True


def estimate_read(world) -> bool:
    return bool(affect.read(world.estimate, _granted(world)).labels)


def estimate_shown(world) -> bool:
    asked = (world.estimate.id, world.sitting)
    return page_messages.estimate_messages([asked])[asked] is not None


def facts_for_rules(world) -> bool:
    guess = affect.read(world.estimate, _granted(world))
    made = affect.StoredEstimate(world.estimate.id, 1, guess, "", "", "simulated")
    return facts_of(made, world.sitting, _granted(world))["confusion"].value is not UNKNOWN


def board(world) -> bool:
    course, at = world.sitting.unit.course, world.estimate.made_at
    begin, end = at - timedelta(hours=1), at + timedelta(hours=1)
    found = eligible_estimates.select_estimates(course, begin, end, now=world.at)
    return any(unsealing.unseal_estimates(found, "affect"))


def behaviour_read(world) -> bool:
    return bool(behaviour_states.read(world.step, _granted(world)).name)


def behaviour_for_rules(world) -> bool:
    moment = estimate_facts.ShownMoment(world.sitting, 1, _granted(world), None)
    (steps,) = behaviour_facts.load_recent([moment])
    facts = behaviour_facts.behaviour_facts(1, steps, _granted(world))
    return facts["focused"].value is not UNKNOWN


def behaviour_on_journey(world) -> bool:
    since, until = world.step.made_at - timedelta(hours=1), world.step.made_at + timedelta(hours=1)
    return bool(behaviour_views.load_behaviour_lines(world.person, since, until, world.at))


def behaviour_on_board(world) -> bool:
    course, at = world.sitting.unit.course, world.step.made_at
    span = (at - timedelta(hours=1), at + timedelta(hours=1))
    found = eligible_estimates.select_estimates(course, *span, now=world.at, kind="behaviour")
    return any(unsealing.unseal_estimates(found, "behaviour"))


def window_worked_on(world) -> bool:
    AffectEstimate.objects.all().delete()
    Window.objects.update(state="pending", due_at=world.at - timedelta(seconds=2))
    pipeline_windows.drain(now=lambda: world.at, rng=random.Random(1))
    return AffectEstimate.objects.filter(scopes__overlap=[SCOPE], epochs=[1]).exists()


PLACES = (
    one_permit, many_permits, permits_of_many, block_by_socket, estimate_read, estimate_shown,
    facts_for_rules, board, behaviour_read, behaviour_for_rules, behaviour_on_journey,
    behaviour_on_board, window_worked_on,
)  # fmt: skip
# Reading sealed data needs its key; a permit needs none.
WITHOUT_KEYS = {one_permit, many_permits, permits_of_many}
# The row under an earlier consent is refused; a permit for the current one is right.
OF_NOW = {one_permit, many_permits, permits_of_many}
# Checks the Estimate's own scopes and person, whatever else was checked before.
BY_ITSELF = {
    estimate_shown, board, behaviour_on_journey, behaviour_on_board, window_worked_on,
}  # fmt: skip
PASSES = {
    keystore_down: WITHOUT_KEYS,
    another_epoch: OF_NOW,
    unknown_scope: BY_ITSELF
    | {
        estimate_read,
        facts_for_rules,
        behaviour_read,
        behaviour_for_rules,
    },
    unknown_person: BY_ITSELF,
}
COMBINATIONS = [
    (fault, place) for fault in FAULTS for place in PLACES if place not in PASSES.get(fault, ())
]


def attempt(world, place) -> bool:
    """Return whether anything came through; an error counts as refused and leaves no trace."""

    def down(execute, sql, params, many, context):
        raise OperationalError("the database is away")

    try:
        if not world.down:
            with transaction.atomic():
                return place(world)
        with connection.execute_wrapper(down):
            return place(world)
    except (Refused, KeyError, DatabaseError, OSError, profiles.ProfileError):
        return False


@pytest.mark.django_db
def test_on_a_sound_site_each_place_gives_what_it_should(world):
    assert [place.__name__ for place in PLACES if not attempt(world, place)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_with_this_fault_no_place_gives_anything(world, fault, tmp_path):
    world.settings.MEDIA_ROOT = tmp_path
    fault(world)
    places = [place for each, place in COMBINATIONS if each is fault]
    assert [place.__name__ for place in places if attempt(world, place)] == []


def test_the_combinations_are_counted():
    assert len(COMBINATIONS) >= 120


WALLS = (no_grant, withdrawn, another_epoch, expired)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", WALLS, ids=lambda fault: fault.__name__)
def test_the_database_refuses_writes_that_bypass_the_gate(world, fault):
    """No gate is called here: the statement and both triggers check the Grant themselves."""
    fault(world)
    before = Block.objects.count()
    assert asyncio.run(_commit(world.block)) is not group_commit.Fate.STORED
    assert Block.objects.count() == before
    row = world.estimate
    row.id = uuid.uuid4()
    row.cut = 99
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        row.save(force_insert=True)
    assert error.value.__cause__.sqlstate == "28000"


async def _commit(row):
    opened = await connect()
    try:
        return (await group_commit.commit(opened, [row]))[0]
    finally:
        await opened.close()
