"""A Learner walks through the product; nothing of them lies in clear in any file, then or later.

Each free text carries a word that occurs nowhere else, each sensed value bytes that do. Every file
of database, write-ahead log, keystore and logs is read, before and after the erasure (I-8, I-10).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import sqlite3
import struct
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

import holdings
from accounts.models import User
from accounts.people import make_person, name_of
from config import postgres_cluster, private_postgres
from config.logs import WithoutRows
from consent import notices
from courses.models import Response
from courses.responses import given_of
from estimates import predictors
from estimates.models import AffectEstimate, Predictor, SelfReport
from pipeline import windows as pipeline_windows
from telemetry import partitions, sittings
from telemetry.models import Block, Sitting
from telemetry.writer import writer
from tests import factories
from tests.cast import client_for_person
from tests.site.canary import Hit, Needles, byte_needles, scan, text_needles
from tests.sockets import Page, block

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = Path(os.environ["ATTUNE_TEST_FOLDER"])
STREAMS = ("pointer", "typing", "activity")
WIDTH = {"pointer": 13, "typing": 12, "activity": 4}


@dataclass
class Traces:
    """What one person leaves that nobody else does."""

    word: str = field(default_factory=lambda: f"Canary{secrets.token_hex(5)}")
    sensed: list[list[float]] = field(
        default_factory=lambda: [[float(np.float32(random.random())) for _ in range(13)]]
    )
    chance: float = field(default_factory=random.random)

    def row(self, stream: str) -> list[list[float]]:
        return [self.sensed[0][: WIDTH[stream]]]

    def needles(self) -> Needles:
        """The word, the first values as they were sent, and one guessed chance."""
        values = self.sensed[0]
        sensed = byte_needles(struct.pack("<4f", *values[:4]))
        numbers = {f"number {i}": repr(v)[:12].encode() for i, v in enumerate(values[:4])}
        guess = {"guess": repr(self.chance)[:14].encode(), "f8": struct.pack("<d", self.chance)}
        return {**text_needles(self.word), **sensed, **numbers, **guess}


class Saying:
    """A Predictor whose every guess is the chance that is looked for."""

    labels = ("CONFUSION", "INTEREST")

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def predict(self, cuts):
        proba = np.tile([self.chance, 1 - self.chance], (len(cuts), 1))
        return SimpleNamespace(proba=proba, abstain=[False] * len(cuts), reasons=[[]] * len(cuts))


@pytest.fixture
def site(settings, monkeypatch):
    """A site under the demo profile, its log in a file of the folder that is searched."""
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    notices.publish(now)
    partitions.open_days()
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {"ece": 0.0}}, registered_at=now,
    )  # fmt: skip
    unit = factories.make_quiz_unit()
    question = factories.make_question(unit, kind="text", answer="tea", position=9)
    log = logging.FileHandler(FOLDER / "canary.log")
    log.setFormatter(WithoutRows("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(log)
    yield SimpleNamespace(unit=unit, question=question, patch=monkeypatch)
    logging.getLogger().removeHandler(log)
    log.close()


def journey(site, traces, allow) -> User:
    """All a Learner can type, send and open; some of it is refused, and must not linger either."""
    word, now = traces.word, timezone.now()
    login = f"{word}@school.example"
    person = make_person(login, name=word, roles=["learner"], password=word, email=login, now=now)
    factories.make_enrolment(person, site.unit.course)
    client = client_for_person(None)
    assert client.post("/accounts/login/", {"login": login, "password": "no"}).status_code == 401
    assert client.post("/accounts/login/", {"login": word, "password": word}).status_code == 401
    assert client.post("/accounts/login/", {"login": login, "password": word}).status_code == 302
    allow(person, *(f"{stream}:adapt" for stream in STREAMS), now=timezone.now())
    sitting = sittings.open(
        person, site.unit, scenario="course", page=uuid.uuid4(), now=now - timedelta(seconds=30)
    )
    for question, given in ((site.question, word), (site.unit.questions.first(), f"5 {word}")):
        fields = {"question": question.code, "given": given, "sitting": sitting.id, "note": word}
        assert client.post(f"/units/{site.unit.code}/answer/", fields).status_code in (302, 422)
    asyncio.run(over_the_socket(sitting, traces))
    site.patch.setattr(predictors, "affect", lambda name, digest: Saying(traces.chance))
    pipeline_windows.drain(
        now=lambda: timezone.now() + timedelta(seconds=20),
        rng=random.Random(1),
    )
    guesses = AffectEstimate.objects.filter(learner=person).values_list("id", flat=True)
    corrected = {"ids": ",".join(map(str, guesses)), "said": "boredom", "note": word}
    client.post("/journey/correct/", corrected)
    course = site.unit.course.slug
    for path in ("/", f"/courses/{course}/", f"/units/{site.unit.code}/", "/journey/", "/my-data/"):
        assert client.get(path, {"q": word}, follow=True).status_code == 200, path
    client.get(f"/{word}/")
    return person


async def over_the_socket(sitting: Sitting, traces: Traces) -> None:
    page = await Page(sitting).opened()
    for second in range(3):
        sent = (block(s, second, rows=traces.row(s), t0=float(second)) for s in STREAMS)
        await page.send(*sent)
    for _ in STREAMS:
        await page.hear("ack")
    for text in (
        {"type": "event", "name": "play", "note": traces.word},
        {"type": "event", "name": traces.word},
        {"type": "report", "label": "confusion"},
        {"type": "report", "label": traces.word},
        {"type": traces.word},
    ):
        await page.say({"id": str(uuid.uuid4()), "t": 1.0, **text})
        await page.next()
    await page.leave()
    await writer().close()
    from classroom.seats import seats

    await seats().close()


def look(needles: Needles) -> set[Hit]:
    """Every file of the database server, the keystore and the logs, all of it written out."""
    server = private_postgres.Server(FOLDER / "postgres", hasty=True)
    postgres_cluster.psql(server, "CHECKPOINT;")
    return scan(needles, FOLDER)


def wrapped_keys(ids: list[bytes]) -> Needles:
    """The bytes under which the keystore keeps these keys."""
    from django.conf import settings

    with sqlite3.connect(Path(settings.KEYSTORE_DIR) / "keys.sqlite3") as store:
        rows = store.execute("SELECT id, wrapped FROM key").fetchall()
    store.close()
    return {f"key {id.hex()}": bytes(wrapped) for id, wrapped in rows if bytes(id) in ids}


def held(person: User) -> int:
    return sum(holding.rows_of(person.code).count() for holding in holdings.all())


def test_nothing_of_a_learner_lies_in_clear_before_or_after_their_erasure(site, allow):
    hers, his = Traces(), Traces()
    mia, noah = journey(site, hers, allow), journey(site, his, allow)
    for person, traces in ((mia, hers), (noah, his)):
        assert_it_was_all_kept(person, traces)
    assert look({**hers.needles(), **{f"his {k}": v for k, v in his.needles().items()}}) == set()

    code = mia.code
    from vault import keystore

    keys = wrapped_keys(keystore.ids(code))
    assert scan(keys, FOLDER / "keystore")
    client = client_for_person(mia)
    client.post("/my-data/erase/", {"word": "erase", "password": hers.word})

    assert held(mia) == 0
    assert look({**hers.needles(), **keys}) == set()
    assert_it_was_all_kept(noah, his)


def assert_it_was_all_kept(person: User, traces: Traces) -> None:
    """The walk was not empty: what was typed is there, for those who may open it."""
    assert name_of(person) == traces.word
    assert traces.word in {given_of(r) for r in Response.objects.filter(learner=person)}
    assert Block.objects.filter(learner=person).count() == 9
    assert AffectEstimate.objects.filter(learner=person).exists()
    assert SelfReport.objects.filter(learner=person).count() == 1


@pytest.mark.django_db(transaction=False)
def test_every_form_of_a_leak_is_seen(tmp_path):
    word = Traces().word
    for number, (form, needle) in enumerate(text_needles(f"{word}+").items()):
        (tmp_path / f"{number}").write_bytes(secrets.token_bytes(99) + needle + b"\n")
        assert Hit(str(tmp_path / f"{number}"), form) in scan(text_needles(f"{word}+"), tmp_path)


@pytest.mark.parametrize("form", ["utf-8", "base64 at 0"])
def test_a_planted_leak_is_found(site, form):
    """A name written into a table that no declaration can see."""
    word = Traces().word
    text = text_needles(word)[form].decode()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES (%s)", [f"group {text}"])

    found = look(text_needles(word))

    assert form in {hit.form for hit in found}
    assert all("/postgres/" in hit.file for hit in found)


def test_a_word_in_the_log_is_found(site):
    word = Traces().word
    logging.getLogger("planted").warning("answered %s", word)
    assert {Path(hit.file).name for hit in look(text_needles(word))} == {"canary.log"}
