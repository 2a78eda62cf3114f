"""Learner-hours of simulated people, stored the way a page's Blocks are."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import User
from attune_client.blocks import BlockRows, encode_block
from consent.notices import notices
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import scope
from courses.models import Course, Unit
from demo.simulated_learners import people, sensor_data
from demo.simulated_learners.sensor_data import SimulatedRecording
from emotion.simulate import cohort
from emotion.simulate.stream_rows import StreamRows
from telemetry import sittings
from telemetry.blocks import batch_writer, block_store
from telemetry.blocks.frame_parser import parse
from telemetry.blocks.group_commit import NO_BEARER, BlockRow, Fate
from telemetry.models import Sitting
from vault.keystore import Key, open_keystore

STREAMS: Final = ("pointer", "typing", "face", "ppg")
PPG_HZ: Final = 128.0
NEEDED: Final = {"pointer", "typing", "face", "ppg"}
MOST_DAYS: Final = 62


def make_people(count: int, *, now: datetime) -> tuple[Unit, list[User]]:
    """Create a unit, and simulated people who grant what is simulated."""
    notices.publish(now)
    course = Course.objects.create(
        slug="bench", title="Bench", description="-", licence_name="-", attribution="-"
    )
    unit = Unit.objects.create(course=course, ref="unit", position=1, kind="reading", title="Bench")
    found = people.enrol(course, count, now=now)
    for person in found:
        people.allow(person, now=now)
    return unit, found


def open_days(first: date, last: date) -> None:
    """Create the partitions from one day to another."""
    with connection.cursor() as cursor:
        while first <= last:
            days = min(MOST_DAYS, (last - first).days + 1)
            cursor.execute("SELECT telemetry_open_days(%s, %s)", [first, days])
            first += timedelta(days=days)


def simulate_rows(number: int, seconds: int) -> SimulatedRecording:
    """Simulate a person with a wearable: pointer, typing and face, and a pulse at 128 Hz."""
    rng = np.random.default_rng([number, seconds])
    worn = (sensor_data.make_person(each, seed=number) for each in range(1000))
    drawn = sensor_data.simulate(
        next(each for each in worn if set(each.shares) >= NEEDED), seconds, rng=rng
    )
    return dataclasses.replace(drawn, signals={"ppg": _resample(drawn.recording.streams["ppg"])})


def _resample(pulse: StreamRows) -> StreamRows:
    times = np.arange(round(len(pulse.times) * PPG_HZ / cohort.WAVE_HZ["ppg"])) / PPG_HZ
    wave = np.interp(times, pulse.times, pulse.values[:, 0])
    return StreamRows(times, np.rint(wave)[:, None].astype(np.float32))


def store_sitting(person: User, unit: Unit, began: datetime, played: SimulatedRecording) -> Sitting:
    """Store one Sitting from its first Block to its end; raises if one was not stored."""
    opened = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
    asyncio.run(_send(opened, played, _get_permits(person, began)))
    sittings.close(opened, now=began + timedelta(seconds=played.seconds))
    # No page is open: the last contact was then, not now.
    Sitting.objects.filter(pk=opened.pk).update(active_at=began)
    return opened


def _get_permits(person: User, began: datetime) -> Mapping[str, tuple[Permit, Key]]:
    """Return by Stream the Permit of now and the key of then."""
    names = [scope(stream, "adapt") for stream in STREAMS]
    granted = gate.permits(person.code, names, now=timezone.now()).granted
    return {
        name.partition(":")[0]: (
            permit,
            open_keystore().current_key(person.code, name, permit.epoch, began),
        )
        for name, permit in granted.items()
    }


async def _send(
    sitting: Sitting, played: SimulatedRecording, passes: Mapping[str, tuple[Permit, Key]]
) -> None:
    heard, sent = Counter[Fate](), Counter[str]()

    def settle(_: BlockRow, fate: Fate) -> None:
        heard[fate] += 1

    for cut in _cuts(played):
        permit, key = passes[cut.stream]
        (frame,) = parse(encode_block(cut, epoch=permit.epoch, seq=sent[cut.stream]))
        block_store.BlockSink(sitting, cut.stream, permit, key, bearer=NO_BEARER).store(
            frame, settle
        )
        sent[cut.stream] += 1
        await batch_writer.writer().wait_for_room()
    await batch_writer.writer().close()
    if heard != {Fate.STORED: sent.total()}:
        raise RuntimeError(f"expected {sent.total()} Blocks to be stored, got {dict(heard)}")


def _cuts(played: SimulatedRecording) -> Iterator[BlockRows]:
    for second in range(played.seconds):
        for cut in played.second(second):
            if cut.stream in STREAMS:
                yield dataclasses.replace(cut, rate_hz=PPG_HZ) if cut.stream == "ppg" else cut
