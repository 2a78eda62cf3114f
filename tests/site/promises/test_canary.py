"""A Learner uses the whole product, and none of their data is in clear in any file, then or later.

Each free text has a word, and each sensed value has bytes, that occur nowhere else. Every sealed
value is searched for in its original form. All files of database, write-ahead log, base backup,
dump, keystore, logs, media, artefacts and temporary folders are read, before and after the erasure
(I-8, I-10).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import logging
import os
import random
import secrets
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import uuid
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.core.cache.backends.filebased import FileBasedCache
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.people import make_person, name_of
from config.embedded_postgres import cluster, launcher
from config.embedded_postgres.paths import SUPERUSER, binaries
from config.logging_config import PlainFormatter
from consent.notices import notices
from consent.scopes import PURPOSES
from courses.answers.responses import unseal_reply
from courses.models import Course, Response
from estimates.models import AffectEstimate, Predictor, SelfReport
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from privacy.erasure import erasure_completion
from privacy.export import data_export
from privacy.models import Erasure
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.blocks.batch_writer import writer
from telemetry.models import Block, Sitting
from tests.fixtures import factories
from tests.fixtures.models.predictors import TenSeconds
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.fixtures.users import client_for_person, make
from tests.site.promises import learner_rows
from tests.site.promises.leak_scan import Hit, Needles, byte_needles, read, scan, size, text_needles
from tests.site.promises.learner_rows import class_picture, fill_the_rest
from vault import encryption, keystore
from vault.encryption import Place
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.keystore import KeyStore, open_keystore

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = Path(os.environ["ATTUNE_TEST_FOLDER"])
STREAMS = ("pointer", "typing", "activity")
SHARED = "estimates.Member"
LONG_ENOUGH = 24
WIDTH = {"pointer": 13, "typing": 12, "activity": 4}


@dataclass
class Traces:
    """Values that only one person leaves."""

    word: str = field(default_factory=lambda: f"Canary{secrets.token_hex(5)}")
    sensed: list[list[float]] = field(
        default_factory=lambda: [[float(np.float32(random.random())) for _ in range(13)]]
    )
    chance: float = field(default_factory=random.random)
    secrets: set[str] = field(default_factory=set)

    def row(self, stream: str) -> list[list[float]]:
        return [self.sensed[0][: WIDTH[stream]]]

    def needles(self) -> Needles:
        """Return the word, the first values as they were sent, and one guessed chance."""
        values = self.sensed[0]
        sensed = byte_needles(struct.pack("<4f", *values[:4]))
        numbers = {f"number {i}": repr(v)[:12].encode() for i, v in enumerate(values[:4])}
        guess = {"guess": repr(self.chance)[:14].encode(), "f8": struct.pack("<d", self.chance)}
        told = {f"secret {i}": secret.encode() for i, secret in enumerate(sorted(self.secrets))}
        return {**text_needles(self.word), **sensed, **numbers, **guess, **told}


class Saying(TenSeconds):
    """A Predictor whose every guess is the number searched for."""

    labels = ("CONFUSION", "INTEREST")

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def predict(self, cuts):
        proba = np.tile([self.chance, 1 - self.chance], (len(cuts), 1))
        return SimpleNamespace(proba=proba, abstain=[False] * len(cuts), reasons=[[]] * len(cuts))


class SealedValues:
    """Every plain text that is sealed from now on, by the person it is sealed for."""

    def __init__(self, patch) -> None:
        self.plain: dict[bytes, set[bytes]] = defaultdict(set)
        cipher, kept = encryption._cipher, self.plain

        def listened_to(ids, keys):
            inner = cipher(ids, keys)

            def encrypt(nonce, plain, about):
                # The place ends with the sixteen bytes of the person; the head follows.
                kept[about[-(len(ids) + 2) - 16 : -(len(ids) + 2)]].add(plain)
                return inner.encrypt(nonce, plain, about)

            return SimpleNamespace(encrypt=encrypt, decrypt=inner.decrypt)

        patch.setattr(encryption, "_cipher", listened_to)

    def needles(self, person: User) -> Needles:
        """Return the beginning and the end of values long enough to be unique."""
        plain = sorted(p for p in self.plain[person.code.bytes] if len(p) >= LONG_ENOUGH)
        ends = {f"end of {i}": text[-LONG_ENOUGH:] for i, text in enumerate(plain)}
        return {**{f"plain {i}": text[:48] for i, text in enumerate(plain)}, **ends}


def own_keystore(settings, patch) -> None:
    """A keystore of this test alone, so that its rotation never waits, in the searched folder."""
    settings.KEYSTORE_DIR = FOLDER / f"canary-keystore-{secrets.token_hex(4)}"
    opened = functools.lru_cache(lambda folder: KeyStore(Path(folder), sleep=lambda _: None))
    patch.setattr("vault.keystore._open", opened)


@pytest.fixture
def site(settings, monkeypatch, tmp_path_factory):
    """A site under the demo profile, with its log in the searched folder."""
    # The first folder of a run is created in the current temporary directory, not in this one.
    tmp_path_factory.getbasetemp()
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    notices.publish(now)
    partitions.open_days()
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {"ece": 0.0}}, registered_at=now,
    )  # fmt: skip
    own_keystore(settings, monkeypatch)
    # Temporary files are in the searched folder.
    (FOLDER / "tmp").mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(FOLDER / "tmp"))
    sealed = SealedValues(monkeypatch)
    unit = factories.make_quiz_unit()
    question = factories.make_question(unit, kind="text", answer="tea", position=9)
    log = logging.FileHandler(FOLDER / "canary.log")
    log.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(log)
    yield SimpleNamespace(unit=unit, question=question, patch=monkeypatch, sealed=sealed)
    logging.getLogger().removeHandler(log)
    log.close()


def journey(site, traces, allow) -> User:
    """Type, send and open everything a Learner can; refused data must not linger either."""
    word, now = traces.word, timezone.now()
    login = f"{word}@school.example"
    person = make_person(login, name=word, roles=["learner"], password=word, email=login, now=now)
    factories.make_enrolment(person, site.unit.course)
    client = client_for_person(None)
    assert client.post("/accounts/login/", {"login": login, "password": "no"}).status_code == 401
    assert client.post("/accounts/login/", {"login": word, "password": word}).status_code == 401
    assert client.post("/accounts/login/", {"login": login, "password": word}).status_code == 302
    scopes = [f"{stream}:{purpose}" for stream in STREAMS for purpose in PURPOSES]
    allow(person, *scopes, "heart:adapt", now=timezone.now())
    sitting = sittings.open(
        person, site.unit, scenario="course", page=uuid.uuid4(), now=now - timedelta(seconds=30)
    )
    for question, given in ((site.question, word), (site.unit.questions.first(), f"5 {word}")):
        fields = {"question": question.code, "given": given, "sitting": sitting.id, "note": word}
        assert client.post(f"/units/{site.unit.code}/answer/", fields).status_code in (302, 422)
    asyncio.run(over_the_socket(sitting, traces))
    site.patch.setattr(predictors, "load_model", lambda name, digest: Saying(traces.chance))
    # By the Sitting's clock: by the real one its Windows would be late on a busy machine.
    at = sitting.began_at + timedelta(seconds=50)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))
    guesses = AffectEstimate.objects.filter(learner=person).values_list("id", flat=True)
    corrected = {"ids": ",".join(map(str, guesses)), "said": "boredom", "note": word}
    client.post("/journey/correct/", corrected)
    course = site.unit.course.slug
    for path in ("/", f"/courses/{course}/", f"/units/{site.unit.code}/", "/journey/", "/my-data/"):
        assert client.get(path, {"q": word}, follow=True).status_code == 200, path
    client.get(f"/{word}/")
    steward = make_person(
        f"steward-{uuid.uuid4()}", name="A Steward", roles=["steward"], password=word, now=now
    )
    traces.secrets = fill_the_rest(person, word, sitting, steward)
    return person


async def over_the_socket(sitting: Sitting, traces: Traces) -> None:
    page = await SocketPage(sitting).opened()
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
        {"type": "device", "stream": "heart", "backend": "bluetooth", "note": traces.word},
        {"type": "device", "stream": "heart", "backend": traces.word},
        {"type": traces.word},
    ):
        await page.say({"id": str(uuid.uuid4()), "t": 1.0, **text})
        await page.next()
    await page.leave()
    await writer().close()
    from realtime.connection_locks import seats

    await seats().close()


SERVER = launcher.Server(FOLDER / "postgres", hasty=True)


def read_everything(needles: Needles) -> set[Hit]:
    """Read every file of the database server, the keystore and the logs, all flushed."""
    cluster.psql(SERVER, "CHECKPOINT;")
    return scan(needles, *places())


def places() -> list[Path]:
    """Return the folders to search.

    Database, keystores, logs, backups, dumps, exports and temporary files are in the folder of the
    run; artefacts and media are where the settings say.
    """
    from django.conf import settings

    media, artefacts = Path(settings.MEDIA_ROOT), Path(settings.ARTEFACTS_DIR)
    return [FOLDER, artefacts, *([] if media.is_relative_to(FOLDER) else [media])]


def program(name: str, *arguments: str | Path) -> None:
    """Run one of the server's programs, as its superuser."""
    given = ["-h", str(SERVER.socket()), "-U", SUPERUSER, *map(str, arguments)]
    password = {"PGPASSWORD": SERVER.password(SUPERUSER)}
    done = subprocess.run(
        [str(binaries() / name), *given],
        env={**cluster.environment(), **password}, cwd="/", capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def backup(name: str) -> Path:
    """Make a base backup with its log, and a dump, as an operator does."""
    folder = FOLDER / f"backup-{name}-{secrets.token_hex(3)}"
    folder.mkdir()
    program("pg_basebackup", "-D", folder / "base", "-X", "none", "-c", "fast", "--no-sync")
    # Copied rather than retained by the server: other tests check that it is deleted.
    (folder / "log").mkdir()
    for segment in (SERVER.data / "pg_wal").glob("0*"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(segment, folder / "log")
    program("pg_dump", "-f", folder / "dump.sql", connection.settings_dict["NAME"])
    return folder


def wrapped_keys(ids: list[bytes]) -> Needles:
    """Return the wrapped bytes of these keys in the keystore."""
    with sqlite3.connect(keystore.folder() / "keys.sqlite3") as store:
        rows = store.execute("SELECT id, wrapped FROM key").fetchall()
    store.close()
    return {f"key {id.hex()}": bytes(wrapped) for id, wrapped in rows if bytes(id) in ids}


def older_copy(folder: Path) -> Path:
    """Return the store of keys as in a stolen or old backup, with current master keys."""
    folder.mkdir()
    for path in keystore.folder().glob("keys.sqlite3*"):
        (folder / path.name).write_bytes(read(path))
    return folder


def opens(folder: Path, ids: list[bytes]) -> int:
    """Return how many of these keys an older copy of the store can unwrap today."""
    for path in keystore.folder().rglob("*"):
        beside = folder / path.relative_to(keystore.folder())
        if path.is_file() and "sqlite" not in path.name and path.name != "lock":
            beside.parent.mkdir(exist_ok=True)
            shutil.copy(path, beside)
    store, count = KeyStore(folder, sleep=lambda _: None), 0
    for id in ids:
        try:
            store.key(id)
            count += 1
        except KeyDestroyed:
            pass
        except KeystoreBusy as busy:
            if "is gone" not in str(busy):
                raise
    return count


def copy_of(person: User) -> dict[str, bytes]:
    """Return the person's own export, by file name."""
    path = Path(tempfile.mkdtemp()) / "copy.zip"
    path.write_bytes(b"".join(data_export.stream(person, now=timezone.now())))
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    path.unlink()
    return {name: text for name, text in found.items() if name.startswith("data/")}


def test_no_data_of_a_learner_is_in_clear_before_or_after_their_erasure(site, allow, tmp_path):
    hers, his = Traces(), Traces()
    mia, noah = journey(site, hers, allow), journey(site, his, allow)
    others = [make(f"other-{number}", now=timezone.now()) for number in range(3)]
    for other in others:
        allow(other, "pointer:adapt", "pointer:teach", now=timezone.now())
    class_picture([mia, noah], others, make("ines", now=timezone.now()))
    for person, traces in ((mia, hers), (noah, his)):
        assert_everything_was_stored(person, traces)
    told = {**hers.needles(), **site.sealed.needles(mia)}
    both = {**told, **{f"his {k}": v for k, v in his.needles().items()}}
    both |= {f"his {k}": v for k, v in site.sealed.needles(noah).items()}
    before = backup("before")
    assert read_everything(both) == set()

    code, sealed, ids = mia.code, learner_rows.sealed_of(mia), open_keystore().key_ids(mia.code)
    named = learner_rows.named_by(mia)
    keys = wrapped_keys(ids)
    assert scan(keys, keystore.folder())
    assert {hit.form for hit in sealed_in(before, sealed)} == {
        f"sealed {i}" for i in range(len(sealed))
    }
    assert {hit.form for hit in scan(named, before)} == set(named)
    assert opens(older_copy(tmp_path / "then"), ids) == len(ids)
    stolen = older_copy(tmp_path / "stolen")
    kept, his_copy = learner_rows.rows_of(noah), copy_of(noah)
    client = client_for_person(mia)
    client.post("/my-data/erase/", {"word": "erase", "password": hers.word})
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))

    done = Erasure.objects.get(scopes=None)
    assert (done.state, done.disk, done.found) == ("certified", "gone", 0)
    assert learner_rows.empty_for(mia) == {h.label for h in learner_rows.about_people()}
    after = backup("after")
    assert {hit.form for hit in scan(named, SERVER.data, after)} == set()
    assert read_everything({**told, **keys}) == set()
    assert not any(sealed_in(after, sealed))
    assert opens(stolen, ids) == 0
    for value in sealed:
        with pytest.raises(KeyDestroyed):
            encryption.unseal(value, place=Place("any", "place", "at all", code))
    for table, rows in learner_rows.rows_of(noah).items():
        # A class picture that loses one person is withdrawn whole.
        assert rows == ([] if table == SHARED else kept[table]), table
    assert copy_of(noah) == his_copy
    assert all(b'"_unreadable": null' in text or b'"_unreadable":null' in text or not text
               for name, text in his_copy.items() if name.endswith(".jsonl"))  # fmt: skip
    assert_everything_was_stored(noah, his, SHARED)
    files, total = size(*places())
    for made in (before, after):
        shutil.rmtree(made)
    print(f"{len(sealed)} sealed values, {len(both) + len(keys)} needles, {files} files, {total} B")


def sealed_in(folder: Path, sealed: list[bytes]) -> set[Hit]:
    return scan({f"sealed {i}": value[:48] for i, value in enumerate(sealed)}, folder)


def assert_everything_was_stored(person: User, traces: Traces, *gone: str) -> None:
    """Check that the walk stored data: a row in each table, a value in each sealed column.

    What was typed is there, for those who may read it.
    """
    missing = learner_rows.NOT_A_LEARNERS
    assert learner_rows.empty_for(person) == {*missing, *gone}
    assert {c.rpartition(".")[0] for c in learner_rows.never_sealed(person)} <= set(missing)
    assert name_of(person) == traces.word
    assert traces.word in {unseal_reply(r) for r in Response.objects.filter(learner=person)}
    assert Block.objects.filter(learner=person).count() == 9
    assert AffectEstimate.objects.filter(learner=person).exists()
    assert SelfReport.objects.filter(learner=person).count() == 1


@pytest.mark.django_db(transaction=False)
def test_every_form_of_a_leak_is_detected(tmp_path):
    word = Traces().word
    for number, (form, needle) in enumerate(text_needles(f"{word}+").items()):
        (tmp_path / f"{number}").write_bytes(secrets.token_bytes(99) + needle + b"\n")
        assert Hit(str(tmp_path / f"{number}"), form) in scan(text_needles(f"{word}+"), tmp_path)


def in_table(word: str, table: str = "auth_group (name)") -> None:
    """Leak a text into a table without a declaration."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} VALUES (%s)", [word])


def in_log(word: str) -> None:
    logging.getLogger("planted").warning("answered %s", word)


def in_exception(word: str) -> None:
    try:
        raise ValueError(f"expected a number, got {word!r}")
    except ValueError:
        logging.getLogger("planted").exception("answer.unreadable")


def in_query(word: str) -> None:
    logging.getLogger("planted.access").warning('"GET /courses/?q=%s HTTP/1.1" 200', word)


def in_cache(word: str) -> None:
    FileBasedCache(str(FOLDER / "cache"), {}).set("name", {"shown": word})


def in_task(word: str) -> None:
    """Leak it in a message with its content, as the broker's tables store it."""
    task = f'{{"task": "pipeline.tasks.sweep", "args": ["{word}"]}}'
    script = f"CREATE TABLE IF NOT EXISTS planted (m jsonb);INSERT INTO planted VALUES ('{task}');"
    cluster.psql(SERVER, f"\\connect attune_broker\n{script}")


def in_temporary(word: str) -> None:
    with tempfile.NamedTemporaryFile(delete=False) as left:
        left.write(word.encode("utf-16-le"))


def in_export(word: str) -> None:
    with zipfile.ZipFile(FOLDER / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/accounts_user.jsonl", f'{{"name": "{word}"}}' * 9)


def in_media(word: str) -> None:
    from django.conf import settings

    folder = Path(settings.MEDIA_ROOT) / "planted"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"picture-of-{word.lower()}.png").write_bytes(b"x")


def in_session(word: str) -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE planted_session (key text, data text)")
        packed = base64.b64encode(b'{"next": "/?name=' + word.encode() + b'"}').decode()
        cursor.execute("INSERT INTO planted_session VALUES ('k', %s)", [packed])


def in_json(word: str) -> None:
    Predictor.objects.create(
        name="planted", digest="1" * 12, kind="affect", origin="people", card={"said": word},
        registered_at=timezone.now(),
    )  # fmt: skip


def in_backup(word: str) -> None:
    """Leak it only in a backup: the row was deleted with its bytes."""
    course = Course.objects.create(slug="planted", title=word)
    program("pg_dump", "-t", "courses_course", "-Z", "gzip", "-f", FOLDER / "old.sql.gz",
            connection.settings_dict["NAME"])  # fmt: skip
    course.delete()


PLANTS = {
    "a column in clear": (in_table, "/postgres/"),
    "a line in a log": (in_log, "canary.log"),
    "the text of an exception": (in_exception, "canary.log"),
    "an address in a log": (in_query, "canary.log"),
    "a cache": (in_cache, "/cache/"),
    "an argument of a task": (in_task, "/postgres/"),
    "a temporary file": (in_temporary, "/tmp/"),
    "an export that was left": (in_export, "export.zip"),
    "the name of a file": (in_media, "picture-of-"),
    "a session": (in_session, "/postgres/"),
    "a JSON that is not sealed": (in_json, "/postgres/"),
    "a backup": (in_backup, "old.sql.gz"),
}


def test_twelve_planted_leaks_of_twelve_are_found(site, settings):
    settings.MEDIA_ROOT = FOLDER / "media"
    words = {name: Traces().word for name in PLANTS}
    for name, (plant, _) in PLANTS.items():
        plant(words[name])
    needles = {f"{n}|{f}": b for n, word in words.items() for f, b in text_needles(word).items()}

    found = {(hit.form.partition("|")[0], hit.file) for hit in read_everything(needles)}
    for database, table in (
        ("attune_broker", "planted"),
        (connection.settings_dict["NAME"], "planted_session"),
    ):
        cluster.psql(SERVER, f"\\connect {database}\nDROP TABLE {table};")

    assert len(PLANTS) == 12
    for name, (_, where) in PLANTS.items():
        assert any(where in file for leak, file in found if leak == name), name
    print(f"{len({name for name, _ in found})} of {len(PLANTS)} planted leaks found")
