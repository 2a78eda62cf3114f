"""What every test may use: each module of fixtures is named here."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# Three tests share two cores: an example that takes long is not wrong.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

pytest_plugins = [
    "tests.plugins.exclusive_run",
    "tests.fixtures.browser.driver",
    "tests.fixtures.users",
    "tests.fixtures.consent",
    "tests.fixtures.servers.redis_server",
    "tests.fixtures.servers.s3_server",
    "tests.fixtures.pseudo_locales",
    "tests.fixtures.servers.celery_worker",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put timed tests first, then what drives a browser: one process begins with them.

    So the others wait once for all timed tests, few browsers and workers run beside each other,
    and no story is left over at the end.
    """
    items.sort(key=lambda item: [item.get_closest_marker(m) is None for m in ("timed", "browser")])


def open_days(blocker):
    """Give the tests' fixed moment and the real one their partitions."""
    from telemetry.blocks import partitions
    from tests.fixtures import factories
    from tests.fixtures.users import NOW

    with blocker.unblock():
        factories.open_days(NOW)
        partitions.open_days()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Open the days once for each database."""
    open_days(django_db_blocker)


@pytest.fixture(autouse=True)
def _reopen_days(request, django_db_blocker):
    """Open the days again after a test whose own deletions were committed."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        open_days(django_db_blocker)
