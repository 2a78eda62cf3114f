"""Fixtures: a separate web process on the test's database, forked warm, and Learners for it."""

from __future__ import annotations

import asyncio
import os
from random import Random
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone

from consent.notices import notices
from demo.simulated_learners import people
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.fixtures.servers.celery_worker import environment
from tools.chaos.fault_schedule import FaultPace, FaultSchedule
from tools.chaos.scenario import open_pages, sign_in_visitors
from tools.testbed.process_control import WARM_WEB, Zygote
from tools.testbed.site import Site

QUICK = FaultPace(before=(0.3, 0.6), lasts=(0.05, 0.2), seen=1.0)


@pytest.fixture
def unit(settings):
    settings.LEGAL_PROFILE = "demo"
    notices.publish(timezone.now())
    partitions.open_days()
    return factories.make_quiz_unit()


@pytest.fixture
def users(unit):
    found = people.enrol(unit.course, 5, now=timezone.now())
    for user in found:
        people.allow(user, now=timezone.now())
    return found


@pytest.fixture(scope="module")
def zygote(django_db_setup):
    """The site, imported once for all tests of a module."""
    found = Zygote(WARM_WEB, environment(connection.settings_dict["NAME"]))
    yield found
    found.close()


@pytest.fixture
def site_with(tmp_path, zygote):
    """Make a site whose web process runs this application; ended after the test."""
    made = []

    def make(application=None):
        url = urlsplit(os.environ["DATABASE_URL"])
        name = connection.settings_dict["NAME"]
        site = Site(
            environment=environment(name), folder=tmp_path, rng=Random(1), shared_zygote=zygote,
            conninfo=urlunsplit(url._replace(path=f"/{name}")), application=application,
        )  # fmt: skip
        made.append(site)
        site.start("web")
        return site

    yield make
    for site in made:
        site.stop()


def inject_faults_into(site, users, unit, *faults, seed=7):
    """Inject each fault in turn while pages send; return the schedule after all pages closed.

    A fault of pages is given as a function that makes it from them.
    """

    async def go():
        await site.proxy.open()
        async with open_pages(await asyncio.to_thread(visitors_of), unit.code, rng) as pages:
            schedule = FaultSchedule(pages, rng, QUICK)
            await schedule.wait_for_recovery()
            for fault in faults:
                await schedule.apply_fault(fault(pages) if callable(fault) else fault)
            await schedule.close_pages()
        await site.proxy.close()
        return schedule

    def visitors_of():
        try:
            return sign_in_visitors(users, site.proxy)
        finally:
            connection.close()

    rng = Random(seed)
    return asyncio.run(go())
