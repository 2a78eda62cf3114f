"""Fixtures of sockets: an open Sitting of mia's, and a process that ends cleanly."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
import pytest_asyncio
from django.utils import timezone

from realtime.connection_locks import seats
from telemetry import sittings
from telemetry.blocks.batch_writer import writer
from tests.fixtures import factories
from tests.fixtures.sockets.socket_client import SocketPage


@pytest_asyncio.fixture
async def process():
    """The open resources of one web process; closed after the pages have left."""
    yield
    await writer().close()
    await seats().close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=2)


@pytest.fixture
def sitting(mia):
    """A Sitting that began ten minutes ago."""
    began = timezone.now() - timedelta(minutes=10)
    return sittings.open(
        mia, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=began
    )


@pytest_asyncio.fixture
async def page(sitting, process):
    """The page of that Sitting, after its hello."""
    page = await SocketPage(sitting).opened()
    yield page
    await page.leave()
