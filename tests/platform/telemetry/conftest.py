"""Fixtures for tests of Blocks: an open Sitting, a Grant, and sealed rows."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC

import pytest
from django.utils import timezone

from consent.grants import grants
from consent.notices import notices
from consent.permits.gate import permit
from consent.stream_groups import group_of
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.blocks.frame_parser import parse
from telemetry.blocks.group_commit import BlockRow, place
from tests.fixtures.factories import make_unit
from tests.fixtures.sockets.socket_client import block
from vault.encryption import seal
from vault.keystore import open_keystore


@pytest.fixture
def sitting(mia):
    partitions.open_days()
    return sittings.open(mia, make_unit(), scenario="course", page=uuid.uuid4(), now=timezone.now())


@pytest.fixture
def allow(settings, db):
    """Return `allow(mia, "pointer:adapt")`, which does what the consent page does."""
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    notices.publish(now)

    def say_yes(person, *scopes):
        for scope in scopes:
            notice = notices.current(group_of(scope.split(":")[0]), person.age_band, now=now)
            at = timezone.now()
            grants.grant(person.code, [scope], notice=notice, now=at, actor=person.code)

    return say_yes


@pytest.fixture
def row_of():
    """Return `row_of(sitting, "pointer", 0)`: a row sealed under the current Permit."""

    def make(sitting, stream, seq, **fields):
        now = timezone.now()
        allowed = permit(sitting.learner.code, f"{stream}:adapt", now=now)
        return sealed_row(sitting, stream, seq, allowed.epoch, **fields)

    return make


def sealed_row(sitting, stream, seq, epoch, **fields):
    (frame,) = parse(block(stream, seq, epoch=epoch & 0xFFFF, **fields))
    learner = sitting.learner
    key = open_keystore().current_key(learner.code, f"{stream}:adapt", epoch, timezone.now())
    sealed = seal(frame.raw, keys=[key], place=place(sitting.id, stream, seq, learner.code))
    return BlockRow(
        sitting.began_at.astimezone(UTC).date(), sitting.id, stream, seq, learner.id, learner.code,
        epoch, frame.t0, frame.rate_hz, frame.rows, frame.channels, sealed, frame.raw,
    )  # fmt: skip


@pytest.fixture
def run():
    """Run a coroutine to its end, and let its loop close cleanly."""
    return asyncio.run
