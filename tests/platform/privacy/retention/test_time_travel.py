"""Through three simulated years no readable row is older than its class and one hour (I-14).

This holds in every table, under changing profiles, and for copies stored elsewhere.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import connection

from accounts.models import (
    ApiToken,
    PasswordLink,
    PendingMail,
    Session,
    SignInThrottle,
    SpentToken,
    StewardNomination,
)
from adaptation.models import Intervention, LetGo
from authoring.models import Arrival, SpeechDraft, Upload
from consent.legal_profiles import profiles
from courses.models import EmailInvitation, Unit
from estimates.models import (
    AffectEstimate,
    BehaviourEstimate,
    Cell,
    Dispute,
    DisputedSitting,
    Explanation,
    Member,
    Opening,
    PersonalCalibration,
    Predictor,
    Publication,
    ShadowEstimate,
)
from estimates.models.share import Share
from messaging.models import Conversation, ConversationReply, TeacherMessage
from peers.models import DismissedRequest, PeerPair
from privacy.models import Hold
from privacy.retention import expiry, retention_classes
from research.models import Label, LabelItem, LabelTask, Snapshot, SnapshotRow, Study
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.search.models import NameSearch
from teaching.models import Handled, RecordingNote, Replay
from telemetry import sittings
from telemetry.models import Block, DeviceToken, Sitting, Window
from tests.fixtures import factories
from tests.fixtures.peer_pairs import make_pair
from vault.encryption import Place
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore
from vault.sealed_values import seal_value, unseal_value

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YEARS = timedelta(days=3 * 365)
SCOPES = {"pointer:adapt": 1}
GIVEN = (*SCOPES, "pointer:research")
PROFILES = ("demo", "eu_private_adult", "us_higher_ed", "")
STEPS = [timedelta(minutes=20), 7 * HOUR, DAY, 9 * DAY, 30 * DAY, 90 * DAY]

# The expected periods, repeated here: the clock, and the days or whose days apply.
BELIEVED = {
    "telemetry_block": (Block, "day", "blocks", 30),
    "estimates_affectestimate": (AffectEstimate, "made_at", "estimates", 30),
    "estimates_behaviourestimate": (BehaviourEstimate, "made_at", "estimates", 30),
    "estimates_shadowestimate": (ShadowEstimate, "made_at", "estimates", 30),
    "research_labelitem": (LabelItem, "made_at", "estimates", 30),
    "research_label": (Label, "made_at", "estimates", 30),
    "research_snapshotrow": (SnapshotRow, "snapshot__study__ends_at", None, 730),
    "adaptation_letgo": (LetGo, "at", "estimates", 30),
    "estimates_personalcalibration": (PersonalCalibration, "made_at", "estimates", 30),
    "estimates_opening": (Opening, "made_at", "estimates", 30),
    "estimates_dispute": (Dispute, "estimate__made_at", "estimates", 30),
    "estimates_disputedsitting": (DisputedSitting, "made_at", "estimates", 30),
    "estimates_explanation": (Explanation, "estimate__made_at", "estimates", 30),
    "adaptation_intervention": (Intervention, "decided_at", "estimates", 30),
    "estimates_publication": (Publication, "quarter", "aggregates", 30),
    "estimates_cell": (Cell, "publication__quarter", "aggregates", 30),
    "estimates_member": (Member, "cell__publication__quarter", "aggregates", 30),
    "teaching_replay": (Replay, "asked_at", None, 1),
    "authoring_arrival": (Arrival, "sent_at", None, 30),
    "authoring_upload": (Upload, "sent_at", None, 30),
    "authoring_speechdraft": (SpeechDraft, "asked_at", None, 30),
    "telemetry_devicetoken": (DeviceToken, "expires_at", None, 1),
    "telemetry_window": (Window, "due_at", None, 1),
    "teaching_handled": (Handled, "at", None, 8),
    "teaching_recordingnote": (RecordingNote, "made_at", None, 365),
    "accounts_apitoken": (ApiToken, "expires_at", None, 1),
    "accounts_session": (Session, "began_at", None, 1),
    "accounts_passwordlink": (PasswordLink, "made_at", None, 3),
    "accounts_pendingmail": (PendingMail, "made_at", None, 14),
    "accounts_stewardnomination": (StewardNomination, "asked_at", None, 7),
    "accounts_spenttoken": (SpentToken, "used_at", None, 1),
    "accounts_signinthrottle": (SignInThrottle, "forgotten_at", None, 1),
    "courses_emailinvitation": (EmailInvitation, "expires_at", None, 1),
    "stewardship_importrow": (ImportRow, "run__ends_at", None, 1),
    "stewardship_importrun": (ImportRun, "ends_at", None, 30),
    "stewardship_namesearch": (NameSearch, "ends_at", None, 1),
    "privacy_hold": (Hold, "ends_at", None, 365),
    "estimates_share": (Share, "asked_at", None, 30),
    "peers_peerpair": (PeerPair, "suggested_at", None, 60),
    "peers_dismissedrequest": (DismissedRequest, "at", None, 8),
    "messaging_teachermessage": (TeacherMessage, "made_at", None, 365),
    "messaging_conversation": (Conversation, "message__made_at", None, 365),
    "messaging_conversationreply": (
        ConversationReply,
        "conversation__message__made_at",
        None,
        365,
    ),
}


@dataclass
class World:
    """One person whose life leaves a row in every expiring table, at each step."""

    person: object
    helper: object
    teacher: object
    sitting: Sitting
    unit: Unit
    predictor: Predictor
    copies: list = field(default_factory=list)
    number: count = field(default_factory=lambda: count(1))

    def live(self, now):
        number = next(self.number)
        self.sensed(number, now)
        self.in_class(now)
        self.of_the_account(number, now)

    def sensed(self, number, now):
        day = now.astimezone(UTC).date()
        with connection.cursor() as cursor:
            cursor.execute("SELECT telemetry_open_days(%s, 1)", [day])
        sealed = self.seal("telemetry_block", now)
        Block.objects.create(
            day=day, sitting=self.sitting.id, stream="pointer", seq=number, learner=self.person,
            epoch=1, t0=0, rate_hz=1, rows=1, channels=1, sealed=sealed, received_at=now,
        )  # fmt: skip
        about = {"sitting": self.sitting, "learner": self.person, "cut": number}
        under = {"scopes": list(SCOPES), "epochs": [1]}
        made = {"predictor": self.predictor, "made_at": now, **about, **under}
        sealed = self.seal("estimates_affectestimate", now)
        guess = AffectEstimate.objects.create(sealed=sealed, **made)
        BehaviourEstimate.objects.create(sealed=sealed, **made)
        ShadowEstimate.objects.create(sealed=sealed, **made)
        Dispute.objects.create(estimate=guess, learner=self.person, sealed=b"own", made_at=now)
        wrong = {"learner": self.person, "made_at": now}
        DisputedSitting.objects.get_or_create(sitting=self.sitting, defaults=wrong)
        usual = {"sealed": self.seal("estimates_opening", now), "made_at": now, **under}
        Opening.objects.get_or_create(
            sitting=self.sitting, learner=self.person, predictor=self.predictor, defaults=usual
        )
        own = {**usual, "sealed": self.seal("estimates_personalcalibration", now)}
        PersonalCalibration.objects.get_or_create(
            learner=self.person, predictor=self.predictor, defaults=own
        )
        LetGo.objects.create(
            sitting=self.sitting, learner=self.person, rule="R2", version=1, armed_at=now, at=now,
            **under,
        )  # fmt: skip
        self.labelled(number, now, under)
        self.studied(number, now)
        told = self.seal("estimates_explanation", now)
        Explanation.objects.create(estimate=guess, learner=self.person, sealed=told, **under)
        Intervention.objects.create(
            rule="R2", version=1, kind="hint", probability=1, delivered=True, decided_at=now,
            sealed=self.seal("adaptation_intervention", now), **about, **under,
        )  # fmt: skip

    def labelled(self, number, now, under):
        task, _ = LabelTask.objects.get_or_create(
            course=self.unit.course, defaults={"streams": ["pointer"], "made_at": now}
        )
        about = {"learner": self.person, "made_at": now, **under}
        item = LabelItem.objects.create(task=task, sitting=self.sitting, cut=number, **about)
        sealed = self.seal("research_label", now)
        Label.objects.create(item=item, rater=self.teacher, sealed=sealed, **about)

    def studied(self, number, now):
        """Add a study that is over in a day."""
        ends_at = now + DAY
        study = Study.objects.create(
            title="one", approval="EK", made_at=now, ends_at=ends_at, key="0" * 16
        )
        snapshot = Snapshot.objects.create(
            study=study, course=self.unit.course, streams=["pointer"], since=now - DAY, until=now,
            asked_at=now, state="none",
        )  # fmt: skip
        SnapshotRow.objects.create(
            snapshot=snapshot, learner=self.person, sitting=self.sitting, cut=number,
            scopes=["pointer:research"], epochs=[1], sealed=b"own", digest=bytes(32), made_at=now,
        )  # fmt: skip

    def in_class(self, now):
        course = self.unit.course
        picture = Publication.objects.create(course=course, quarter=now, at=now)
        cell = Cell.objects.create(publication=picture, unit=self.unit, chapter=0, at=now, floor=5)
        Member.objects.create(cell=cell, learner=self.person, scopes=[], epochs=[])
        about = uuid.uuid4()
        Handled.objects.create(course=course, learner=self.person, about=about, by=None, at=now)
        RecordingNote.objects.create(unit=self.unit, author=self.teacher, sealed=b"", made_at=now)
        Arrival.objects.create(
            author=self.teacher.code, name="course.zip", bytes=1, sent_at=now, state="refused"
        )
        Upload.objects.create(
            author=self.teacher.code, course=course, unit=self.unit.code, length=1, offset=1,
            sent_at=now, expires_at=now, state="failed",
        )  # fmt: skip
        SpeechDraft.objects.create(
            author=self.teacher.code, course=course, unit=uuid.uuid4(), lang="en", film="a.mp4",
            asked_at=now, state="there",
        )  # fmt: skip
        Replay.objects.create(
            course=course, rule="R2", asked_by=about.bytes * 2, body={}, digest="0" * 12,
            asked_at=now, due_at=now,
        )  # fmt: skip
        asked = {"course": course, "learner": self.person, "teacher": self.teacher}
        Share.objects.get_or_create(**asked, defaults={"asked_at": now})
        skill = factories.make_skill(course)
        pair = make_pair(self.person, self.helper, skill, now=now, state="ended")
        DismissedRequest.objects.create(wish=pair.wish, skill=skill, at=now)
        sent = TeacherMessage.objects.create(
            course=course, author=self.teacher, audience="class", start="own_words", made_at=now
        )
        thread = Conversation.objects.create(message=sent, learner=self.person, last_at=now)
        ConversationReply.objects.create(
            conversation=thread, author=self.person, by_learner=True, made_at=now
        )

    def of_the_account(self, number, now):
        Window.objects.create(sitting=self.sitting, cut=number, due_at=now)
        key = f"{number:064x}"
        DeviceToken.objects.create(
            digest=key, learner=self.person, sensor="other", scopes=list(SCOPES), epochs=[1],
            made_at=now - HOUR, expires_at=now,
        )  # fmt: skip
        ApiToken.objects.create(
            digest=key, user=self.person, name_sealed=b"", scope="read", made_at=now - HOUR,
            expires_at=now,
        )  # fmt: skip
        PasswordLink.objects.update_or_create(
            user=self.person, defaults={"key_digest": key, "made_at": now}
        )
        PendingMail.objects.create(person=self.person, kind="reset", made_at=now, due_at=now)
        StewardNomination.objects.update_or_create(
            person=self.person, defaults={"asked_by": self.teacher, "asked_at": now}
        )
        run = ImportRun.objects.create(band="teen", sent_at=now, ends_at=now, state="undone")
        ImportRow.objects.create(
            run=run, number=2, kind="updated", state="undone", person=self.person, sealed=b""
        )
        NameSearch.objects.update_or_create(
            steward=self.teacher, defaults={"made_at": now, "ends_at": now}
        )
        EmailInvitation.objects.create(
            course=self.unit.course, state="ended", made_at=now, due_at=now, expires_at=now
        )
        Session.objects.create(
            key_digest=key, user=self.person, auth_digest=key, began_at=now, expires_at=now
        )
        SpentToken.objects.create(digest=key, used_at=now)
        SignInThrottle.objects.create(
            login_digest=key, network_digest=key, count=1, until=now, forgotten_at=now
        )
        Hold.objects.create(
            person=self.person, category="identity", days=1, state="ended", asked_at=now,
            decided_at=now, ends_at=now, reason=b"",
        )  # fmt: skip

    def seal(self, table, now):
        """Seal as the site does, and store a copy as a backup would."""
        place = Place(table, "sealed", str(uuid.uuid4()), self.person.code)
        sealed = seal_value({"at": str(now)}, place=place, scopes=SCOPES, now=now)
        self.copies.append((now, place, sealed))
        return sealed


@pytest.fixture
def world(own_keystore, mia, allow, now):
    allow(mia, *GIVEN)
    unit = factories.make_video_unit()
    helper = factories.make_user()
    for person in (mia, helper):
        factories.make_enrolment(person, unit.course)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    predictor = Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}
    )
    teacher = factories.make_user(roles=["teacher"])
    return World(mia, helper, teacher, sitting, unit, predictor)


def believed_days(field, days):
    profile = profiles.current()
    return days if profile is None or field is None else getattr(profile.retention, field)


def too_old(now):
    """Return rows older than their class and an hour, by table."""
    found = {}
    for table, (model, clock, field_name, days) in BELIEVED.items():
        limit = now - timedelta(days=believed_days(field_name, days)) - HOUR
        if model is Block:
            # A day's first Block is from its first moment.
            begun = limit.astimezone(UTC)
            midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
            limit = begun.date() + (DAY if begun > midnight else timedelta(0))
        rows = model.objects.filter(**{f"{clock}__lt": limit})
        found[table] = (rows.exclude(sealed=b"") if model is Intervention else rows).count()
    return {table: number for table, number in found.items() if number}


def readable(sealed, place):
    try:
        unseal_value(sealed, place=place)
    except KeyDestroyed:
        return False
    return True


def check_copies(world, now):
    """Check that a copy can be unsealed while data of its age may exist, and not later."""
    kept = timedelta(days=max(believed_days(name, 30) for name in ("blocks", "estimates")))
    for made, place, sealed in world.copies:
        if now - made > kept + 7 * DAY + 2 * HOUR:
            assert not readable(sealed, place), (made, now)
    world.copies = [each for each in world.copies if now - each[0] <= kept + 8 * DAY]


def next_check(rng, now, moments, pace):
    """Return a later time, some just when a row is an hour past its class.

    Also returns when the job ran, at most an hour before.
    """
    if moments and rng.random() < 0.4:
        field_name, days = rng.choice([(name, days) for *_, name, days in BELIEVED.values()])
        limit = timedelta(days=believed_days(field_name, days)) + HOUR + timedelta(seconds=1)
        if (then := rng.choice(moments[-20:]) + limit) > now:
            return then, then - HOUR
    now += rng.choice(STEPS) * rng.uniform(0.5, 1.5) * pace
    return now, now - rng.random() * HOUR


def travel(world, settings, rng, now, pace=1.0):
    """Take random steps over three years; the job ran within the hour before each check."""
    end, moments = now + YEARS, []
    while now < end:
        now, ran = next_check(rng, now, moments, pace)
        if rng.random() < 0.1:
            settings.LEGAL_PROFILE = rng.choice(PROFILES)
            ran = now
        expiry.delete_expired(now=ran)
        assert too_old(now) == {}, (now, settings.LEGAL_PROFILE)
        check_copies(world, now)
        world.live(now)
        moments.append(now)
    return now


def test_the_expected_tables_are_those_that_expire(demo):
    found = retention_classes.in_force(profiles.current())
    assert {each.table for each in found} == set(BELIEVED)


def test_in_three_years_no_row_is_older_than_its_class(world, settings, now):
    reached = travel(world, settings, random.Random(14), now, pace=4)

    assert reached - now >= YEARS
    # The world does act: every table has young rows, which can be unsealed.
    settings.LEGAL_PROFILE = "demo"
    expiry.delete_expired(now=reached)
    world.live(reached + HOUR)
    expiry.delete_expired(now=reached + HOUR)
    for table, (model, *_) in BELIEVED.items():
        assert model.objects.exists(), table
    _, place, sealed = world.copies[-1]
    assert readable(sealed, place)
    assert open_keystore().count_older(list(SCOPES), datetime.max.replace(tzinfo=UTC)) < 10


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_on_six_other_paths_no_row_is_older_than_its_class(world, settings, now, seed):
    travel(world, settings, random.Random(seed), now)
