"""A web process of one's own before the test's database, forked warm, and Learners for it."""

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
from tools.chaos.fault_schedule import Pace, Storm
from tools.chaos.scenario import sitting_down, visitors
from tools.testbed.process_control import WARM_WEB, Zygote
from tools.testbed.site import Site

QUICK = Pace(before=(0.3, 0.6), lasts=(0.05, 0.2), seen=1.0)


@pytest.fixture
def unit(settings):
    settings.LEGAL_PROFILE = "demo"
    notices.publish(timezone.now())
    partitions.open_days()
    return factories.make_quiz_unit()


@pytest.fixture
def users(unit):
    found = people.enrolled(unit.course, 5, now=timezone.now())
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
    """A site whose web process runs this application; ended after the test."""
    made = []

    def make(application=None):
        url = urlsplit(os.environ["DATABASE_URL"])
        name = connection.settings_dict["NAME"]
        site = Site(
            environment=environment(name), folder=tmp_path, rng=Random(1), lent=zygote,
            conninfo=urlunsplit(url._replace(path=f"/{name}")), application=application,
        )  # fmt: skip
        made.append(site)
        site.start("web")
        return site

    yield make
    for site in made:
        site.stop()


def attacked(site, users, unit, *faults, seed=7):
    """Pages send while each fault strikes in turn; the storm, after the calm. A fault of pages is
    given as what makes it of them."""

    async def go():
        await site.proxy.open()
        async with sitting_down(await asyncio.to_thread(visitors_of), unit.code, rng) as pages:
            storm = Storm(pages, rng, QUICK)
            await storm.recovery()
            for fault in faults:
                await storm.strike(fault(pages) if callable(fault) else fault)
            await storm.calm()
        await site.proxy.close()
        return storm

    def visitors_of():
        try:
            return visitors(users, site.proxy)
        finally:
            connection.close()

    rng = Random(seed)
    return asyncio.run(go())
