"""Monitor of who reaches biometric data, for a learner with everything granted and sensed.

It watches every key of a biometric scope, and drives all that the site's registries name.
"""

from __future__ import annotations

import asyncio
import io
import random
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from channels.db import database_sync_to_async
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection, transaction
from django.utils import timezone

from consent.models import Grant
from consent.notices import notices
from consent.scopes import GRANT_SCOPES, STREAMS
from consent.stream_groups import GROUPS, group_of
from courses.models import Course
from estimates.models import (
    AffectEstimate,
    BehaviourEstimate,
    Opening,
    PersonalCalibration,
    Predictor,
    ShadowEstimate,
)
from estimates.registry import predictors
from learner.consent.apply_changes import SWITCHES
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Block, Device, Window
from tests.fixtures.models.predictors import TenSeconds
from tests.fixtures.sockets import recordings
from tests.site.pages.test_permission_matrix import FAR_AWAY, addresses
from vault import encryption
from vault.keystore import KeyStore, open_keystore

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
BODY = tuple(f"{stream.name}:adapt" for stream in STREAMS.values() if stream.biometric)
SECONDS = 10
DEVICE_STREAMS = tuple(name for name, stream in STREAMS.items() if stream.backends)
# A Block of `eeg` has the shape of the lab bridge; a page sends none.
PAGE_STREAMS = tuple(name for name in STREAMS if name != "eeg")
MADE = (AffectEstimate, BehaviourEstimate, ShadowEstimate, Opening, PersonalCalibration)
# One statement, because it runs after every request.
COUNTED = " UNION ALL ".join(
    f"SELECT count(*) FROM {model._meta.db_table} WHERE scopes && %(body)s" for model in MADE
)
GAP = r"<(?:\w+:)?(\w+)>"


class Guessing(TenSeconds):
    """A Predictor that always returns confusion; its output does not matter here."""

    labels = ("CONFUSION", "INTEREST")

    def predict(self, cuts):
        proba = np.tile([0.9, 0.1], (len(cuts), 1))
        return SimpleNamespace(proba=proba, abstain=[False] * len(cuts), reasons=[[]] * len(cuts))


def sense(person, course: Course):
    """Grant everything directly in the database, then sense and estimate."""
    now = timezone.now()
    notices.publish(now)
    partitions.open_days()
    Grant.objects.bulk_create(
        [
            Grant(
                learner=person,
                scope=scope,
                epoch=1,
                live=True,
                notice=notices.current(group_of(scope.partition(":")[0]), person.age_band, now=now),
                granted_at=now - timedelta(minutes=1),
                expires_at=now + timedelta(days=300),
            )
            for scope in GRANT_SCOPES
        ],
        ignore_conflicts=True,
    )
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {"ece": 0.0}}, registered_at=now,
    )  # fmt: skip
    unit = course.units.filter(kind="quiz", scenario="course").earliest("position")
    began = now - timedelta(seconds=2 * SECONDS)
    sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
    recordings.store(sitting, _beginning(), now=began)
    windows.fall_due(sitting.id, 0.0, began)
    later = began + timedelta(seconds=SECONDS + 2)
    pipeline_windows.drain(now=lambda: later, rng=random.Random(1))
    return sitting


def _beginning():
    """Return the first seconds of the recording, all before now."""
    return {
        name: (times[times < SECONDS], values[times < SECONDS])
        for name, (times, values) in recordings.recording().items()
    }


def of_the_body() -> int:
    """Return how many rows rest on a biometric stream."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"body": list(BODY)})
        return sum(count for (count,) in cursor.fetchall())


@dataclass
class Watch:
    """Records what was unsealed or sealed under a biometric scope since the last query."""

    ids: dict[bytes, str]
    seen: list[str] = field(default_factory=list)
    known: int = 0

    def found(self) -> list[str]:
        """Return what was reached or made, and clear it."""
        made = of_the_body() - self.known
        seen, self.seen = self.seen, []
        return sorted(set(seen)) + ([f"{made} made"] if made > 0 else [])


class Forgetful:
    """Replaces the cached ciphers, so that each unsealing requests its keys."""

    def get(self, _):
        return None

    def put(self, *_):
        pass


def watch(person, monkeypatch) -> Watch:
    """From here on, record every request for a key of the person's biometric scopes."""
    eye = Watch(
        {id: scope for scope in BODY for id in open_keystore().key_ids(person.code, [scope])}
    )
    eye.known = of_the_body()
    key, many = KeyStore.key, KeyStore.current_keys

    def by_id(self, id):
        if id in eye.ids:
            eye.seen.append(f"opened {eye.ids[id]}")
        return key(self, id)

    def to_seal(self, names, now):
        eye.seen.extend(f"sealed {scope}" for _, scope, _ in names if scope in BODY)
        return many(self, names, now)

    monkeypatch.setattr(encryption, "_ciphers", Forgetful())
    monkeypatch.setattr(KeyStore, "key", by_id)
    monkeypatch.setattr(KeyStore, "current_keys", to_seal)
    # An undone withdrawal has still destroyed keys and would leave nothing to reach.
    monkeypatch.setattr(KeyStore, "destroy", lambda *_: 0)
    monkeypatch.setattr(predictors, "load_model", lambda name, digest: Guessing())
    return eye


def posts(samples, person) -> dict[str, dict]:
    """Return the POST samples of the permission matrix, and those that could leak here."""
    now = timezone.now()
    shown = {
        f"notice.{group}": str(notices.current(group, person.age_band, now=now).code)
        for group in GROUPS
    }
    ids = AffectEstimate.objects.filter(learner=person).values_list("id", flat=True)
    found = {address: sample.get("post", {}) for address, sample in samples.items()}
    found["/consents/"] = {"on": list(SWITCHES), **shown}
    found["/journey/correct/"] = {"ids": ",".join(map(str, ids)), "said": "boredom"}
    return found


def through_addresses(clients, samples, person, sitting, eye, only=None) -> dict[str, list[str]]:
    """Request every URL, GET as everyone and POST as the person with most rights.

    Returns what each reached.
    """
    acting = {"GET": clients, "POST": clients[:3]}
    posted, leaks = posts(samples, person), {}
    ids = (person.code, sitting.id, AffectEstimate.objects.values_list("id", flat=True)[0])
    for address in only or addresses():
        known = samples.get(address, {}).get("in")
        for gaps in [known] if known else [dict.fromkeys(re.findall(GAP, address), i) for i in ids]:
            url = re.sub(GAP, lambda gap, gaps=gaps: str(gaps[gap[1]]), address)
            for method, those in acting.items():
                for client in those:
                    _ask(client, method, url, posted.get(address, {}))
                    if found := eye.found():
                        leaks[address] = found
            if not re.search(GAP, address):
                break
    return leaks


def _ask(client, method, url, data) -> None:
    kind = {"content_type": "application/json"} if url.startswith("/api/") and data else {}
    body = {"data": data, **kind} if method == "POST" else {}
    with transaction.atomic():
        response = getattr(client, method.lower())(url, REMOTE_ADDR=FAR_AWAY, **body)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)


def through_tasks(tasks, eye, only=None) -> dict[str, list[str]]:
    """Run every task of ours, with Windows due again before each."""
    leaks = {}
    for name in only or sorted(name for name in tasks if not name.startswith("celery.")):
        Window.objects.update(state="pending", due_at=timezone.now())
        tasks[name]()
        if found := eye.found():
            leaks[name] = found
    return leaks


def ours() -> dict[str, object]:
    """Return every management command of the site's own apps, by name."""
    own = {app.name for app in apps.get_app_configs() if Path(app.path).parent == PLATFORM}
    found = {}
    for name, app in get_commands().items():
        if not isinstance(app, str):
            found[name] = app
        elif app in own:
            found[name] = load_command_class(app, name)
    return found


def through_commands(calls, elsewhere, eye, only=None) -> dict[str, list[str]]:
    """Run every command, as `calls` says or without arguments, except `elsewhere`.

    A command that requires other arguments fails here, so that none is forgotten.
    """
    leaks = {}
    # The command that erases the learner comes last.
    for name, command in sorted(ours().items(), key=lambda item: item[0] == "erase_learner"):
        if name in elsewhere or (only and name not in only):
            continue
        try:
            call_command(command, *calls.get(name, ()), stdout=io.StringIO(), stderr=io.StringIO())
        except SystemExit:
            pass
        except CommandError as error:
            if "arguments are required" in str(error):
                raise
        if found := eye.found():
            leaks[name] = found
    return leaks


def through_socket(sitting, eye) -> tuple[dict, list[dict], list[str]]:
    """Open a page that offers every stream and sends an Estimate's code.

    Returns the welcome, the errors and what was reached.
    """
    return asyncio.run(_over_the_socket(sitting, eye))


async def _over_the_socket(sitting, eye):
    from channels.layers import get_channel_layer

    from realtime.connection_locks import seats
    from telemetry.blocks.batch_writer import writer
    from tests.fixtures.sockets.socket_client import SocketPage, block

    page = await (await SocketPage(sitting).sign_in()).connect()
    welcome = await page.hello()
    errors, code = [], await database_sync_to_async(_body_estimate)()
    for seq, stream in enumerate(PAGE_STREAMS):
        await page.send(block(stream, 1000 + seq, t0=1.0))
        answer = await page.next()
        errors += [answer] if answer["type"] == "error" else []
    for stream in DEVICE_STREAMS:
        backend = STREAMS[stream].backends[0]
        said = {"type": "device", "id": str(uuid.uuid4()), "stream": stream, "backend": backend}
        await page.say(said)
        errors.append({**await page.next(), "device": stream})
    group = f"sitting.{sitting.id}"
    await get_channel_layer().group_send(group, {"type": "estimate.show", "code": str(code)})
    await page.silent(0.5)
    await page.leave()
    await writer().close()
    await seats().close()
    return welcome, errors, await database_sync_to_async(eye.found)()


def _body_estimate():
    return AffectEstimate.objects.filter(scopes__overlap=list(BODY)).values_list("id", flat=True)[0]


def rows_of_the_body() -> int:
    """Return the biometric rows, and their devices."""
    names = [name.partition(":")[0] for name in BODY]
    return sum(model.objects.filter(stream__in=names).count() for model in (Block, Device))
